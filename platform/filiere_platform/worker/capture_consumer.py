"""The door by which members' programs send records over the broker: the same bodies, limits and answers as over HTTP.

A message goes through the same group commit as a request. It is acknowledged once its records are committed and what
was refused of it lies in dead letters. While the database is away, or the queue before the commit is full, messages
are held and tried again; nobody's message is refused for that. A message that fails for a reason that nobody foresaw
is tried a few times and then refused, so that it cannot go round for ever.

Any number of processes may consume: a record's identity decides whether it is stored already.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol

from filiere_platform.domain import sentences
from filiere_platform.domain.arrival import Arrival, Letter
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.capture import Intake, Parcel
from filiere_platform.usecases.record_exchange import Answer, RecordExchange
from filiere_platform.worker.intake import Overloaded
from filiere_schemas.backoff import full_jitter
from filiere_schemas.problems import Problem, Refusal

FIRST_WAIT: Final = 0.5  # seconds until a message that could not be stored is tried again
LONGEST_WAIT: Final = 15.0
# RabbitMQ ends a channel on which a message is not acknowledged for 30 minutes, and counts that as a failed delivery.
LONGEST_HOLD: Final = 600.0  # seconds; then everything is given back until the database answers again
MOST_FAILURES: Final = 5  # of a message, for no reason that was foreseen
STOP_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 0.5

log = logging.getLogger(__name__)


class Arrivals(Protocol):
    """Where messages come from (`bus.capture_queue`)."""

    def settle(self, arrival: Arrival, *, letters: Sequence[Letter] = (), answer: Answer | None = None) -> None:
        """Post letters, answer, and acknowledge."""

    def pause(self) -> None:
        """Give everything back and take nothing more."""

    def resume(self) -> None:
        """Go on."""

    def stop_consuming(self) -> None:
        """Take nothing more; what is in hand can be settled."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(eq=False, slots=True, kw_only=True)
class _Work:
    """A message whose records are on their way to the log."""

    arrival: Arrival
    sender: int  # the member
    payloads: tuple[bytes, ...]
    began: float
    tries: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _Decided:
    work: _Work
    future: Future[list[Outcome]]


