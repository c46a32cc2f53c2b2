"""Show stored events as they become visible to somebody, for the operator at the console.

Every event comes as the CloudEvent that its recipients get, from the store or from the bus alike, and once: what the
history has shown is not shown again when the bus delivers it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.deliveries import CloudEvent, SharedRecord, cloud_event
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.message import Copy
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.provenance.entry import EntryKind

EVENT_KINDS = (EntryKind.EVENT, EntryKind.RECEIPT)
PAGE = 500
MOST_REMEMBERED = 20_000  # ids: more than any tap holds back


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where the log and the grants end at one moment: history goes up to here, and following starts here."""

    size: int
    grants: int


def read_ends(uow: UnitOfWork) -> Ends:
    """Read where the log and the grants end now."""
    head = uow.log.head()
    return Ends(size=head.size, grants=head.grants)


def read_history(uow: UnitOfWork, *, start: int, stop: int, origin: str) -> tuple[list[CloudEvent], int]:
    """Read a page of the events stored from one log index up to another; gives also where the next page starts."""
    found = uow.events.visible_to(OPERATOR).find(EventQuery(after=start - 1, limit=PAGE))
    following = found[-1].log_index + 1 if len(found) == PAGE else stop
    return _as_cloud_events([event for event in found if event.log_index < stop], origin), following


def read_granted(uow: UnitOfWork, *, after: int, origin: str) -> tuple[list[CloudEvent], int]:
    """Read the events that grants past a number open, in order; gives also the last number read."""
    grants = uow.grants.after(after, PAGE)
    order = list(dict.fromkeys(grant.log_index for grant in grants))
    events = {event.log_index: event for event in uow.events.visible_to(OPERATOR).records(order)}
    shown = _as_cloud_events([events[index] for index in order if index in events], origin)
    return shown, grants[-1].grant_no if grants else after


def read_copy(copy: Copy) -> list[CloudEvent]:
    """Read the events of a message from the bus; one that holds no events gives none."""
    if copy.kind not in EVENT_KINDS:
        return []
    batch: list[CloudEvent] = orjson.loads(copy.body)
    return batch


@dataclass(slots=True)
class Seen:
    """Remembers the ids of the latest events."""

    ids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def only_new(self, events: Sequence[CloudEvent]) -> Iterator[CloudEvent]:
        """Give the events that were not given before."""
        for event in events:
            name = str(event["id"])
            if name in self.ids:
                continue
            self.ids[name] = None
            if len(self.ids) > MOST_REMEMBERED:
                self.ids.popitem(last=False)
            yield event


def _as_cloud_events(events: Sequence[StoredEvent], origin: str) -> list[CloudEvent]:
    return [
        cloud_event(
            SharedRecord(
                log_index=event.log_index,
                kind=event.kind,
                sha256=event.sha256,
                stored_at=event.stored_at,
                member_uri=event.member_uri,
                event_id=event.event_id,
                jws=event.body,
            ),
            origin=origin,
        )
        for event in events
    ]
