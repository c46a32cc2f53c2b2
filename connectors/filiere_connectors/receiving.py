"""Receive what a member is entitled to: each event handed over at least once, in order, and known by its id after that.

A batch comes in over a road (the broker's queue, or HTTPS). Its events go to the handler one after the other, so that
the order per object is that of the stream. An event that the handler rejects is set apart in the inbox with its reason
and its neighbours go on; one that fails otherwise is offered again, and what follows waits for it. A batch is
acknowledged once all of it is worked off and the inbox says so on disk: a crash before that brings at most this batch
again.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from filiere_connectors import receiving_sentences as sentences
from filiere_connectors.client import ServerAway
from filiere_connectors.inbox import Inbox
from filiere_schemas.backoff import full_jitter
from filiere_schemas.problems import Problem, Refusal

FIRST_WAIT: Final = 0.5  # seconds
LONGEST_WAIT: Final = 60.0
LOOK_SECONDS: Final = 1.0  # between two questions whether to stop

Event = Mapping[str, Any]  # a CloudEvent, as it is written in JSON
Handler = Callable[[Event], None]


class Rejected(Exception):  # noqa: N818 - an answer of the handler, no error of the program
    """Raised by a handler: it will never take this event; the reason is for people."""


class HandlerFailed(Refusal):
    """A handler failed for a reason that may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events that are acknowledged together; `tag` is the road's."""

    events: Sequence[Event]
    tag: object
    position: str | None = None  # where the stream goes on, of a road that leaves it to us to keep that


class Road(Protocol):
    """A way on which batches come. Opened by `batches`, and again after a failure."""

    def batches(self, position: str) -> Iterator[Batch | None]:
        """Give batches as they come, and None whenever none is there.

        Raises:
            ServerAway: it is interrupted; what was not acknowledged comes again.
            ServerRefused: somebody has to act.
        """

    def acknowledge(self, batch: Batch) -> None:
        """Say that a batch is worked off."""

    def wait(self, seconds: float) -> None:
        """Wait, and stay connected."""


@dataclass(slots=True, kw_only=True)
class ReceiveReport:
    """What came. `stopped_by` is why it ended with events still waiting."""

    handled: int = 0
    known: int = 0
    rejected: int = 0
    stopped_by: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How to receive.

    Attributes:
        once: end when nothing waits.
        patience: seconds for which what fails is tried again before it ends.
        stop: asked between two events whether to end.
        waiting: told why and for how many seconds it waits.
    """

    once: bool = False
    patience: float = 60.0
    stop: Callable[[], bool] = lambda: False
    waiting: Callable[[Refusal, float], None] = lambda _why, _seconds: None


def receive(road: Road, inbox: Inbox, handler: Handler, *, wishes: Wishes = Wishes()) -> ReceiveReport:
    """Receive until told to stop; with `once`, until nothing waits.

    Raises:
        ServerRefused: somebody has to act.
        WorkspaceProblem: the inbox cannot be written.
    """
    receiving = _Receiving(road=road, inbox=inbox, handler=handler, wishes=wishes)
    while not wishes.stop():
        try:
            receiving.run()
        except ServerAway as failure:
            if receiving.pause(failure):
                continue
        break
    return receiving.report


def hand_over_again(inbox: Inbox, handler: Handler) -> ReceiveReport:
    """Offer rejected events to the handler again."""
    report = ReceiveReport()
    for each in inbox.rejected():
        try:
            with inbox.transaction():
                _hand_over(inbox, handler, each.event, report)
        except HandlerFailed as failure:
            report.stopped_by = failure
            return report
    return report


@dataclass(slots=True, kw_only=True)
class _Receiving:
    """One receiver at work: what it did, and how often in a row it failed."""

    road: Road
    inbox: Inbox
    handler: Handler
    wishes: Wishes
    report: ReceiveReport = field(default_factory=ReceiveReport)
    failures: int = 0
    failing_since: float = 0.0  # monotonic

    def run(self) -> None:
        """Receive on an open road until it is time to end.

        Raises:
            ServerAway: the road is interrupted.
        """
        for batch in self.road.batches(self.inbox.position()):
            if batch is None:
                if self.wishes.once or self.wishes.stop():
                    self.report.stopped_by = None
                    return
                continue
            # The batch stays ours while its handler fails: given back, it would count as a failed delivery every time.
            while not self.work_off(batch):
                failure = self.report.stopped_by
                if failure is None or not self.pause(failure):
                    return
            self.road.acknowledge(batch)
            self.failures = 0

    def work_off(self, batch: Batch) -> bool:
        """Hand over what is new of a batch; says whether all of it is worked off, else the report may say why not."""
        self.report.stopped_by = None
        try:
            with self.inbox.transaction():
                for event in batch.events:
                    if self.wishes.stop():
                        return False
                    if self.inbox.knows(event):
                        self.report.known += 1
                    else:
                        _hand_over(self.inbox, self.handler, event, self.report)
                if batch.position is not None:
                    self.inbox.move(batch.position)
        except HandlerFailed as failure:
            self.report.stopped_by = failure
            return False
        return True

    def pause(self, failure: Refusal) -> bool:
        """Wait for the next attempt; says whether there is one."""
        self.report.stopped_by = failure
        now = time.monotonic()
        if not self.failures:
            self.failing_since = now
        self.failures += 1
        # S311: jitter, not a secret.
        wait = full_jitter(self.failures, first=FIRST_WAIT, longest=LONGEST_WAIT, draw=random.random())  # noqa: S311
        ends_at = now + wait
        if ends_at - self.failing_since > self.wishes.patience:
            return False
        self.wishes.waiting(failure, wait)
        while not self.wishes.stop() and (left := ends_at - time.monotonic()) > 0:
            self.road.wait(min(left, LOOK_SECONDS))
        return not self.wishes.stop()


def _hand_over(inbox: Inbox, handler: Handler, event: Event, report: ReceiveReport) -> None:
    now = time.time_ns() // 1_000
    try:
        _require_whole(event)
        handler(event)
    except Rejected as rejected:
        inbox.reject(event, str(rejected), at=now)
        report.rejected += 1
    except Exception as error:
        values = {"id": event["id"], "reason": str(error) or type(error).__name__}
        raise HandlerFailed([Problem(sentence=sentences.HANDLER_FAILED, values=values)]) from error
    else:
        inbox.note_handled(event, at=now)
        report.handled += 1


def _require_whole(event: Event) -> None:
    """Require that a record has the digest that the log commits to; erased ones and views bring none.

    Raises:
        Rejected: it has another one.
    """
    data = event.get("data")
    jws = data.get("jws") if isinstance(data, Mapping) else None
    if isinstance(jws, str):
        found = hashlib.sha256(jws.encode()).hexdigest()
        if isinstance(data, Mapping) and data.get("sha256") != found:
            values = {"found": found, "expected": data.get("sha256")}
            problem = Problem(sentence=sentences.RECORD_ALTERED, values=values)
            raise Rejected(f"{problem.message('fr')} / {problem.message('en')}")
