"""`/epcis/` and `OPTIONS`: what there is, and what each address takes, speaks and holds at most.

`OPTIONS` is answered from the routes themselves, so that none is announced that there is not, nor left out. Of one
thing (an event, a job, a query) its own `GET` says whether there is one for who asks; who may not ask learns nothing.

Source: EPCIS 2.0, 12.3 (discovery) and its OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final, NamedTuple

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Message, Scope

from filiere_platform.api.access import principal_of
from filiere_platform.api.epcis_request import (
    EPC_HEADER,
    JSON,
    LD_JSON,
    MIN_RECORD_TIME,
    VERSION_HEADERS,
    WORD_HEADER,
    understand,
)
from filiere_platform.api.openapi import accepts_token, gives, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.domain.epcis_sentences import PAGE_TOKENS_EXPIRE
from filiere_platform.domain.field_name import EXTENSIONS
from filiere_platform.domain.query_document import EPCIS_CONTEXT
from filiere_platform.usecases.reading import not_found
from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.epcis.presentation import EpcFormat, WordFormat
from filiere_schemas.problems import Problem, Refusal

RESOURCES: Final = (
    "queries",
    "capture",
    "events",
    "eventTypes",
    "epcs",
    "readPoints",
    "bizLocations",
    "dispositions",
    "bizSteps",
)
COLLECTION: Final = {
    "type": "object",
    "required": ["@context", "type", "member"],
    "properties": {"type": {"const": "Collection"}, "member": {"type": "array", "items": {"type": "string"}}},
}
NOT_FOUND: Final = 404
CAPTURING: Final = frozenset({"/epcis/capture", "/epcis/events"})
SPOKEN: Final = {
    **VERSION_HEADERS,
    EPC_HEADER: ", ".join(EpcFormat),
    WORD_HEADER: ", ".join(WordFormat),
    EXTENSIONS: f"filiere={OUR_NAMESPACE}",
    "GS1-Vendor-Version": f"filiere-{version('filiere-platform')}",
}


class _Discovery(APIRoute):
    """A route for one method, to which other methods mean that nothing is here, and not that they are forbidden."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match its method alone."""
        match, found = super().matches(scope)
        return (match, found) if match is Match.FULL else (Match.NONE, {})


def router(services: Services) -> APIRouter:
    """Build the routes by which a client finds out what there is."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS discovery"])
    limits = capture_limits(services)

    @routes.get(
        "/",
        summary="The collections of the repository",
        response_class=Response,
        responses={200: gives("Their names", {JSON: COLLECTION, LD_JSON: COLLECTION}), 406: refuses("Not this form")},
        openapi_extra=accepts_token(),
    )
    def collections(request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON)
        principal_of(request, services)
        return Response(as_collection(RESOURCES), headers=VERSION_HEADERS, media_type=media_type)

    @routes.delete(
        "/nextPageToken/{token}",
        summary="Cancel a page token",
        status_code=501,
        response_class=Response,
        include_in_schema=False,  # there is no such thing; the standard says how to say so
        openapi_extra=requires_token(),
    )
    def cancel_token(token: str, request: Request) -> Response:
        del token
        principal_of(request, services)
        raise Refusal([Problem(sentence=PAGE_TOKENS_EXPIRE)])

    async def discover(request: Request) -> Response:
        found = list(_here(request.app.router.routes, request.scope))
        if not found:
            raise not_found(request.url.path)
        asked = await _asked_for(request, found)
        if asked.status == NOT_FOUND:
            raise not_found(request.url.path)
        allowed = sorted(set().union(*(route.methods or set() for route, _ in found)))
        headers = {"Allow": ", ".join(["OPTIONS", *allowed]), **SPOKEN, **asked.said}
        if request.url.path in CAPTURING:
            headers |= limits | {"GS1-Capture-Error-Behaviour": "all"}  # rollback and proceed
        return Response(status_code=204, headers=headers)

    routes.add_api_route(
        "/{rest:path}",
        discover,
        methods=["OPTIONS"],
        status_code=204,
        response_class=Response,
        include_in_schema=False,  # it is every address's own
        route_class_override=_Discovery,
    )
    return routes


def capture_limits(services: Services) -> dict[str, str]:
    """Give the headers that say how much one capture may hold."""
    return {
        "GS1-EPCIS-Capture-Limit": str(services.limits.records),
        "GS1-EPCIS-Capture-File-Size-Limit": str(services.limits.body_bytes),
    }


def as_collection(members: Iterable[str], **more: Any) -> bytes:
    """Lay out a collection. Source: EPCIS 2.0 OpenAPI, ResourceCollection."""
    document: Mapping[str, Any] = {"@context": EPCIS_CONTEXT, "type": "Collection", "member": list(members), **more}
    return orjson.dumps(document)


class _Asked(NamedTuple):
    """What `GET` answers at an address: its status (0: it was not asked), and the headers that `OPTIONS` repeats."""

    status: int = 0
    said: Mapping[str, str] = {}


def _here(routes: Iterable[Any], scope: Scope) -> Iterator[tuple[APIRoute, Scope]]:
    """Give the routes at an address with what they read of it, but for the one that answers this."""
    for route in routes:
        if isinstance(route, APIRoute) and not isinstance(route, _Discovery):
            match, read = route.matches(scope)
            if match is not Match.NONE:
                yield route, read


async def _asked_for(request: Request, found: Iterable[tuple[APIRoute, Scope]]) -> _Asked:
    """Ask `GET` of an address that names one thing; of a page of its events one is read."""
    for route, read in found:
        if read.get("path_params") and "GET" in (route.methods or set()):
            query = b"perPage=1" if route.path.endswith("/events") else b""
            said: list[Message] = []

            async def receive() -> Message:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message: Message, said: list[Message] = said) -> None:
                said.append(message)

            scope = {**request.scope, **read, "method": "GET", "query_string": query}
            await route.handle(scope, receive, send)
            start = next(each for each in said if each["type"] == "http.response.start")
            headers = Headers(raw=start["headers"])
            repeated = {MIN_RECORD_TIME: headers[MIN_RECORD_TIME]} if MIN_RECORD_TIME in headers else {}
            return _Asked(start["status"], repeated)
    return _Asked()
