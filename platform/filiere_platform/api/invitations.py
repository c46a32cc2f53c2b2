"""`POST /api/v1/invitations`: a new member takes its first credentials, once.

Only a POST does it: a mail program that looks at a link in advance would use it up.
"""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, takes
from filiere_platform.api.services import Services
from filiere_platform.usecases.admission import take_invitation

LARGEST_BODY = 1_000  # bytes


class TakenInvitation(BaseModel):
    """An invitation."""

    invitation: str = Field(max_length=200, description="Its text, as the sector body gave it")


class FirstCredentialsAnswer(BaseModel):
    """What a new member begins with; shown this once."""

    member: str = Field(description="URI: the `member` of a connector's workspace")
    name: str
    url: str = Field(description="The `url` of a connector's workspace")
    origin: str = Field(description="Name of the log")
    enrolmentToken: str = Field(description="For `filiere-connect enroll`, once, within 72 hours")  # noqa: N815 - JSON
    token: str = Field(description="Bearer token with every scope: keep the member's other tokens with it")


MODELS = (TakenInvitation, FirstCredentialsAnswer)


def router(services: Services) -> APIRouter:
    """Build the route of invitations."""
    routes = APIRouter(prefix="/api/v1/invitations", tags=["admission"])

    @routes.post(
        "",
        summary="Take a new member's first credentials",
        status_code=201,
        responses={
            201: gives("The credentials, shown this once", {JSON: ref(FirstCredentialsAnswer)}),
            401: refuses("The invitation is unknown, expired or used"),
        },
        openapi_extra=takes({JSON: ref(TakenInvitation)}, authenticated=False),
    )
    async def take(request: Request) -> Response:
        taken = await read_json(request, TakenInvitation, most=LARGEST_BODY)
        return await run_in_threadpool(_take, services, taken)

    return routes


def _take(services: Services, taken: TakenInvitation) -> Response:
    with services.units.unit_of_work() as uow:
        found = take_invitation(uow, taken.invitation, signer=services.act_signer, now=services.capture.clock())
    answer = {
        "member": found.member.uri,
        "name": found.member.name,
        "url": services.base_url,
        "origin": services.origin,
        "enrolmentToken": found.enrolment_token,
        "token": found.token,
    }
    return Response(orjson.dumps(answer), 201, media_type=JSON, headers={"Cache-Control": "no-store"})
