"""`/api/v1/admin/members`: the sector body admits, invites, suspends and removes members, and gives identifiers."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import principal_of
from filiere_platform.api.acting import Acting, acting
from filiere_platform.api.admin_applications import (
    LARGEST_BODY,
    NO_STORE,
    InvitedMember,
    MemberAnswer,
    Reasoned,
)
from filiere_platform.api.applications import CharterAnswer
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.api.tokens import TokenAnswer
from filiere_platform.domain.application import LONGEST, MOST_IDENTIFIERS
from filiere_platform.usecases.administration import (
    CHANGES,
    admit,
    admitted_member,
    change_member,
    file_as_json,
    member_as_json,
    member_file,
)
from filiere_platform.usecases.admission import invite
from filiere_platform.usecases.identifiers import add_identifier, remove_identifier
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

MemberId = Annotated[int, Path(ge=1, le=MAX_SAFE_INTEGER)]
SUMMARIES = {
    "suspend": "Suspend a member: nothing more is received from it or shown to it, at once, in every process",
    "resume": "Let a suspended member back in",
    "end": "End a membership for good; its records stay",
}


class NewMember(BaseModel):
    """A member that the sector body knows, and that did not apply."""

    uri: str = Field(max_length=LONGEST["uri"])
    name: str = Field(max_length=LONGEST["name"])
    identifiers: list[str] = Field([], max_length=MOST_IDENTIFIERS)


class NewIdentifier(BaseModel):
    """What belongs to a member from now on."""

    identifier: str = Field(max_length=LONGEST["uri"], description="A URI, or the digits of a company prefix")


class MembersAnswer(BaseModel):
    """Members, in order of admission."""

    members: list[MemberAnswer]


class KeyLifeAnswer(BaseModel):
    """A key from its registration to its end; every place is a log index."""

    kid: str
    algorithm: str
    label: str
    state: str = Field(description="active, replaced or revoked")
    registered: int
    replaced: int | None
    revoked: int | None
    suspectFrom: int | None  # noqa: N815 - JSON
    reason: str | None
    predecessor: str | None


class KeyRequestAnswer(BaseModel):
    """What waits for the registrar's signature."""

    operation: str = Field(description="register or revoke")
    kid: str
    member: str
    label: str
    asked: str


class MemberFileAnswer(MemberAnswer):
    """A member with what belongs to it; of its records, nothing."""

    keys: list[KeyLifeAnswer]
    keyRequests: list[KeyRequestAnswer]  # noqa: N815 - JSON
    tokens: list[TokenAnswer]
    charters: list[CharterAnswer]


