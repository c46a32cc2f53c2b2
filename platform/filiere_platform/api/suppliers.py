"""`/api/v1/suppliers`: a member's own register of partners, read as it is or as it stood, and changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.api.supplier_asker import answer, asker_of, times_of
from filiere_platform.api.supplier_models import (
    MODELS,
    ChangedPartnerDocument,
    HistoryAnswer,
    PartnerAnswer,
    PartnerDocument,
    RegisterAnswer,
)
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.supplier import KeptPartner, Relation
from filiere_platform.domain.supplier_document import read_partner
from filiere_platform.usecases.supplier_invitations import newest_invitation
from filiere_platform.usecases.supplier_view import (
    chosen,
    day_of,
    known_members,
    partner_as_json,
    summary_as_json,
    version_as_json,
)
from filiere_platform.usecases.suppliers import (
    Keeping,
    add_partner,
    change_partner,
    find_partner,
    history_of,
    remove_partner,
)
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

LARGEST_BODY = 500_000  # bytes of one partner
LARGEST_PAGE = 1_000
LONGEST_SEARCH = 200  # characters

__all__ = ["MODELS", "router"]
AsOf = Annotated[str | None, Query(max_length=40, description="As it stood then: an instant with its zone, or a day")]
On = Annotated[date | None, Query(description="For which day states are said; absent: today, or the day of `as_of`")]


def router(services: Services) -> APIRouter:
    """Build the routes of the register."""
    routes = APIRouter(prefix="/api/v1/suppliers", tags=["suppliers"])

    @routes.get(
        "",
        summary="List one's own partners, as the register says or said",
        responses={200: gives("One page, by code", {JSON: ref(RegisterAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_partners(
        *,
        request: Request,
        relation: Relation | None = None,
        q: Annotated[str, Query(max_length=LONGEST_SEARCH, description="In code, name or identifiers")] = "",
        as_of: AsOf = None,
        on: On = None,
        after: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> Response:
        asker = asker_of(request, services)
        then, day = times_of(as_of, on, asker.now)
        with services.units.unit_of_work() as uow:
            found = chosen(uow.suppliers.of(asker.member_id).partners(as_of=then), relation=relation, text=q)
            known = known_members(uow, services.directory.snapshot(), names_members=services.names_members)
        rest = [kept for kept in found if kept.partner.code > after]
        page = rest[:limit]
        found_page = {
            "on": day.isoformat(),
            "asOf": None if then is None else iso_instant(then),
            "suppliers": [summary_as_json(kept, known, day) for kept in page],
            "nextAfter": page[-1].partner.code if len(rest) > limit else None,
        }
        return answer(found_page)

    @routes.post(
        "",
        summary="Put a partner into the register",
        status_code=201,
        responses={
            201: gives("As it is kept", {JSON: ref(PartnerAnswer)}),
            409: refuses("Another partner has its code"),
            429: refuses("Too many changes in a day"),
        },
        openapi_extra=takes({JSON: ref(PartnerDocument)}),
    )
    async def add(request: Request) -> Response:
        asker = await run_in_threadpool(asker_of, request, services)
        asked = await read_json(request, PartnerDocument, most=LARGEST_BODY)
        return await run_in_threadpool(_add, services, asker, asked)

    _add_one_partner(routes, services)
    return routes


def _add_one_partner(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/{partner_id}",
        summary="Read a partner, as the register says or said",
        responses={
            200: gives("With the states of the day", {JSON: ref(PartnerAnswer)}),
            404: refuses("There is none of this id in your register"),
        },
        openapi_extra=requires_token(),
    )
    def read(partner_id: str, request: Request, as_of: AsOf = None, on: On = None) -> Response:
        asker = asker_of(request, services)
        then, day = times_of(as_of, on, asker.now)
        with services.units.unit_of_work() as uow:
            kept = find_partner(uow, asker.member_id, partner_id, as_of=then)
        return _partner(services, asker, kept, day)

    @routes.put(
        "/{partner_id}",
        summary="Write a partner anew",
        responses={
            200: gives("As it is kept; that nothing differs changes nothing", {JSON: ref(PartnerAnswer)}),
            404: refuses("There is none of this id in your register"),
            409: refuses("It was changed meanwhile, or another partner has its code"),
        },
        openapi_extra=takes({JSON: ref(ChangedPartnerDocument)}),
    )
    async def change(partner_id: str, request: Request) -> Response:
        asker = await run_in_threadpool(asker_of, request, services)
        asked = await read_json(request, ChangedPartnerDocument, most=LARGEST_BODY)
        return await run_in_threadpool(_change, services, asker, partner_id, asked)

    @routes.delete(
        "/{partner_id}",
        summary="Take a partner out of the register; its history stays, its contacts do not",
        status_code=204,
        responses={
            204: {"description": "It is out"},
            404: refuses("There is none of this id in your register"),
            409: refuses("It was changed meanwhile"),
        },
        openapi_extra=requires_token(),
    )
    def remove(
        partner_id: str,
        request: Request,
        version: Annotated[int | None, Query(ge=1, le=MAX_SAFE_INTEGER, description="The one that you read")] = None,
    ) -> Response:
        asker = asker_of(request, services)
        with services.units.unit_of_work() as uow:
            remove_partner(uow, asker, partner_id, version=version)
        return Response(status_code=204)

    _add_history(routes, services)


def _add_history(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/{partner_id}/history",
        summary="List the versions of a partner, each with the act that the log holds of it",
        responses={
            200: gives("The newest first, also once it is removed", {JSON: ref(HistoryAnswer)}),
            404: refuses("There was none of this id in your register"),
        },
        openapi_extra=requires_token(),
    )
    def history(partner_id: str, request: Request) -> Response:
        asker = asker_of(request, services)
        with services.units.unit_of_work() as uow:
            versions = history_of(uow, asker.member_id, partner_id)
        return answer({"versions": [version_as_json(version) for version in versions]})


def _add(services: Services, asker: Keeping, asked: PartnerDocument) -> Response:
    partner = read_partner(asked.model_dump(mode="json"))
    with services.units.unit_of_work() as uow:
        kept = add_partner(uow, asker, partner)
    return _partner(services, asker, kept, day_of(asker.now), status=201)


def _change(services: Services, asker: Keeping, partner_id: str, asked: ChangedPartnerDocument) -> Response:
    partner = read_partner(asked.model_dump(mode="json"))
    with services.units.unit_of_work() as uow:
        kept = change_partner(uow, asker, partner_id, partner, version=asked.version)
    return _partner(services, asker, kept, day_of(asker.now))


def _partner(services: Services, asker: Keeping, kept: KeptPartner, day: date, *, status: int = 200) -> Response:
    with services.units.unit_of_work() as uow:
        known = known_members(uow, services.directory.snapshot(), names_members=services.names_members)
        invitation = newest_invitation(uow, asker.member_id, kept.id, now=asker.now)
    return answer(partner_as_json(kept, known, day) | {"invitation": invitation}, status)
