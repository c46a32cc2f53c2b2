"""`POST /api/v1/suppliers/{partner_id}/invitation`: invite a partner who is not a member to apply."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.json_request import JSON
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.api.supplier_asker import answer, asker_of
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.supplier_invitation import mail_text
from filiere_platform.usecases.supplier_invitations import invite_partner
from filiere_platform.usecases.supplier_view import day_of


class GivenInvitationAnswer(BaseModel):
    """An invitation, shown this once."""

    link: str = Field(description="Works once")
    expires: str
    mail: dict[str, str] = Field(description="A mail to send by yourself: fr, en")


MODELS = (GivenInvitationAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route of invitations."""
    routes = APIRouter(prefix="/api/v1/suppliers", tags=["suppliers"])

    @routes.post(
        "/{partner_id}/invitation",
        summary="Invite a partner to apply for membership",
        status_code=201,
        responses={
            201: gives("A link, shown this once; one of before ends", {JSON: ref(GivenInvitationAnswer)}),
            404: refuses("There is none of this id in your register"),
            429: refuses("Too many invitations"),
        },
        openapi_extra=requires_token(),
    )
    def invite(partner_id: str, request: Request) -> Response:
        asker = asker_of(request, services)
        with services.units.unit_of_work() as uow:
            given = invite_partner(uow, asker, partner_id)
            instance = uow.instance.read()
        link = f"{services.base_url}/invited?t={given.secret}"
        said = {
            "member": services.directory.snapshot().members[asker.member_id].name,
            "instance": "Filière" if instance is None else instance.name,
            "link": link,
            "until": day_of(given.invitation.expires_at).isoformat(),
        }
        mail = {"fr": mail_text("fr", **said), "en": mail_text("en", **said)}
        return answer({"link": link, "expires": iso_instant(given.invitation.expires_at), "mail": mail}, 201)

    return routes
