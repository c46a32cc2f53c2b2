"""`/api/v1/mandates`: give rights to look at one's own records, list and revoke them; guest links under them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from filiere_platform.api.access import principal_of
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.guest_link import LONGEST_LABEL
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.mandate import (
    LONGEST_REASON,
    MOST_MEMBERS,
    MOST_OBJECTS,
    MOST_PRODUCTS,
    Mandate,
    MandatePurpose,
)
from filiere_platform.domain.member import Member
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.principal import Principal
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_platform.usecases.guests import end_guest_link, link_as_json, make_guest_link, own_mandate
from filiere_platform.usecases.mandates import (
    AskedMandate,
    give_mandate,
    list_mandates,
    mandate_as_json,
    revoke_mandate,
    visible_mandate,
)
from filiere_platform.usecases.people import Administration
from filiere_platform.usecases.reading import not_found
from filiere_schemas.problems import Problem

LARGEST_BODY = 3_000_000  # bytes: a thousand objects of the longest names
SMALL_BODY = 2_000
LONGEST_URI = 2_000
_DIGITS = 9  # of a guest's number
Uri = Annotated[str, Field(max_length=LONGEST_URI)]
MandateId = Annotated[str, Path(max_length=100)]


class Strict(BaseModel):
    """A body of which every field is understood, or it is refused: nobody is given less than he believes he asked."""

    model_config = ConfigDict(extra="forbid")


class NewScope(Strict):
    """What a mandate covers: all of it has to hold of an event; an empty list limits nothing."""

    members: list[Uri] = Field([], max_length=MOST_MEMBERS, description="Whose records; default: one's own")
    products: list[Uri] = Field([], max_length=MOST_PRODUCTS, description="GTINs as URIs, or one of their lots")
    objects: list[Uri] = Field([], max_length=MOST_OBJECTS, description="Lots, items, logistic units")
    eventFrom: AwareDatetime | None = Field(None, description="Events from this time on")  # noqa: N815 - JSON
    eventBefore: AwareDatetime | None = Field(None, description="Events before this time")  # noqa: N815 - JSON


class NewMandate(Strict):
    """A mandate to give."""

    purpose: MandatePurpose
    reason: str = Field(max_length=LONGEST_REASON, description="Why; shown to whoever is looked at, never in the log")
    holder: Uri | None = Field(None, description="URI of the member that may look; null: guest links alone")
    person: str | None = Field(None, max_length=100, description="Id of an auditor or authority of the holder")
    scope: NewScope
    starts: AwareDatetime | None = Field(None, description="Default: now")
    until: AwareDatetime


class MandateScopeAnswer(BaseModel):
    """A scope; who is neither giver nor holder reads how many products and objects it names, not which."""

    members: list[str]
    products: list[str] | int
    objects: list[str] | int
    eventFrom: str | None  # noqa: N815 - JSON
    eventBefore: str | None  # noqa: N815 - JSON


class MandateAnswer(BaseModel):
    """A mandate."""

    id: str
    purpose: MandatePurpose
    reason: str
    state: Literal["coming", "in force", "ended", "revoked"]
    giver: str
    holder: str | None
    person: str | None
    scope: MandateScopeAnswer
    given: str
    starts: str = Field(alias="from")
    until: str
    revoked: str | None


class MandatesAnswer(BaseModel):
    """Mandates, the newest first."""

    mandates: list[MandateAnswer]


class NewGuestLink(Strict):
    """A guest link to make."""

    label: str = Field(max_length=LONGEST_LABEL, description="Whom it is for, in your words; never in the log")
    until: AwareDatetime | None = Field(None, description="Default: in 72 hours; 30 days at most")


class GuestLinkAnswer(BaseModel):
    """A guest link, without its secret."""

    guest: int = Field(description="The guest's number under this mandate: looks name him by it")
    label: str
    state: Literal["open", "ended", "revoked"]
    made: str
    until: str


class MadeGuestLinkAnswer(GuestLinkAnswer):
    """A new guest link, with its address."""

    address: str = Field(description="The link itself, shown this once")


class GuestLinksAnswer(BaseModel):
    """The guest links of a mandate."""

    links: list[GuestLinkAnswer]


class MandateSide(StrEnum):
    """Which mandates are listed."""

    GIVEN = "given"
    HELD = "held"
    OVER = "over"  # under which one's own records are looked at, whoever gave them


MODELS = (
    NewMandate,
    MandateAnswer,
    MandatesAnswer,
    NewGuestLink,
    GuestLinkAnswer,
    MadeGuestLinkAnswer,
    GuestLinksAnswer,
)


def router(services: Services) -> APIRouter:
    """Build the routes of mandates."""
    routes = APIRouter(prefix="/api/v1/mandates", tags=["mandates"])

    @routes.get(
        "",
        summary="List the mandates that one gave, holds, or is looked at under",
        responses={200: gives("The newest first", {JSON: ref(MandatesAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_them(request: Request, side: Annotated[MandateSide, Query()] = MandateSide.GIVEN) -> Response:
        doing, _ = _doing(request, services)
        with services.units.unit_of_work() as uow:
            found = list_mandates(uow, doing.by, side.value)
        return _answer({"mandates": [_laid_out(services, doing.by, each) for each in found]}, 200)

    @routes.post(
        "",
        summary="Give a mandate over one's own records",
        status_code=201,
        responses={
            201: gives("It is in force from its beginning on", {JSON: ref(MandateAnswer)}),
            400: refuses("It is no mandate that the asker may give; every reason is said"),
            403: refuses("The asker may not give mandates"),
        },
        openapi_extra=takes({JSON: ref(NewMandate)}),
    )
    async def give(request: Request) -> Response:
        doing, member = await run_in_threadpool(_doing, request, services)
        asked = await read_json(request, NewMandate, most=LARGEST_BODY)

        def keep() -> Response:
            with services.units.unit_of_work() as uow:
                given = give_mandate(uow, doing, member, _asked(asked))
            return _answer(_laid_out(services, doing.by, given), 201)

        return await run_in_threadpool(keep)

    _add_one(routes, services)
    _add_guests(routes, services)
    return routes


def _add_one(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/{mandate_id}",
        summary="Read a mandate",
        responses={200: gives("The mandate", {JSON: ref(MandateAnswer)}), 404: refuses("None that concerns the asker")},
        openapi_extra=requires_token(),
    )
    def read(mandate_id: MandateId, request: Request) -> Response:
        doing, member = _doing(request, services)
        governs = may(doing.by, Permission.MANDATE_DECIDE)
        with services.units.unit_of_work() as uow:
            found = visible_mandate(uow, mandate_id, member_id=member.id, governs=governs)
        return _answer(_laid_out(services, doing.by, found), 200)

    @routes.delete(
        "/{mandate_id}",
        summary="Revoke a mandate, for good",
        status_code=204,
        responses={
            204: {"description": "Nothing more is shown under it; again, it stays so"},
            404: refuses("There is no such mandate of the asker's"),
        },
        openapi_extra=requires_token(),
    )
    def revoke(mandate_id: MandateId, request: Request) -> Response:
        doing, _ = _doing(request, services)
        with services.units.unit_of_work() as uow:
            revoke_mandate(uow, doing, mandate_id)
        return Response(status_code=204)


def _add_guests(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/{mandate_id}/guests",
        summary="List the guest links of one's own mandate",
        responses={
            200: gives("In the order in which they were made", {JSON: ref(GuestLinksAnswer)}),
            404: refuses("There is no such mandate of the asker's"),
        },
        openapi_extra=requires_token(),
    )
    def list_links(mandate_id: MandateId, request: Request) -> Response:
        doing, _ = _doing(request, services)
        with services.units.unit_of_work() as uow:
            mandate = own_mandate(uow, doing, mandate_id)
            links = [link_as_json(each, now=doing.now) for each in uow.guest_links.of_mandate(mandate.number)]
        return _answer({"links": links}, 200)

    @routes.post(
        "/{mandate_id}/guests",
        summary="Make a guest link; its address is shown this once",
        status_code=201,
        responses={
            201: gives("Whoever has it reads what the mandate covers", {JSON: ref(MadeGuestLinkAnswer)}),
            404: refuses("There is no such mandate of the asker's"),
        },
        openapi_extra=takes({JSON: ref(NewGuestLink)}),
    )
    async def invite(mandate_id: MandateId, request: Request) -> Response:
        doing, _ = await run_in_threadpool(_doing, request, services)
        asked = await read_json(request, NewGuestLink, most=SMALL_BODY)
        until = None if asked.until is None else microseconds(asked.until)

        def keep() -> Response:
            with services.units.unit_of_work() as uow:
                made = make_guest_link(uow, doing, mandate_id, label=asked.label, ends_at=until)
            address = f"{services.base_url}/guest/{made.secret}"
            return _answer(link_as_json(made.link, now=doing.now) | {"address": address}, 201)

        return await run_in_threadpool(keep)

    @routes.delete(
        "/{mandate_id}/guests/{number}",
        summary="Revoke a guest link, for good",
        status_code=204,
        responses={
            204: {"description": "It lets nobody in any more, nor goes on for who came by it"},
            404: refuses("There is no such link under a mandate of the asker's"),
        },
        openapi_extra=requires_token(),
    )
    def end(mandate_id: MandateId, number: Annotated[str, Path(max_length=100)], request: Request) -> Response:
        doing, _ = _doing(request, services)
        with services.units.unit_of_work() as uow:
            if not number.isascii() or not number.isdecimal() or len(number) > _DIGITS:
                raise not_found(f"{mandate_id}/{number}")
            end_guest_link(uow, doing, mandate_id, int(number))
        return Response(status_code=204)


def _doing(request: Request, services: Services) -> tuple[Administration, Member]:
    principal = principal_of(request, services)
    member = services.directory.snapshot().members.get(principal.member_id or 0)
    if member is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    return Administration(by=principal, signer=services.act_signer, now=services.capture.clock()), member


def _asked(asked: NewMandate) -> AskedMandate:
    scope = asked.scope
    return AskedMandate(
        purpose=asked.purpose,
        reason=asked.reason,
        holder=asked.holder,
        person=asked.person,
        starts_at=None if asked.starts is None else microseconds(asked.starts),
        ends_at=microseconds(asked.until),
        members=tuple(scope.members),
        products=tuple(scope.products),
        objects=tuple(scope.objects),
        event_from=None if scope.eventFrom is None else microseconds(scope.eventFrom),
        event_before=None if scope.eventBefore is None else microseconds(scope.eventBefore),
    )


def _laid_out(services: Services, principal: Principal, mandate: Mandate) -> dict[str, Any]:
    governs = may(principal, Permission.MANDATE_DECIDE)
    directory, now = services.directory.current(), services.capture.clock()
    return mandate_as_json(mandate, directory, member_id=principal.member_id, governs=governs, now=now)


def _answer(value: object, status: int) -> Response:
    # A shared cache must not keep the one answer that shows a link.
    return Response(orjson.dumps(value), status, media_type=JSON, headers={"Cache-Control": "no-store"})
