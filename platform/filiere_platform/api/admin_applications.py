"""`/api/v1/admin/applications`: the sector body reads and decides applications.

Everything under `/api/v1/admin/` is for the sector body's administrators alone: one prefix, so that a proxy can keep it
from the outside, and so that no answer about the instance is taken for one about one's own membership.
"""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import principal_of
from filiere_platform.api.acting import Acting, acting
from filiere_platform.api.applications import CharterAnswer
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.application import ApplicationState
from filiere_platform.usecases.administration import application_as_json, member_as_json
from filiere_platform.usecases.admission import approve, decline
from filiere_schemas.provenance.audit import LONGEST_DETAIL

LARGEST_BODY = 20_000  # bytes
NO_STORE = {"Cache-Control": "no-store"}


class Reasoned(BaseModel):
    """Why something is done."""

    reason: str = Field(max_length=LONGEST_DETAIL, description="In words; the member concerned reads it")


class FoundApplication(BaseModel):
    """An application as those read it who decide."""

    id: str
    state: ApplicationState
    uri: str
    name: str
    contact: str = Field(description="The applicant's own word: verify whom you answer; empty once declined")
    message: str
    identifiers: list[str]
    charter: CharterAnswer | None
    asked: str
    decided: str | None
    reason: str | None


class FoundApplications(BaseModel):
    """Applications, the oldest first."""

    applications: list[FoundApplication]


class MemberAnswer(BaseModel):
    """A member, as the sector body sees it."""

    id: int
    uri: str
    name: str
    status: str = Field(description="active, suspended or left")
    sharing: str | None = Field(description="Its default mode; null: as the instance says")
    identifiers: list[str] = Field(description="Digits alone are a company prefix")
    isSectorBody: bool  # noqa: N815 - JSON


class InvitedMember(BaseModel):
    """A member with its one-time invitation."""

    member: MemberAnswer
    invitation: str = Field(description="Shown this once; holds for seven days")


MODELS = (Reasoned, FoundApplication, FoundApplications, MemberAnswer, InvitedMember)


def router(services: Services) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/api/v1/admin/applications", tags=["administration"])

    @routes.get(
        "",
        summary="List applications",
        operation_id="admin_list_applications",
        responses={200: gives("The oldest first", {JSON: ref(FoundApplications)})},
        openapi_extra=requires_token(),
    )
    def list_applications(request: Request, state: Annotated[ApplicationState | None, Query()] = None) -> Response:
        principal_of(request, services)
        with services.units.unit_of_work() as uow:
            found = [application_as_json(each) for each in uow.admission.in_state(state)]
        return Response(orjson.dumps({"applications": found}), media_type=JSON, headers=NO_STORE)

    @routes.post(
        "/{application_id}/approve",
        summary="Admit an applicant; the invitation is shown this once",
        operation_id="admin_approve_application",
        status_code=201,
        responses={
            201: gives("The member and its invitation", {JSON: ref(InvitedMember)}),
            404: refuses("There is no such application, or it has its answer"),
            409: refuses("The member, or one of its identifiers, is another's already"),
        },
        openapi_extra=requires_token(),
    )
    def admit(application_id: str, request: Request) -> Response:
        doing = acting(request, services)
        with services.units.unit_of_work() as uow:
            member, invitation = approve(uow, application_id, **doing)
            member = uow.members.by_id(member.id)
        answer = {"member": member_as_json(member), "invitation": invitation}
        return Response(orjson.dumps(answer), 201, media_type=JSON, headers=NO_STORE)

    @routes.post(
        "/{application_id}/decline",
        summary="Decline an application, with a reason",
        operation_id="admin_decline_application",
        responses={
            200: gives("It; how to reach the applicant is forgotten", {JSON: ref(FoundApplication)}),
            404: refuses("There is no such application, or it has its answer"),
        },
        openapi_extra=takes({JSON: ref(Reasoned)}),
    )
    async def refuse(application_id: str, request: Request) -> Response:
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, Reasoned, most=LARGEST_BODY)
        return await run_in_threadpool(_decline, services, application_id, asked.reason, doing)

    return routes


def _decline(services: Services, application_id: str, reason: str, doing: Acting) -> Response:
    with services.units.unit_of_work() as uow:
        decline(uow, application_id, reason=reason, **doing)
        declined = uow.admission.find(application_id)
        answer = {} if declined is None else application_as_json(declined)
    return Response(orjson.dumps(answer), media_type=JSON, headers=NO_STORE)
