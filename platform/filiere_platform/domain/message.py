"""What passes over the bus, and what a bus says when it cannot take it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One distinct view of a group of records, for the recipients entitled to exactly that view.

    `recipients` are member ids; each transport turns them into addresses that no copy reveals. `body` is a
    CloudEvents JSON batch (CloudEvents 1.0, JSON event format, section 4).
    """

    id: str
    kind: str  # routing key
    recipients: tuple[int, ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A message as one recipient gets it: nothing in it says who else does."""

    id: str
    kind: str
    body: bytes


class BusUnavailable(Exception):  # noqa: N818 - a state of the world, which the caller waits out
    """The bus cannot take messages now; nothing was lost, the cursor has not moved.

    `failed` are the ids of the messages that are not known to be safe. The others of the same call are.
    """

    def __init__(self, reason: str, *, failed: Collection[str] = ()) -> None:
        super().__init__(reason)
        self.failed: frozenset[str] = frozenset(failed)
