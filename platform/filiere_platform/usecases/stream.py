"""A member's stream: everything that its grants bring it, one event after the other, behind any position.

A stream is read at a cursor, which is the number of a grant. Whoever delivers keeps the cursor: an open connection in
the hands of its client, a webhook or a subscription in a row. What is read is what the bus would carry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from filiere_platform.domain.deliveries import MOST_BYTES, MOST_RECORDS
from filiere_platform.domain.member import Member
from filiere_platform.domain.record import GrantRow
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.granted import audiences_of, streamed_to, without_a_torn_record

PAGE = 500  # grants of one read: several may open one record


class StreamedEvent(NamedTuple):
    """One event of a stream. Once it is safe with its member, the cursor may stand at `position`."""

    position: int
    log_index: int
    kind: str
    body: bytes  # a CloudEvent, structured, in JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPage:
    """What was read behind a cursor; once all of it is safe, the cursor may stand at `reach`."""

    events: tuple[StreamedEvent, ...]
    reach: int
    has_more: bool


def read_stream(
    uow: UnitOfWork,
    member: Member,
    *,
    after: int,
    origin: str,
    now: int,
    kinds: Collection[str] = (),
    most: int = MOST_RECORDS,
) -> StreamPage:
    """Read what comes behind a position, at most `most` events and about half a megabyte of them.

    What goes out under a mandate in force `now` (microseconds since 1970) is written down first, in the same unit.

    Args:
        uow: the unit of work.
        member: whose stream; one that is not active is brought nothing.
        after: number of the last grant that was handed over.
        origin: the log's name.
        now: when it is read.
        kinds: those wanted, `view` among them; none: all.
        most: events at most.
    """
    end = uow.log.head().grants
    if end <= after:
        return StreamPage(events=(), reach=after, has_more=False)
    audiences = audiences_of(member.id, uow.mandates.holders(now))
    found: Sequence[GrantRow] = uow.grants.for_audiences(audiences, after, PAGE)
    is_full = len(found) >= PAGE
    if is_full:
        found = without_a_torn_record(found)
    events: list[StreamedEvent] = []
    size = 0
    for event in _brought(uow, found, member, origin=origin, now=now):
        if kinds and event.kind not in kinds:
            continue
        if events and (len(events) >= most or size + len(event.body) > MOST_BYTES):
            return StreamPage(events=tuple(events), reach=events[-1].position, has_more=True)
        events.append(event)
        size += len(event.body)
    reach = found[-1].grant_no if is_full else max(end, found[-1].grant_no if found else after)
    return StreamPage(events=tuple(events), reach=reach, has_more=is_full)


def batch_of(events: Collection[StreamedEvent]) -> bytes:
    """Write events as a CloudEvents JSON batch, as a message of the bus is."""
    return b"[" + b",".join(event.body for event in events) + b"]"


def _brought(
    uow: UnitOfWork, grants: Sequence[GrantRow], member: Member, *, origin: str, now: int
) -> Iterator[StreamedEvent]:
    for position, delivery in streamed_to(uow, grants, member, origin=origin, now=now):
        message = delivery.message
        yield StreamedEvent(position, delivery.indexes[0], message.kind, message.body[1:-1])  # a batch of one