class CaptureConsumer:
    """Takes messages in, has their records stored, settles them. `run` is a thread's body."""

    def __init__(
        self,
        *,
        open_queue: Callable[[Callable[[Arrival], None]], Arrivals],
        intake: Intake,
        exchange: RecordExchange,
        sign_receipt: Callable[[Sequence[Outcome]], bytes | None],
        is_store_ready: Callable[[], bool],
        observe: Callable[[Sequence[Outcome], float], None] = lambda _outcomes, _seconds: None,
    ) -> None:
        """Build a consumer; `observe` is told of each message's outcomes and the seconds that they took."""
        self._open_queue = open_queue
        self._intake = intake
        self._exchange = exchange
        self._sign_receipt = sign_receipt
        self._is_store_ready = is_store_ready
        self._observe = observe
        self._inbox: queue.SimpleQueue[Arrival | _Decided] = queue.SimpleQueue()
        self._held: list[tuple[float, int, _Work]] = []  # due (monotonic), ticket, work
        self._tickets = itertools.count()
        self._in_hand = 0
        self._away_since: float | None = None
        self._is_paused = False

    def run(self, stop: threading.Event) -> None:
        """Consume until told to stop; then finish what the commit has in hand."""
        arrivals = self._open_queue(self._inbox.put)
        try:
            while not stop.is_set():
                self._step(arrivals)
            arrivals.stop_consuming()
            ends_at = time.monotonic() + STOP_SECONDS
            while self._in_hand and time.monotonic() < ends_at:
                self._step(arrivals)
        finally:
            arrivals.close()

    def _step(self, arrivals: Arrivals) -> None:
        try:
            item = self._inbox.get(timeout=self._until_due())
        except queue.Empty:
            item = None
        try:
            if isinstance(item, _Decided):
                self._in_hand -= 1
                self._decided(arrivals, item)
            elif item is not None:
                self._take(arrivals, item)
            self._try_held(arrivals)
        except Exception as error:
            # One message must not end the thread that everybody's go through, nor go round for ever.
            log.exception("capture.consumer_failed")
            if isinstance(item, _Decided):
                self._failed(arrivals, item.work, error)
            elif item is not None:
                self._refuse(arrivals, item, [Problem(sentence=sentences.RECORD_NOT_STORED)])

    def _until_due(self) -> float:
        if not self._held:
            return IDLE_SECONDS
        return min(max(self._held[0][0] - time.monotonic(), 0.0), IDLE_SECONDS)

    def _take(self, arrivals: Arrivals, arrival: Arrival) -> None:
        if arrival.member_id is None:
            log.warning("capture.sender_unknown", extra={"user": arrival.user})
            values = {"found": arrival.user or "-"}
            self._refuse(arrivals, arrival, [Problem(sentence=sentences.SENDER_UNKNOWN, values=values)])
            return
        try:
            payloads = self._exchange.take_out(arrival.body, arrival.content_type)
        except Refusal as refusal:
            self._refuse(arrivals, arrival, refusal.problems)
            return
        self._submit(_Work(arrival=arrival, sender=arrival.member_id, payloads=payloads, began=time.perf_counter()))

    def _submit(self, work: _Work) -> None:
        try:
            future = self._intake.submit(Parcel(sender=work.sender, payloads=work.payloads, signed=True))
        except Overloaded:
            work.tries = 0  # the intake empties in about a second; patience is for a database that is away
            self._hold(work)
            return
        self._in_hand += 1
        future.add_done_callback(lambda done: self._inbox.put(_Decided(work, done)))

    def _decided(self, arrivals: Arrivals, decided: _Decided) -> None:
        work, error = decided.work, decided.future.exception()
        if isinstance(error, StoreUnavailable):
            self._store_is_away(arrivals, work, error)
            return
        if self._away_since is not None:
            log.warning("capture.store_is_back")
            self._away_since = None
        if isinstance(error, Refusal):
            self._refuse(arrivals, work.arrival, error.problems)
        elif error is not None:
            self._failed(arrivals, work, error)
        else:
            self._answer(arrivals, work, decided.future.result())

    def _answer(self, arrivals: Arrivals, work: _Work, outcomes: Sequence[Outcome]) -> None:
        arrival = work.arrival
        letters = [
            Letter(
                member_id=arrival.member_id,
                body=self._exchange.letter(outcome, record, position=position, language=arrival.language),
            )
            for position, (outcome, record) in enumerate(zip(outcomes, work.payloads, strict=True))
            if outcome.status is Status.REFUSED
        ]
        answer = self._exchange.answer(outcomes, self._sign_receipt(outcomes), arrival.language)
        self._observe(outcomes, time.perf_counter() - work.began)
        arrivals.settle(arrival, letters=letters, answer=answer)

    def _failed(self, arrivals: Arrivals, work: _Work, error: BaseException) -> None:
        """Try a message again that failed for no reason that was foreseen; after some times it is refused."""
        work.failures += 1
        log.error("capture.failed", exc_info=error, extra={"member": work.arrival.member_id})
        if work.failures < MOST_FAILURES:
            self._hold(work)
        else:
            self._refuse(arrivals, work.arrival, [Problem(sentence=sentences.RECORD_NOT_STORED)])

    def _refuse(self, arrivals: Arrivals, arrival: Arrival, problems: Sequence[Problem]) -> None:
        """Refuse a message as a whole: its sender finds it among its dead letters, the operator what is nobody's."""
        body = self._exchange.letter_of_message(problems, arrival.body, language=arrival.language)
        letter = Letter(member_id=arrival.member_id, body=body)
        arrivals.settle(arrival, letters=[letter], answer=self._exchange.refuse(problems, arrival.language))

    def _store_is_away(self, arrivals: Arrivals, work: _Work, error: StoreUnavailable) -> None:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            log.warning("capture.waits_for_store", extra={"reason": type(error.__cause__ or error).__name__})
        if now - self._away_since > LONGEST_HOLD and not self._is_paused:
            log.warning("capture.paused")
            self._is_paused = True
            self._held.clear()
            arrivals.pause()
        if not self._is_paused:
            self._hold(work)

    def _hold(self, work: _Work) -> None:
        work.tries += 1
        # S311: jitter, not a secret.
        wait = full_jitter(work.tries, first=FIRST_WAIT, longest=LONGEST_WAIT, draw=random.random())  # noqa: S311
        heapq.heappush(self._held, (time.monotonic() + wait, next(self._tickets), work))

    def _try_held(self, arrivals: Arrivals) -> None:
        if self._is_paused:
            if self._is_store_ready():
                log.warning("capture.resumed")
                self._is_paused, self._away_since = False, None
                arrivals.resume()
            return
        while self._held and self._held[0][0] <= time.monotonic():
            self._submit(heapq.heappop(self._held)[2])
