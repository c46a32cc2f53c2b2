"""What somebody asks for when he asks for events: conditions that must all hold, and a page.

A query says nothing of who asks: the gate adds that, and nothing is read without it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from filiere_platform.domain.event_condition import Condition
from filiere_platform.domain.record import Role

FROM_THE_BEGINNING = -1  # the log index before the first


class OrderKey(StrEnum):
    """What the events of an answer are ordered by."""

    RECORD_TIME = "recordTime"  # which is the order of the log
    EVENT_TIME = "eventTime"
    FIELD = "field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order that somebody asks for; `field` names the field, where it is one of somebody's own."""

    key: OrderKey = OrderKey.RECORD_TIME
    descending: bool = False
    field: Condition | None = None


LOG_ORDER = Order()


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A condition on ends by what master data says of them, of which each asker knows his own part.

    An event meets it if any end in any of the roles is one of `within` or lies below one of them, or, where there are
    `terms`, if any of these is said of it (`domain/master_data.py`).
    """

    roles: frozenset[Role]
    vocabulary: str
    within: tuple[str, ...] = ()  # canonical keys
    terms: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Conditions on events; an empty one does not restrict. Times are microseconds since 1970, UTC.

    `matches` holds one entry per condition on ends: an event meets it if any of the keys (canonical) is one of its
    ends in any of the roles. `described` become such entries for each asker. `conditions` are what no row says: they
    are asked of each event that the rows find.

    A page begins behind the event at the log index `after`, in whatever order the pages are. `count_limit` cuts the
    answer after its first events, of all pages together; more events than `refused_above` are none at all.
    """

    matches: tuple[tuple[frozenset[Role], Collection[str]], ...] = ()
    described: tuple[Described, ...] = ()
    event_types: tuple[int, ...] = ()
    actions: tuple[int, ...] = ()
    biz_steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()
    transformation_ids: tuple[str, ...] = ()
    declares_error: bool = False  # only declarations of error; False: these and all others
    conditions: tuple[Condition, ...] = ()
    event_from: int | None = None  # event time, included
    event_before: int | None = None  # event time, excluded
    record_from: int | None = None  # time of storage, included
    record_before: int | None = None  # time of storage, excluded
    after: int = FROM_THE_BEGINNING
    limit: int = 30
    order: Order = LOG_ORDER
    count_limit: int | None = None
    refused_above: int | None = None

    def with_limit(self, limit: int) -> EventQuery:
        """The same question with another page size."""
        return replace(self, limit=limit)
