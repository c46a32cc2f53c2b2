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
    """The bus did not take everything; what it did not take was not lost, it is still to be handed over.

    `failed` are positions in the sequence handed over, of the messages that are not known to be safe; all others are.
    `refused` are those among them that the bus turned down while it was there: a recipient's queue is full or gone,
    and the same message for the other recipients may well be taken.
    """

    def __init__(self, reason: str, *, failed: Collection[int] = (), refused: Collection[int] = ()) -> None:
        super().__init__(reason)
        self.failed: frozenset[int] = frozenset(failed) | frozenset(refused)
        self.refused: frozenset[int] = frozenset(refused)
