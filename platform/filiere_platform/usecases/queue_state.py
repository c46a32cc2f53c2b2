"""What waits on the broker for each member, counted when somebody asks, and not more often than every few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from filiere_platform.usecases.ports import UnitsOfWork

KEPT_SECONDS = 10.0  # whoever may ask for metrics must not be able to keep the broker busy by asking


class QueueNames(Protocol):
    """How an instance names its queues."""

    @property
    def capture_queue(self) -> str:
        """Where records wait for the platform."""

    @property
    def capture_dead_letter_queue(self) -> str:
        """Where what the platform could not digest waits for the operator."""

    def member_queue(self, member_id: int) -> str:
        """Where messages wait for a member."""

    def dead_letter_queue(self, member_id: int) -> str:
        """Where waits what a member's program gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """Messages that wait; of members by URI, and only of those whose queue is declared."""

    waiting: Mapping[str, int]
    dead: Mapping[str, int]
    captures: int
    dead_captures: int


def queue_state_reader(
    units: UnitsOfWork, names: QueueNames, count: Callable[[Sequence[str]], Mapping[str, int]]
) -> Callable[[], QueueState]:
    """Build what reads it; `count` asks the broker, and raises what says that it is away."""
    lock = threading.Lock()
    kept: list[tuple[float, QueueState]] = []

    def read() -> QueueState:
        with lock:
            if not kept or time.monotonic() - kept[0][0] > KEPT_SECONDS:
                kept[:] = [(time.monotonic(), _count(units, names, count))]
            return kept[0][1]

    return read


def _count(units: UnitsOfWork, names: QueueNames, count: Callable[[Sequence[str]], Mapping[str, int]]) -> QueueState:
    with units.unit_of_work() as uow:
        members = uow.members.all()
    queues = {names.member_queue(member.id): member.uri for member in members}
    dead = {names.dead_letter_queue(member.id): member.uri for member in members}
    found = count([names.capture_queue, names.capture_dead_letter_queue, *queues, *dead])
    return QueueState(
        waiting={uri: found[name] for name, uri in queues.items() if name in found},
        dead={uri: found[name] for name, uri in dead.items() if name in found},
        captures=found.get(names.capture_queue, 0),
        dead_captures=found.get(names.capture_dead_letter_queue, 0),
    )
