"""`/epcis/queries`: questions with a name, each its member's own, and their answers.

Source: EPCIS 2.0, 8.2.5, 12.8 and its OpenAPI document.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of, viewer_of
from filiere_platform.api.acting import acting
from filiere_platform.api.epcis_answer import FORMS
from filiere_platform.api.epcis_events import PAGE_ANSWERS, answer_page
from filiere_platform.api.epcis_paging import next_page, page_size, turn_of
from filiere_platform.api.epcis_request import JSON, LD_JSON, VERSION_HEADERS, described_headers, formats_of, understand
from filiere_platform.api.json_request import read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.epcis_parameters import CONTEXT
from filiere_platform.domain.event_query import FROM_THE_BEGINNING
from filiere_platform.domain.field_name import EXTENSIONS, namespaces_of
from filiere_platform.domain.named_query import LARGEST_QUERY, LONGEST_NAME, MOST_QUERIES
from filiere_platform.domain.sentences import BODY_TOO_LARGE
from filiere_platform.domain.subscription_sentences import QUERY_TOO_LARGE
from filiere_platform.usecases.named_queries import ask_query, define_query, query_named, query_to_ask, remove_query
from filiere_platform.usecases.webhooks import Doing
from filiere_schemas.problems import Problem, Refusal

ABSENT: Final = "One has no query of this name"
FORM: Final[dict[int | str, dict[str, Any]]] = {
    406: refuses("Not in this form, or not in this version"),
    414: refuses("The address is too long"),
}
PAGE: Final = [
    {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_QUERIES}},
    {"name": "nextPageToken", "in": "query", "schema": {"type": "string"}},
]


class QueryDefinition(BaseModel):
    """A named query. Source: EPCIS 2.0 OpenAPI, QueryDefinition."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="Printable, without “/”")
    query: dict[str, Any] = Field(description="Parameters of SimpleEventQuery: texts, numbers, or arrays of them")


MODELS = (QueryDefinition,)


def router(services: Services) -> APIRouter:
    """Build the routes of named queries."""
    routes = APIRouter(prefix="/epcis/queries", tags=["EPCIS query"])
    several = {"type": "array", "items": ref(QueryDefinition)}

    @routes.get(
        "",
        summary="List one's own named queries, by name",
        response_class=Response,
        responses=FORM | {200: gives("One page", {JSON: several, LD_JSON: several}, Link="The next page, if any")},
        openapi_extra=requires_token() | {"parameters": PAGE},
    )
    def list_queries(request: Request) -> Response:
        media_type, member = understand(request, JSON, LD_JSON), member_of(request, services)
        size, turn = page_size(request, most=MOST_QUERIES), turn_of(request, services)
        after = turn.cursor or ""
        with services.units.unit_of_work() as uow:
            found = uow.named_queries.of_member(member.id, after=after, limit=size + 1)
        headers = dict(VERSION_HEADERS)
        if len(found) > size:
            headers |= next_page(request, services, turn.parameters, found[size - 1].name)[1]
        return _json([query.as_json() for query in found[:size]], media_type, headers)

    @routes.post(
        "",
        summary="Give a question a name",
        status_code=201,
        response_class=Response,
        responses=FORM
        | {
            201: gives("It may be asked from now on", {JSON: ref(QueryDefinition)}, Location="The query"),
            409: refuses("One has a query of this name already"),
        },
        openapi_extra=takes({JSON: ref(QueryDefinition)}),
    )
    async def define(request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON)
        await run_in_threadpool(member_of, request, services)
        asked = await _definition(request)
        return await run_in_threadpool(_define, request, services, asked, media_type)

    _add_one(routes, services)
    return routes


def _add_one(routes: APIRouter, services: Services) -> None:
    one = {JSON: ref(QueryDefinition), LD_JSON: ref(QueryDefinition)}

    @routes.get(
        "/{query_name}",
        summary="Read a named query",
        response_class=Response,
        responses=FORM | {200: gives("As it was given", one), 404: refuses(ABSENT)},
        openapi_extra=requires_token(),
    )
    def read(query_name: str, request: Request) -> Response:
        media_type, member = understand(request, JSON, LD_JSON), member_of(request, services)
        with services.units.unit_of_work() as uow:
            query = query_to_ask(uow, query_name, member_id=member.id)
        return _json(query.as_json(), media_type, VERSION_HEADERS)

    @routes.delete(
        "/{query_name}",
        summary="Remove a named query, with everything that subscribes to it",
        status_code=204,
        response_class=Response,
        responses={204: {"description": "It is gone"}, 404: refuses(ABSENT)},
        openapi_extra=requires_token(),
    )
    def remove(query_name: str, request: Request) -> Response:
        member, doing = member_of(request, services), Doing(**acting(request, services))
        with services.units.unit_of_work() as uow:
            remove_query(uow, doing, query_named(uow, query_name, member_id=member.id))
        return Response(status_code=204, headers=VERSION_HEADERS)

    @routes.get(
        "/{query_name}/events",
        summary="Ask a named query; with `Upgrade: websocket`, have its answers as they come",
        response_class=Response,
        responses=PAGE_ANSWERS | {404: refuses(ABSENT)},
        openapi_extra=requires_token() | {"parameters": [*PAGE, *described_headers()]},
    )
    def ask(query_name: str, request: Request) -> Response:
        media_type, member = understand(request, *FORMS), member_of(request, services)
        formats = formats_of(request)
        viewer, size, turn = viewer_of(request, services), page_size(request), turn_of(request, services)
        after = FROM_THE_BEGINNING if turn.cursor is None else int(turn.cursor)
        with services.units.unit_of_work() as uow:
            query = query_to_ask(uow, query_name, member_id=member.id)
            now = services.capture.clock()
            page = ask_query(uow, viewer, query, after=after, limit=size, now=now, formats=formats)
        return answer_page(services, request, turn, page, media_type)


async def _definition(request: Request) -> QueryDefinition:
    """Read a definition.

    Raises:
        Refusal: code `query-definition-too-large`, or as `read_json`.
    """
    try:
        return await read_json(request, QueryDefinition, most=LARGEST_QUERY)
    except Refusal as refused:
        if refused.problems[0].code != BODY_TOO_LARGE.code:
            raise
        raise Refusal([Problem(sentence=QUERY_TOO_LARGE, values={"limit": LARGEST_QUERY})]) from None


def _define(request: Request, services: Services, asked: QueryDefinition, media_type: str) -> Response:
    member, doing = member_of(request, services), Doing(**acting(request, services))
    # The prefixes that a header declares are kept where the query declares none: it is read without that header later.
    declared = namespaces_of(request.headers.get(EXTENSIONS, ""))
    given = {CONTEXT: [dict(declared)], **asked.query} if declared and CONTEXT not in asked.query else asked.query
    with services.units.unit_of_work() as uow:
        query = define_query(uow, doing, member_id=member.id, name=asked.name, query=given)
    headers = {"Location": f"{services.base_url}/epcis/queries/{quote(query.name, safe='')}", **VERSION_HEADERS}
    return Response(orjson.dumps(query.as_json()), 201, headers, media_type)


def _json(value: object, media_type: str, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(value), headers=headers, media_type=media_type)
