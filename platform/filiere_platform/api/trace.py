"""`GET /api/v1/trace`: where an object came from and what became of it, as the asker may see it.

The answer is described in docs/trace.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from filiere_platform.api.access import viewer_of
from filiere_platform.api.services import Services
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.usecases.trace import MAX_DEPTH, MAX_NODES, TraceQuestion, Ways, read_as_of, trace_object
from filiere_platform.usecases.trace_stream import stream_trace

JSON = "application/json"
LINES = "application/x-ndjson"
MOST_STREAMED = 100_000  # objects, unless more are asked for
LONGEST_OBJECT = 2_000  # characters of an identifier; EPCIS leaves it open, no carrier holds more


def router(services: Services) -> APIRouter:
    """Build the route of traces."""
    routes = APIRouter(prefix="/api/v1/trace", tags=["trace"])

    @routes.get("", summary="Trace an object upstream, downstream or both ways")
    def trace(
        *,
        request: Request,
        wanted: Annotated[str, Query(alias="object", max_length=LONGEST_OBJECT, description="Any form of its URI")],
        direction: Ways = Ways.BOTH,
        max_depth: Annotated[int, Query(ge=0, le=1_000)] = MAX_DEPTH,
        max_nodes: Annotated[int, Query(ge=1, le=100_000)] = MAX_NODES,
        as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
    ) -> Response:
        viewer = viewer_of(request, services)
        question = TraceQuestion(
            object=wanted, ways=direction, max_depth=max_depth, max_nodes=max_nodes, as_of=read_as_of(as_of)
        )
        with services.units.unit_of_work() as uow:
            answer = trace_object(uow, viewer, question, key=services.handle_key, names_members=services.names_members)
        return Response(orjson.dumps(answer), media_type=JSON)

    @routes.get(
        "/stream",
        summary="Trace an object in one direction, level by level",
        response_class=StreamingResponse,
        responses={200: {"content": {LINES: {}}, "description": "One JSON object on each line"}},
    )
    def stream(
        *,
        request: Request,
        wanted: Annotated[str, Query(alias="object", max_length=LONGEST_OBJECT, description="Any form of its URI")],
        direction: Direction,
        max_depth: Annotated[int, Query(ge=0, le=1_000)] = MAX_DEPTH,
        max_nodes: Annotated[int, Query(ge=1, le=1_000_000)] = MOST_STREAMED,
        as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
    ) -> StreamingResponse:
        viewer = viewer_of(request, services)
        question = TraceQuestion(object=wanted, max_depth=max_depth, max_nodes=max_nodes, as_of=read_as_of(as_of))

        def lines() -> Iterator[bytes]:
            with services.units.unit_of_work() as uow:
                yield from stream_trace(uow, viewer, question, direction)

        written = lines()
        first = next(written)  # a question that is refused is refused before anything is sent
        return StreamingResponse(itertools.chain((first,), written), media_type=LINES)

    return routes
