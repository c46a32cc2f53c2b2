"""What the use cases need of the outside, as protocols: the store, the bus, the tiles, the clock.

`store`, `bus` and `tiles` implement them; tests run the same contract suite against every implementation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from filiere_platform.domain.record import Admission, Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A bus message: one distinct view of a group of records, for the recipients entitled to exactly that view.

    `recipients` are member ids; each transport turns them into addresses that no copy reveals. `body` is a
    CloudEvents JSON batch (CloudEvents 1.0, JSON event format, section 4).
    """

    id: str
    kind: str  # routing key
    recipients: tuple[int, ...]
    body: bytes


class BusUnavailable(Exception):  # noqa: N818 - a state of the world, which the caller waits out
    """The broker cannot take messages now; nothing was lost, the cursor has not moved."""


class Bus(Protocol):
    """Takes messages and answers once each is safe with the transport."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand over messages; returns when every one is confirmed.

        Raises:
            BusUnavailable: when the transport is away or refused one of them.
        """

    def close(self) -> None:
        """Release connections and threads."""


class CaptureTransaction(Protocol):
    """One group commit: two round trips, lock and probe, then insert and commit."""

    def begin(self, *, digests: Collection[bytes], node_keys: Collection[str]) -> Probe:
        """Take the log head's lock; look up identities and nodes under it. Called once."""

    def save(self, admission: Admission) -> None:
        """Queue every insert and the new head; they and the commit go out together when the context ends."""


class CaptureStore(Protocol):
    """Opens group commits; commits when the context ends cleanly, rolls back on any exception.

    Raises `StoreUnavailable` when the database is away or the lock was not had within its time.
    """

    def capture_transaction(self) -> AbstractContextManager[CaptureTransaction]:
        """Open one transaction. Used by one thread at a time."""


class StoreUnavailable(Exception):  # noqa: N818 - a state of the world, which the caller answers with 503
    """The database cannot serve now; nothing of this call was stored."""
