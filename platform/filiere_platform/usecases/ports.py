"""What the use cases need of the outside, as protocols: the store, the bus, the tiles, the clock.

`store`, `bus` and `tiles` implement them; tests run the same contract suite against every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from filiere_platform.domain.message import Message
from filiere_platform.domain.record import Admission, Probe
from filiere_platform.store.unit_of_work import UnitOfWork


class Leading(Protocol):
    """Whether this process leads in something; ask again, since leadership can be lost."""

    def __bool__(self) -> bool:
        """Say whether it still leads."""


# Tries for leadership in what is named; held until the context ends, false where another process holds it.
Leadership = Callable[[str], AbstractContextManager[Leading]]
# Which of some names a process leads in now.
Leaders = Callable[[Collection[str]], Collection[str]]


class Bus(Protocol):
    """Takes messages and answers once each is safe with the transport."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand over messages; returns when every one is confirmed.

        Raises:
            BusUnavailable: when the transport is away or refused one of them.
        """

    def missing(self, members: Collection[int]) -> set[int]:
        """Say for whom what was handed over is kept nowhere any more, though others' copies are confirmed."""

    def close(self) -> None:
        """Release connections and threads."""


class UnitsOfWork(Protocol):
    """Opens units of work; the edge that opens one commits it, by leaving it without an exception."""

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work: one session, one transaction."""


class CaptureTransaction(Protocol):
    """One group commit: two round trips, lock and probe, then insert and commit."""

    def begin(self, *, digests: Collection[bytes], node_keys: Collection[str]) -> Probe:
        """Take the log head's lock; look up identities and nodes under it. Called once."""

    def save(self, admission: Admission) -> None:
        """Queue every insert and the new head; they and the commit go out together when the context ends."""


class CaptureStore(Protocol):
    """Opens group commits; commits when the context ends cleanly, rolls back on any exception.

    Raises `StoreUnavailable` when the database is away or the lock was not had within its time, `RowsRefused` when it
    refuses the group: nothing of it is stored then, and its items are to be tried one at a time.
    """

    def capture_transaction(self) -> AbstractContextManager[CaptureTransaction]:
        """Open one transaction. Used by one thread at a time."""