MODELS = (NewMember, NewIdentifier, MembersAnswer, KeyLifeAnswer, KeyRequestAnswer, MemberFileAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/api/v1/admin/members", tags=["administration"])
    _add_members(routes, services)
    _add_member(routes, services)
    _add_identifiers(routes, services)
    for change, summary in SUMMARIES.items():
        _add_change(routes, services, change, summary)
    return routes


def _add_members(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "",
        summary="List the members",
        operation_id="admin_list_members",
        responses={200: gives("In order of admission", {JSON: ref(MembersAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_members(request: Request) -> Response:
        principal_of(request, services)
        with services.units.unit_of_work() as uow:
            found = [member_as_json(member) for member in uow.members.all()]
        return _answer({"members": found})

    @routes.post(
        "",
        summary="Admit a member without an application; the invitation is shown this once",
        operation_id="admin_admit_member",
        status_code=201,
        responses={
            201: gives("The member and its invitation", {JSON: ref(InvitedMember)}),
            409: refuses("The member, or one of its identifiers, is another's already"),
        },
        openapi_extra=takes({JSON: ref(NewMember)}),
    )
    async def admit_member(request: Request) -> Response:
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, NewMember, most=LARGEST_BODY)

        def add() -> Response:
            with services.units.unit_of_work() as uow:
                identifiers = tuple(asked.identifiers)
                member, invitation = admit(uow, uri=asked.uri, name=asked.name, identifiers=identifiers, **doing)
                member = uow.members.by_id(member.id)
            return _answer({"member": member_as_json(member), "invitation": invitation}, 201)

        return await run_in_threadpool(add)


def _add_member(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/{member_id}",
        summary="Read a member with its identifiers, keys and tokens",
        operation_id="admin_read_member",
        responses={200: gives("It", {JSON: ref(MemberFileAnswer)}), 404: refuses("There is none of this id")},
        openapi_extra=requires_token(),
    )
    def read_member(member_id: MemberId, request: Request) -> Response:
        principal_of(request, services)
        with services.units.unit_of_work() as uow:
            found = file_as_json(member_file(uow, member_id), now=services.capture.clock())
        return _answer(found)

    @routes.post(
        "/{member_id}/invite",
        summary="Make another one-time invitation of a member, shown this once",
        operation_id="admin_invite_member",
        status_code=201,
        responses={
            201: gives("The member and its invitation", {JSON: ref(InvitedMember)}),
            404: refuses("There is none of this id"),
        },
        openapi_extra=requires_token(),
    )
    def invite_member(member_id: MemberId, request: Request) -> Response:
        doing = acting(request, services)
        with services.units.unit_of_work() as uow:
            member = admitted_member(uow, member_id)
            made = invite(uow, member, **doing)
        return _answer({"member": member_as_json(member), "invitation": made}, 201)


def _add_change(routes: APIRouter, services: Services, change: str, summary: str) -> None:
    @routes.post(
        f"/{{member_id}}/{change}",
        summary=summary,
        operation_id=f"admin_{change}_member",
        responses={
            200: gives("The member as it is now", {JSON: ref(MemberAnswer)}),
            404: refuses("There is none of this id"),
            409: refuses("It has left, or is the sector body"),
        },
        openapi_extra=takes({JSON: ref(Reasoned)}),
    )
    async def do(member_id: MemberId, request: Request) -> Response:
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, Reasoned, most=LARGEST_BODY)
        return await run_in_threadpool(_change, services, member_id, change, asked.reason, doing)


def _change(services: Services, member_id: int, change: str, reason: str, doing: Acting) -> Response:
    with services.units.unit_of_work() as uow:
        changed = change_member(uow, member_id, CHANGES[change], reason=reason, **doing)
    return _answer(member_as_json(changed))


def _add_identifiers(routes: APIRouter, services: Services) -> None:
    @routes.post(
        "/{member_id}/identifiers",
        summary="Give a member an identifier or a company prefix",
        operation_id="admin_add_identifier",
        responses={
            200: gives("The member as it is now", {JSON: ref(MemberAnswer)}),
            404: refuses("There is none of this id"),
            409: refuses("It is another member's, or overlaps a prefix of one"),
        },
        openapi_extra=takes({JSON: ref(NewIdentifier)}),
    )
    async def add(member_id: MemberId, request: Request) -> Response:
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, NewIdentifier, most=LARGEST_BODY)

        def give() -> Response:
            with services.units.unit_of_work() as uow:
                add_identifier(uow, admitted_member(uow, member_id), asked.identifier, **doing)
                changed = admitted_member(uow, member_id)
            return _answer(member_as_json(changed))

        return await run_in_threadpool(give)

    @routes.delete(
        "/{member_id}/identifiers",
        summary="Take an identifier from a member; what was stored stays",
        operation_id="admin_remove_identifier",
        responses={
            200: gives("The member as it is now", {JSON: ref(MemberAnswer)}),
            404: refuses("There is none of this id, or it does not have the identifier"),
        },
        openapi_extra=requires_token(),
    )
    def remove(
        member_id: MemberId, request: Request, identifier: Annotated[str, Query(max_length=LONGEST["uri"])] = ""
    ) -> Response:
        doing = acting(request, services)
        with services.units.unit_of_work() as uow:
            remove_identifier(uow, admitted_member(uow, member_id), identifier, **doing)
            changed = admitted_member(uow, member_id)
        return _answer(member_as_json(changed))


def _answer(value: dict[str, Any], status: int = 200) -> Response:
    # A shared cache must not keep the one answer that shows an invitation.
    return Response(orjson.dumps(value), status, media_type=JSON, headers=NO_STORE)
