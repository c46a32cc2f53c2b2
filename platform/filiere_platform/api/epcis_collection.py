"""`/epcis/epcs`, `/epcis/bizSteps` and so on: what the events that the asker may see speak of, and the events of each.

An identifier in an address is percent-encoded, its slashes too: `/epcis/epcs/https%3A%2F%2Fid.gs1.org%2F01%2F…/events`.

Source: EPCIS 2.0, 12.3 and its OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from filiere_platform.api.access import viewer_of
from filiere_platform.api.epcis_answer import FORMS as QUERY_FORMS
from filiere_platform.api.epcis_discovery import COLLECTION, as_collection
from filiere_platform.api.epcis_events import PAGE_ANSWERS, answer_page, asked_query, query_parameters
from filiere_platform.api.epcis_paging import NEXT_PAGE, next_page, page_size, turn_of
from filiere_platform.api.epcis_request import JSON, LD_JSON, VERSION_HEADERS, formats_of, understand
from filiere_platform.api.openapi import accepts_token, gives, refuses
from filiere_platform.api.services import Services
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.collection import VOCABULARIES, Collection, about
from filiere_platform.domain.formats import Formats
from filiere_platform.usecases.collection import is_member, list_members
from filiere_platform.usecases.reading import find_events, not_found
from filiere_schemas.epcis.presentation import present_epc, present_word

# The place of a member in an address.
PLACES: Final[Mapping[Collection, str]] = {
    Collection.EVENT_TYPES: "event_type",
    Collection.EPCS: "epc",
    Collection.BIZ_STEPS: "biz_step",
    Collection.BIZ_LOCATIONS: "biz_location",
    Collection.READ_POINTS: "read_point",
    Collection.DISPOSITIONS: "disposition",
}
EVENTS: Final = "/events"
FORMS: Final = {JSON: COLLECTION, LD_JSON: COLLECTION}
PAGE: Final = [
    {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1_000}},
    {"name": NEXT_PAGE, "in": "query", "schema": {"type": "string"}},
]
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    406: refuses("Not in this form, or not in this version"),
    414: refuses("The address is too long"),
}
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: refuses("There is no such member, or no event that the asker may see speaks of it")
}


def router(services: Services) -> APIRouter:
    """Build the routes of the six collections."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS query"])
    for collection, place in PLACES.items():
        one = f"/{collection}/{{{place}:path}}"
        said = {"name": place, "in": "path", "required": True, "schema": {"type": "string"}}
        resource = _resource(services, collection, place)
        routes.add_api_route(
            f"/{collection}",
            _members(services, collection),
            summary=f"What there is among {collection}",
            response_class=Response,
            responses={200: gives("One page", FORMS, Link="The next page, where there is one"), **REFUSALS},
            openapi_extra=accepts_token() | {"parameters": PAGE},
        )
        routes.add_api_route(
            f"{one}{EVENTS}",
            _events(services, collection, place, resource),
            summary=f"Find events by one of {collection}",
            response_class=Response,
            responses={**PAGE_ANSWERS, **UNKNOWN},
            openapi_extra=accepts_token() | {"parameters": [said, *query_parameters()]},
        )
        routes.add_api_route(
            one,
            resource,
            summary=f"What there is of one of {collection}",
            response_class=Response,
            responses={200: gives("Its events", FORMS), **UNKNOWN, **REFUSALS},
            openapi_extra=accepts_token() | {"parameters": [said]},
        )
    return routes


def _members(services: Services, collection: Collection) -> Callable[[Request], Response]:
    def members(request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON)
        formats = formats_of(request)
        viewer = viewer_of(request, services)
        size, turn = page_size(request), turn_of(request, services)
        with services.units.unit_of_work() as uow:
            listed = list_members(uow, viewer, collection, services.known_members, after=turn.cursor, limit=size)
        headers, more = dict(VERSION_HEADERS), {}
        if listed.following is not None:
            token, named = next_page(request, services, turn.parameters, listed.following)
            headers, more = headers | named, {NEXT_PAGE: token}
        shown = (_presented(collection, member, formats) for member in listed.members)
        return Response(as_collection(shown, **more), headers=headers, media_type=media_type)

    return members


def _resource(services: Services, collection: Collection, place: str) -> Callable[[Request], Response]:
    def resource(request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON)
        viewer = viewer_of(request, services)
        _require(services, viewer, collection, _member(request, place))
        return Response(as_collection(["events"]), headers=VERSION_HEADERS, media_type=media_type)

    return resource


def _events(
    services: Services, collection: Collection, place: str, resource: Callable[[Request], Response]
) -> Callable[[Request], Response]:
    def events(request: Request) -> Response:
        if not _asks_for_events(request):
            return resource(request)
        media_type = understand(request, *QUERY_FORMS)
        formats = formats_of(request)
        viewer = viewer_of(request, services)
        member = str(request.path_params[place])
        _require(services, viewer, collection, member)
        turn = turn_of(request, services)
        query = about(asked_query(request, turn), collection, member)
        with services.units.unit_of_work() as uow:
            page = find_events(uow, viewer, query, now=services.capture.clock(), formats=formats)
        return answer_page(services, request, turn, page, media_type)

    return events


def _require(services: Services, viewer: Viewer, collection: Collection, member: str) -> None:
    """Turn away who asks about what there is not, for him.

    Raises:
        Refusal: code `not-found`, or it looks like an identifier and is a wrong one.
    """
    with services.units.unit_of_work() as uow:
        is_there = bool(member) and is_member(uow, viewer, collection, member)
    if not is_there:
        raise not_found(member)


def _asks_for_events(request: Request) -> bool:
    """Tell an address of events from one of a member whose own name ends like it, with its slash encoded."""
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw_path.partition(b"?")[0].endswith(EVENTS.encode())


def _member(request: Request, place: str) -> str:
    """Give the member that an address names, also where the router took the end of its name for something else."""
    named = str(request.path_params[place])
    is_cut = request.scope["route"].path.endswith(EVENTS)
    return f"{named}{EVENTS}" if is_cut else named


def _presented(collection: Collection, member: str, formats: Formats) -> str:
    vocabulary = VOCABULARIES.get(collection)
    if vocabulary is not None:
        return present_word(vocabulary, member, formats.words)
    return member if collection is Collection.EVENT_TYPES else present_epc(member, formats.epcs)
