"""`GET /epcis/queries/{queryName}/events` with `Upgrade: websocket`: a query's answers, as they come or at set times.

The place in the stream is that of the connection: who comes again says since when (`initialRecordTime`). Each message
is one EPCISQueryDocument; the next is read once the last has left, so that a slow reader takes no memory.

Source: EPCIS 2.0, 8.2.5 and its OpenAPI document; RFC 6455, 7.4.1 (codes).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, WebSocket
from fastapi.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from filiere_platform.api.access import member_of
from filiere_platform.api.epcis_request import JSON, LD_JSON, MIN_RECORD_TIME, VERSION_HEADERS, formats_of, understand
from filiere_platform.api.handshake import as_request
from filiere_platform.api.problems import HANDLERS, language_of
from filiere_platform.api.services import Services
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Member
from filiere_platform.domain.named_query import NamedQuery
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.domain.subscription import Subscription, next_run, read_address
from filiere_platform.domain.subscription_sentences import ORIGIN_REFUSED
from filiere_platform.domain.webhook import new_id
from filiere_platform.usecases.named_queries import query_named, require_kept
from filiere_platform.usecases.open_streams import Head
from filiere_platform.usecases.query_stream import Report, read_report
from filiere_platform.usecases.subscriptions import begin, require_whole
from filiere_schemas.problems import Problem, Refusal

# All in seconds.
LOOK_EVERY: Final = 0.2
ASK_AGAIN: Final = 1.0  # whether one may still have it: a token ends at its time without a change of anything
LONGEST_SEND: Final = 30.0  # for a reader to take a message
MOST_SAID: Final = 120  # bytes of a reason (RFC 6455, 5.5: 123)
POLICY, RESTART, LATER = 1008, 1012, 1013


def router(services: Services) -> APIRouter:
    """Build the route of subscriptions over a websocket."""
    routes = APIRouter(prefix="/epcis/queries")

    @routes.websocket("/{query_name}/events")
    async def follow(websocket: WebSocket, query_name: str) -> None:
        request = as_request(websocket.scope)
        try:
            following = await run_in_threadpool(_begin, request, services, query_name)
            with services.streams.taken(following.member.id):
                await websocket.accept(headers=following.headers)
                await _serve(websocket, following)
        except (Refusal, StoreUnavailable) as refused:
            handler = next(HANDLERS[kind] for kind in type(refused).__mro__ if kind in HANDLERS)
            await websocket.send_denial_response(await handler(request, refused))

    return routes


def _begin(request: Request, services: Services, query_name: str) -> _Following:
    """Read what is asked for, by whom.

    Raises:
        Refusal: it is refused, as over HTTP.
    """
    understand(request, LD_JSON, JSON)
    member, now = member_of(request, services), services.capture.clock()
    _require_own_origin(request, services)
    controls, formats = read_address(request.query_params.multi_items()), formats_of(request)
    with services.units.unit_of_work() as uow:
        query = query_named(uow, query_name, member_id=member.id)
        require_whole(query)
        place = begin(uow, controls, now=now)
    subscription = Subscription(
        webhook_id=new_id(),
        query_id=query.id,
        schedule=controls.schedule,
        reports_empty=controls.reports_empty,
        record_from=place.span.record_from,
        late_from=place.span.late_from,
        epc_format=formats.epcs.value,
        word_format=formats.words.value,
        runs_at=next_run(controls.schedule, now=now),
    )
    return _Following(services, request, member, query, subscription, place.position)


def _require_own_origin(request: Request, services: Services) -> None:
    """A browser says whose page opens a websocket, and nothing else keeps that page from reading it."""
    origin, own = request.headers.get("origin", ""), urlsplit(services.base_url)
    if origin and origin != f"{own.scheme}://{own.netloc}":
        raise Refusal([Problem(sentence=ORIGIN_REFUSED, values={"found": origin[:100]})])


@dataclass(slots=True)
class _Following:
    """One open websocket, and how far it has come."""

    services: Services
    request: Request
    member: Member
    query: NamedQuery
    subscription: Subscription
    position: int
    asked: Head | None = None
    ask_again: float = 0.0  # by a steady clock

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Give those of the answer that opens it: the versions spoken, and from when on records count."""
        said = VERSION_HEADERS | {MIN_RECORD_TIME: iso_instant(self.subscription.record_from)}
        return [(name.lower().encode(), value.encode()) for name, value in said.items()]

    def next(self) -> Report | None:
        """Read what is new, if anything may be; whether one may have it is asked on any change, and every second.

        Raises:
            Refusal: one may not have it any more, or the query is gone.
            StoreUnavailable: the database is away.
        """
        head, now = self.services.streams.head(), self.services.capture.clock()
        is_due = self.subscription.is_due(now)
        if head == self.asked and not is_due and time.monotonic() < self.ask_again:
            return None
        self.member = member_of(self.request, self.services)
        self.ask_again = time.monotonic() + ASK_AGAIN
        with self.services.units.unit_of_work() as uow:
            require_kept(uow, self.query)
            report = read_report(uow, self.member, self.query, self.subscription, position=self.position, now=now)
        if not report.found.has_more:
            self.asked = head
        if not report.is_told:
            self.move(report)
        return report

    def move(self, report: Report) -> None:
        """Go on behind what was sent, or was nothing for this query."""
        sent = report.subscription
        if report.is_told:
            sent = sent.after_sending(report.found.reach, now=self.services.capture.clock())
        self.position, self.subscription = report.found.reach, sent

    def document(self, report: Report) -> str:
        """Lay out what is sent."""
        subscription, now = self.subscription, self.services.capture.clock()
        written = report.found.document(
            self.query, subscription=subscription.webhook_id, formats=subscription.formats, now=now
        )
        return written.decode()


async def _serve(websocket: WebSocket, following: _Following) -> None:
    """Send until the client leaves, may have it no longer, or the process ends."""
    try:
        code, reason = await _tell(websocket, following)
    except WebSocketDisconnect:
        return
    await websocket.close(code, reason.encode()[:MOST_SAID].decode(errors="ignore"))


async def _tell(websocket: WebSocket, following: _Following) -> tuple[int, str]:
    """Send what is new until there is a reason to close; gives it.

    Raises:
        WebSocketDisconnect: the client has left.
    """
    language = language_of(following.request)
    while not following.services.streams.are_ending:
        try:
            report = await run_in_threadpool(following.next)
            if report is not None and report.is_told:
                async with asyncio.timeout(LONGEST_SEND):
                    await websocket.send_text(following.document(report))
                following.move(report)
        except Refusal as refused:
            return POLICY, refused.problems[0].message(language)
        except (StoreUnavailable, TimeoutError) as error:
            return LATER, type(error).__name__
        if report is None or not report.found.has_more:
            await _listen(websocket)
    return RESTART, ""


async def _listen(websocket: WebSocket) -> None:
    """Wait a moment, and hear a goodbye meanwhile; what a subscriber says otherwise means nothing.

    Raises:
        WebSocketDisconnect: it has left.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_EVERY):
            while (said := await websocket.receive())["type"] != "websocket.disconnect":
                pass
        raise WebSocketDisconnect(said.get("code", 1000))
