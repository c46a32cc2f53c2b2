"""`GET /api/v1/trace`: where an object came from and what became of it, as the asker may see it.

The answer is described in docs/trace.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from filiere_platform.api.access import principal_of, viewer_of
from filiere_platform.api.openapi import accepts_token
from filiere_platform.api.services import Services
from filiere_platform.api.trace_forms import CsvDialect, Format, described, form_of, headers_of, respond
from filiere_platform.api.trace_models import MODELS, TraceAnswer
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.trace_forms import MEDIA_TYPES, TraceForm, write_table
from filiere_platform.render.trace_table import table_of_levels
from filiere_platform.usecases.trace import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_SECONDS,
    TraceQuestion,
    Ways,
    read_as_of,
    read_at,
    trace_object,
)
from filiere_platform.usecases.trace_events import events_of_answer, events_of_parts
from filiere_platform.usecases.trace_stream import stream_trace, trace_parts

__all__ = ["LONGEST_OBJECT", "MODELS", "router"]
LINES = "application/x-ndjson"
MOST_STREAMED = 100_000  # objects, unless more are asked for
PART = 65_536  # bytes of a streamed table, graph or document that go out together
LONGEST_OBJECT = 2_000  # characters of an identifier; EPCIS leaves it open, no carrier holds more


def _bounds(
    max_depth: Annotated[int, Query(ge=0, le=1_000)] = MAX_DEPTH,
    max_seconds: Annotated[float, Query(gt=0, le=MAX_SECONDS, description="Of the search")] = MAX_SECONDS,
    at: Annotated[str | None, Query(description="Without what surely happened after an RFC 3339 time")] = None,
    as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
) -> dict[str, Any]:
    """Take how far a question goes, in steps, in time and in what was known."""
    return {"max_depth": max_depth, "max_seconds": max_seconds, "at": at, "as_of": as_of}


def _read(bounds: dict[str, Any]) -> dict[str, Any]:
    """Read the times of a question, once it is known who asks."""
    return bounds | {"at": read_at(bounds["at"]), "as_of": read_as_of(bounds["as_of"])}


def router(services: Services) -> APIRouter:
    """Build the route of traces."""
    routes = APIRouter(prefix="/api/v1/trace", tags=["trace"])

    @routes.get(
        "",
        summary="Trace an object upstream, downstream or both ways",
        responses=described(TraceAnswer),
        openapi_extra=accepts_token(),
    )
    def trace(
        *,
        request: Request,
        wanted: Annotated[str, Query(alias="object", max_length=LONGEST_OBJECT, description="Any form of its URI")],
        direction: Ways = Ways.BOTH,
        bounds: Annotated[dict[str, Any], Depends(_bounds)],
        max_nodes: Annotated[int, Query(ge=1, le=100_000)] = MAX_NODES,
        wanted_form: Format = None,
        dialect: CsvDialect = Dialect.RFC4180,
    ) -> Response:
        viewer = viewer_of(request, services)
        question = TraceQuestion(object=wanted, ways=direction, max_nodes=max_nodes, **_read(bounds))
        with services.units.unit_of_work() as uow:
            answer = trace_object(uow, viewer, question, key=services.handle_key, names_members=services.names_members)
            form = form_of(request, wanted_form)
            events = partial(events_of_answer, uow, viewer, answer, now=services.capture.clock())
            return respond(answer, form, dialect, events)

    @routes.get(
        "/stream",
        summary="Trace an object in one direction, level by level",
        response_class=StreamingResponse,
        responses=described(TraceAnswer, lines=LINES),
        openapi_extra=accepts_token(),
    )
    def stream(
        *,
        request: Request,
        wanted: Annotated[str, Query(alias="object", max_length=LONGEST_OBJECT, description="Any form of its URI")],
        direction: Direction,
        bounds: Annotated[dict[str, Any], Depends(_bounds)],
        max_nodes: Annotated[int, Query(ge=1, le=1_000_000)] = MOST_STREAMED,
        form: Annotated[TraceForm, Query(alias="format", description="`json`: one JSON object on each line")] = (
            TraceForm.JSON
        ),
        dialect: CsvDialect = Dialect.RFC4180,
    ) -> StreamingResponse:
        viewer = viewer_of(request, services)
        question = TraceQuestion(object=wanted, max_nodes=max_nodes, **_read(bounds))
        written = _streamed(services, viewer, question, direction, (form, dialect))
        first = next(written)  # a question that is refused is refused before anything is sent
        kind = LINES if form is TraceForm.JSON else MEDIA_TYPES[form]
        headers = headers_of(form, wanted) | {"Content-Type": kind}
        rest = _while_admitted(written, lambda: principal_of(request, services))
        return StreamingResponse(itertools.chain((first,), rest), headers=headers)

    return routes


def _while_admitted(written: Generator[bytes], admit: Callable[[], object]) -> Iterator[bytes]:
    """Hand out a stream as long as its asker may have it: each part is asked for anew, as each page of an answer is.

    The connection breaks off, so that nobody takes for whole what was not sent to its end.

    Raises:
        Unauthenticated, Forbidden: the member was suspended meanwhile, or the token revoked.
    """
    try:
        for part in written:
            admit()
            yield part
    finally:
        written.close()  # its transaction ends here, not when somebody collects it


def _streamed(
    services: Services, viewer: Viewer, question: TraceQuestion, direction: Direction, form: tuple[TraceForm, Dialect]
) -> Generator[bytes]:
    """Write a streamed answer within a transaction of its own, which ends with it."""
    clock = services.capture.clock
    with services.units.unit_of_work() as uow:
        if form[0] is TraceForm.JSON:
            yield from stream_trace(uow, viewer, question, direction, clock)
            return
        parts = trace_parts(uow, viewer, question, direction, clock)
        if form[0] is TraceForm.EPCIS:
            yield from _gathered(events_of_parts(uow, viewer, parts, now=services.capture.clock()))
        else:
            yield from _gathered(map(str.encode, write_table(table_of_levels(parts), *form)))


def _gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Gather lines into parts: who asks is admitted anew before each, which costs more than a line."""
    part = bytearray()
    for line in lines:
        part += line
        if len(part) >= PART:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
