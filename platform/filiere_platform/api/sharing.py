"""`/api/v1/sharing`, and who is named for one's own records afterwards: the owner decides, nobody else."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.application import LONGEST
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import Member
from filiere_platform.usecases.sharing import (
    audiences_of_record,
    name_partner,
    name_partner_of_object,
    set_mode,
    set_named,
    sharing_of,
)

LARGEST_BODY = 10_000  # bytes
LONGEST_OBJECT = 2_000  # characters, as of a trace


class SharingChoice(BaseModel):
    """How a member shares; what is null is as the instance, or the sector, says."""

    mode: SharingMode | None = Field(description="Of later records that say nothing themselves")
    named: bool | None = Field(description="Whether it is named behind sealed nodes")


class SharingAnswer(SharingChoice):
    """How a member shares, and what holds where it says nothing."""

    defaultMode: SharingMode  # noqa: N815 - JSON
    defaultNamed: bool  # noqa: N815 - JSON


class NewPartner(BaseModel):
    """Whom to show a record to, for good: what was seen cannot be unseen."""

    member: str = Field(max_length=LONGEST["uri"], description="Any identifier of a member")


class NewPartnerOfObject(NewPartner):
    """Whom to show all of one's own records about an object, as far as they are stored."""

    object: str = Field(max_length=LONGEST_OBJECT, description="Any form of its URI")


class AudienceAnswer(BaseModel):
    """Somebody to whom a record is shown."""

    member: str | None = Field(description="URI; null: the sector, or everybody, as the cause says")
    name: str | None
    cause: str


class AudiencesAnswer(BaseModel):
    """To whom a record is shown."""

    shown: list[AudienceAnswer]
    records: int = Field(description="How many records this is about")


MODELS = (SharingChoice, SharingAnswer, NewPartner, NewPartnerOfObject, AudienceAnswer, AudiencesAnswer)
NAMED = gives("To whom the record is shown now", {JSON: ref(AudiencesAnswer)})


def router(services: Services) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/api/v1", tags=["visibility"])
    _add_choice(routes, services)
    _add_partners(routes, services)
    return routes


def _add_choice(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/sharing",
        summary="Read how far one's own records are shared",
        responses={200: gives("One's own choice and what holds without it", {JSON: ref(SharingAnswer)})},
        openapi_extra=requires_token(),
    )
    def read(request: Request) -> Response:
        return _sharing(services, member_of(request, services))

    @routes.put(
        "/sharing",
        summary="Decide how far later records are shared, and whether one is named behind sealed nodes",
        responses={200: gives("As it is now", {JSON: ref(SharingAnswer)})},
        openapi_extra=takes({JSON: ref(SharingChoice)}),
    )
    async def change(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, SharingChoice, most=LARGEST_BODY)

        def keep() -> Response:
            with services.units.unit_of_work() as uow:
                set_mode(uow, member, asked.mode, **doing)
                set_named(uow, member, is_named=asked.named, **doing)
            return _sharing(services, member)

        return await run_in_threadpool(keep)


def _add_partners(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/records/{index}/grants",
        summary="List to whom one of one's own records is shown, and why",
        responses={
            200: gives("Members, the sector, everybody", {JSON: ref(AudiencesAnswer)}),
            404: refuses("There is no such record of one's own"),
        },
        openapi_extra=requires_token(),
    )
    def list_audiences(index: int, request: Request) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            return _answer(audiences_of_record(uow, member, index), 1)

    @routes.post(
        "/records/{index}/grants",
        summary="Name a partner for one of one's own records afterwards; there is no way back",
        responses={200: NAMED, 400: refuses("No member has the identifier"), 404: refuses("No record of one's own")},
        openapi_extra=takes({JSON: ref(NewPartner)}),
    )
    async def name(index: int, request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, NewPartner, most=LARGEST_BODY)

        def give() -> Response:
            with services.units.unit_of_work() as uow:
                name_partner(uow, member, index, asked.member, **doing)
                return _answer(audiences_of_record(uow, member, index), 1)

        return await run_in_threadpool(give)

    @routes.post(
        "/records/grants",
        summary="Name a partner for all of one's own records about an object; there is no way back",
        responses={
            200: gives("Who was named, and for how many records", {JSON: ref(AudiencesAnswer)}),
            400: refuses("No member has the identifier, or no record of one's own speaks of the object"),
        },
        openapi_extra=takes({JSON: ref(NewPartnerOfObject)}),
    )
    async def name_for_object(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, NewPartnerOfObject, most=LARGEST_BODY)

        def give() -> Response:
            with services.units.unit_of_work() as uow:
                named, count = name_partner_of_object(uow, member, asked.object, asked.member, **doing)
            return _answer([{"member": named.uri, "name": named.name, "cause": "access_given"}], count)

        return await run_in_threadpool(give)


def _sharing(services: Services, member: Member) -> Response:
    with services.units.unit_of_work() as uow:
        found = sharing_of(
            uow, member, default_mode=services.capture.default_sharing, default_named=services.names_members
        )
    return Response(orjson.dumps(found.as_json()), media_type=JSON)


def _answer(shown: list[dict[str, Any]], records: int) -> Response:
    return Response(orjson.dumps({"shown": shown, "records": records}), media_type=JSON)
