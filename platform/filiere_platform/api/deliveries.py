"""`GET /api/v1/deliveries`: a member's stream over HTTP, as a batch of what there is or as it comes.

A client that asks for `text/event-stream` gets server-sent events until it leaves; its position travels as the `id` of
each. Anybody else gets the next batch and where it ends. Who is suspended, or whose token is taken back, while a stream
is open gets no more of it.

Source: WHATWG HTML, 9.2 (server-sent events); CloudEvents 1.0.2, JSON event format and its batch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from filiere_platform.api.access import member_of, principal_of
from filiere_platform.api.openapi import gives, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.domain.deliveries import MOST_RECORDS
from filiere_platform.domain.delivery_position import LONGEST, read_position, write_position
from filiere_platform.domain.delivery_sentences import POSITION_UNKNOWN
from filiere_platform.domain.member import Member
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.open_streams import Head
from filiere_platform.usecases.stream import StreamPage, batch_of, read_stream
from filiere_schemas.problems import Problem, Refusal

BATCH: Final = "application/cloudevents-batch+json"
EVENT_STREAM: Final = "text/event-stream"
POSITION: Final = "Delivery-Position"
NOW: Final = "now"
# All in seconds.
LOOK_EVERY: Final = 0.2
HEARTBEAT: Final = 15.0  # below the minute after which usual proxies cut a silent connection
RETRY_MILLISECONDS: Final = 2_000
# A proxy that gathers an answer before it passes it on would hold events back. Source: nginx, ngx_http_proxy_module.
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

MODELS: tuple[type[BaseModel], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Whose stream is wanted, behind which grant, and what of it."""

    member: Member
    after: int
    kinds: frozenset[str]


def router(services: Services) -> APIRouter:
    """Build the route of deliveries."""
    routes = APIRouter(prefix="/api/v1/deliveries", tags=["deliveries"])

    @routes.get(
        "",
        summary="Receive what one is entitled to, in order: a batch, or a stream as it comes",
        responses={
            200: gives(
                "CloudEvents: a batch; with `Accept: text/event-stream` server-sent events, one each, until one leaves",
                {BATCH: {"type": "array", "items": {"type": "object"}}, EVENT_STREAM: {"type": "string"}},
                Delivery_Position="Of a batch: where it ends, to be given as `after`",
            ),
            429: refuses("One has too many streams open", Retry_After="Seconds"),
        },
        openapi_extra=requires_token(),
    )
    async def receive(
        *,
        request: Request,
        after: Annotated[
            str, Query(max_length=LONGEST, description="Position of what one has; none: from the beginning; `now`")
        ] = "",
        kind: Annotated[list[str] | None, Query(description="Kinds wanted: `event`, `receipt`, `view`, …")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_RECORDS, description="Events of a batch at most")] = MOST_RECORDS,
    ) -> Response:
        given = request.headers.get("last-event-id", "")[:LONGEST] or after
        wish = await run_in_threadpool(_wish, request, services, given, frozenset(kind or ()))
        if EVENT_STREAM not in request.headers.get("accept", ""):
            return await run_in_threadpool(_batch, services, wish, limit)
        held = ExitStack()
        held.enter_context(services.streams.taken(wish.member.id))
        stream = _EventStream(services, wish, lambda: principal_of(request, services))
        return _Stream(held, stream.parts(opens_at_end=given == NOW))

    return routes


def _wish(request: Request, services: Services, after: str, kinds: frozenset[str]) -> _Wish:
    member = member_of(request, services)
    position = 0 if after in {"", NOW} else read_position(after, member_id=member.id, key=services.handle_key)
    if after:
        with services.units.unit_of_work() as uow:
            end = uow.log.head().grants
        # Of before a backup was restored: what has its number now is something else, and would be missed.
        if position > end:
            raise Refusal([Problem(sentence=POSITION_UNKNOWN, pointer="/after", values={"found": after})])
        position = end if after == NOW else position
    return _Wish(member=member, after=position, kinds=kinds)


def _batch(services: Services, wish: _Wish, most: int) -> Response:
    page = _read(services, wish, wish.after, most)
    position = write_position(page.reach, member_id=wish.member.id, key=services.handle_key)
    headers = {"Cache-Control": "no-store", POSITION: position, "Content-Type": BATCH}
    return Response(batch_of(page.events), headers=headers)


def _read(services: Services, wish: _Wish, after: int, most: int = MOST_RECORDS) -> StreamPage:
    now, origin = services.capture.clock(), services.origin
    with services.units.unit_of_work() as uow:
        return read_stream(uow, wish.member, after=after, origin=origin, now=now, kinds=wish.kinds, most=most)


class _Stream(StreamingResponse):
    """An answer that holds one of its member's places until it is over, be it that nobody ever read it."""

    def __init__(self, held: ExitStack, parts: AsyncIterator[bytes]) -> None:
        super().__init__(parts, headers={**HEADERS, "Content-Type": EVENT_STREAM})
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._held:
            await super().__call__(scope, receive, send)


class _EventStream:
    """One open stream, as the event loop runs it; everything that waits for the database does so in a thread."""

    def __init__(self, services: Services, wish: _Wish, admit: Callable[[], Any]) -> None:
        self._services = services
        self._wish = wish
        self._admit = admit
        self._after = wish.after
        self._told = wish.after  # the position that the client knows
        self._asked = Head(-1, -1)
        self._ask_again = 0.0  # by a steady clock

    async def parts(self, *, opens_at_end: bool) -> AsyncIterator[bytes]:
        """Write the stream until its client leaves, may have it no longer, or the process ends."""
        # Who begins at the end and is cut off before the first event would miss what came meanwhile.
        yield b"retry: %d\n" % RETRY_MILLISECONDS + (self._position() if opens_at_end else b"\n")
        said = time.monotonic()
        while not self._services.streams.are_ending:
            try:
                page = await run_in_threadpool(self._next)
            except (Refusal, StoreUnavailable):
                return  # the client comes again, and is told why by the answer to that
            if page is not None and page.events:
                yield self._written(page)
                said = time.monotonic()
            elif time.monotonic() - said >= HEARTBEAT:
                yield self._position() if self._after != self._told else b":\n\n"
                said = time.monotonic()
            if page is None or not page.has_more:
                await asyncio.sleep(LOOK_EVERY)

    def _next(self) -> StreamPage | None:
        """Read what is new, if anything is; whether one may have it is asked before each page, and on any change.

        Raises:
            Unauthenticated, Forbidden: the member was suspended meanwhile, or the token revoked or ended.
            StoreUnavailable: the database is away.
        """
        head = self._services.streams.head()
        if head == self._asked and time.monotonic() < self._ask_again:
            return None
        self._admit()
        self._ask_again = time.monotonic() + 1.0  # a token ends at its time without a change of anything
        if head.grants == self._asked.grants:
            self._asked = head
            return None
        page = _read(self._services, self._wish, self._after)
        self._after = page.reach
        if not page.has_more:
            self._asked = head
        return page

    def _written(self, page: StreamPage) -> bytes:
        lines = bytearray()
        for event in page.events:
            lines += b"event: %b\nid: %b\ndata: %b\n\n" % (event.kind.encode(), self._id(event.position), event.body)
        self._told = page.events[-1].position
        return bytes(lines)

    def _position(self) -> bytes:
        """Tell the position alone: a client keeps it, and nothing is dispatched (9.2.6)."""
        self._told = self._after
        return b"id: %b\n\n" % self._id(self._after)

    def _id(self, position: int) -> bytes:
        services = self._services
        return write_position(position, member_id=self._wish.member.id, key=services.handle_key).encode()
