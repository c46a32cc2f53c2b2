"""`GET /epcis/events` and `/epcis/events/{eventID}`: the events that the asker may see, paged by log index.

Source: EPCIS 2.0, 8.2.5 (SimpleEventQuery), 8.2.10 (pagination), 12 (REST binding).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from msgspec import Raw
from msgspec.json import decode, encode

from filiere_platform.api.access import viewer_of
from filiere_platform.api.epcis_answer import FORMS, in_form
from filiere_platform.api.epcis_paging import NEXT_PAGE, next_page, turn_of
from filiere_platform.api.epcis_request import (
    JSON,
    LD_JSON,
    VERSION_HEADERS,
    XML_TYPES,
    described_headers,
    formats_of,
    understand,
)
from filiere_platform.api.openapi import accepts_token, gives, refuses
from filiere_platform.api.services import Services
from filiere_platform.domain.epcis_parameters import described_parameters, read_parameters
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.field_name import EXTENSIONS, namespaces_of
from filiere_platform.domain.page_token import Turn
from filiere_platform.usecases.reading import Page, find_events, read_events_by_id

QUERY_DOCUMENT = {"type": "object", "description": "EPCISQueryDocument (EPCIS 2.0, 9.5)"}
XML_DOCUMENT = {
    "type": "string",
    "description": "EPCISQueryDocument in XML 2.0, or 1.2 where Accept says version=1.2",
}
DOCUMENT = {LD_JSON: QUERY_DOCUMENT, JSON: QUERY_DOCUMENT} | dict.fromkeys(XML_TYPES, XML_DOCUMENT)
PAGE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: gives(
        "One page, in log order",
        DOCUMENT,
        Link="The next page, where there is one",
        GS1_Next_Page_Token_Expires="Until when the next page may be asked for, where there is one",  # noqa: S106 - a header
    ),
    406: refuses("Not in this form, or not in this version"),
    413: refuses("The question is too complex, or finds more than it allows or one request may read"),
    414: refuses("The address is too long: store the question as a named query"),
}


def router(services: Services) -> APIRouter:
    """Build the routes by which events are read."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS query"])

    @routes.get(
        "/events",
        summary="Find events",
        response_class=Response,
        responses=PAGE_ANSWERS,
        openapi_extra=accepts_token() | {"parameters": [*query_parameters(), *described_headers()]},
    )
    def find(request: Request) -> Response:
        media_type = understand(request, *FORMS)
        formats = formats_of(request)
        viewer = viewer_of(request, services)
        turn = turn_of(request, services)
        query = asked_query(request, turn)
        with services.units.unit_of_work() as uow:
            page = find_events(uow, viewer, query, now=services.capture.clock(), formats=formats)
        return answer_page(services, request, turn, page, media_type)

    @routes.get(
        "/events/{event_id:path}",
        summary="Read one event and its error declarations",
        response_class=Response,
        responses={
            200: gives("The event, and what declares it erroneous", DOCUMENT),
            404: refuses("There is no such event, or it is not visible to the asker"),
            406: refuses("Not in this form, or not in this version"),
            410: refuses("It was erased: when, by which rule, by which entry of the log"),
            414: refuses("The address is too long"),
        },
        openapi_extra=accepts_token(),
    )
    def read(event_id: str, request: Request) -> Response:
        media_type = understand(request, *FORMS)
        formats = formats_of(request)
        viewer = viewer_of(request, services)
        with services.units.unit_of_work() as uow:
            document = read_events_by_id(uow, viewer, event_id, now=services.capture.clock(), formats=formats)
        content, form = in_form(request, document, media_type)
        return Response(content, media_type=form, headers=VERSION_HEADERS)

    return routes


def asked_query(request: Request, turn: Turn) -> EventQuery:
    """Read the query of an address, from the page on that its token names.

    Raises:
        Refusal: code `query-parameter`, naming each parameter that is wrong.
    """
    asked = [(name, turn.cursor if name == NEXT_PAGE and turn.cursor else value) for name, value in turn.parameters]
    return read_parameters(asked, namespaces_of(request.headers.get(EXTENSIONS, "")))


def answer_page(services: Services, request: Request, turn: Turn, page: Page, media_type: str) -> Response:
    """Answer with a page; the next one is named in `Link` and, for clients that read no headers, in the body."""
    if page.next_after is None:
        content, form = in_form(request, page.document, media_type)
        return Response(content, media_type=form, headers=VERSION_HEADERS)
    token, headers = next_page(request, services, turn.parameters, str(page.next_after))
    members = decode(page.document, type=dict[str, Raw])
    members[NEXT_PAGE] = Raw(encode(token))
    content, form = in_form(request, encode(members), media_type)
    return Response(content, media_type=form, headers=VERSION_HEADERS | headers)


def query_parameters() -> list[dict[str, Any]]:
    """Describe the parameters of a query in an address, for `openapi_extra`."""
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": description,
        }
        for name, description in described_parameters()
    ]
