"""`GET /api/v1/mandates/{id}/looks`: what was looked at under a mandate, for who holds it and for who gave it."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.json_request import JSON
from filiere_platform.api.looks import LARGEST_PAGE
from filiere_platform.api.mandates import MandateId
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.domain.instant import microseconds
from filiere_platform.usecases.looks_under import looks_under


class AskedParameter(BaseModel):
    """A parameter of a question, as the member looked at is told it."""

    name: str
    value: str


class MandateLookAnswer(BaseModel):
    """A look under a mandate; of looks at others' records its giver reads neither names nor places in the log."""

    at: str
    mandate: str
    member: str = Field(description="URI of the member that was looked at")
    by: str
    route: str
    parameters: list[AskedParameter] | None
    records: str | None = Field(description="Ranges of log indexes")
    count: int


class MandateLooksAnswer(BaseModel):
    """One page of looks, the newest first."""

    looks: list[MandateLookAnswer]
    nextBefore: str | None = Field(description="Give it as `before` for the next page; null: this is the last")  # noqa: N815 - JSON


MODELS = (MandateLooksAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route."""
    routes = APIRouter(prefix="/api/v1/mandates", tags=["mandates"])

    @routes.get(
        "/{mandate_id}/looks",
        summary="List the looks under a mandate: one's own, those of who holds it, or those at one's own records",
        responses={
            200: gives("One page, the newest first", {JSON: ref(MandateLooksAnswer)}),
            404: refuses("The asker neither gave it, nor holds it, nor is looked at under it"),
        },
        openapi_extra=requires_token(),
    )
    def list_looks(
        mandate_id: MandateId,
        request: Request,
        before: Annotated[AwareDatetime | None, Query(description="Only those before this RFC 3339 time")] = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> Response:
        member = member_of(request, services)
        until = None if before is None else microseconds(before)
        with services.units.unit_of_work() as uow:
            page = looks_under(uow, mandate_id, member.id, before=until, limit=limit)
        answer = {"looks": page.looks, "nextBefore": page.next_before}
        return Response(orjson.dumps(answer), media_type=JSON, headers={"Cache-Control": "no-store"})

    return routes
