"""Events as pages and single records, for one viewer: what the gate gives to who does not trace.

Source: EPCIS 2.0, 8.2.7.1 (order, limits of an answer).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, literal, null, select, true, tuple_
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_matching import rank_of, shown_event, states, work_of
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, LOG_ORDER, EventQuery, OrderKey
from filiere_platform.domain.event_walk import (
    MOST_LOOKED_AT,
    Finder,
    Looked,
    Looker,
    Place,
    Walk,
    look_along,
    ranked,
    walk,
)
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.column_types import numbers, one_of
from filiere_platform.store.event_conditions import (
    Ends,
    conditions_of,
    ends_asked,
    from_first_stored,
    place_in_log,
    windows_of,
)
from filiere_platform.store.sealed import withhold_disclosures
from filiere_platform.store.tables import EDGE, EVENT, GRANT, MEMBER, RECORD

_ENDS_AT_ONCE, _MOST_ENDS_AT_ONCE = 200, 2_000
_LAST_INDEX = (1 << 63) - 1  # of a bigint
_STORED = select(
    RECORD.c.log_index,
    RECORD.c.kind,
    RECORD.c.sha256,
    RECORD.c.stored_at,
    EVENT.c.member_id,
    MEMBER.c.uri.label("member_uri"),
    EVENT.c.event_id,
    RECORD.c.body,
    RECORD.c.disclosures,
    EVENT.c.declares_error,
    EVENT.c.earliest,
    EVENT.c.latest,
).select_from(
    RECORD.join(EVENT, EVENT.c.log_index == RECORD.c.log_index).join(MEMBER, MEMBER.c.id == EVENT.c.member_id)
)

# One record is what is asked for most often: the two statements are built once, and say the index as a plain value to
# each table. So PostgreSQL looks the grant up by itself, before it joins anything (docs/decisions/0030).
_INDEX = bindparam("log_index", type_=RECORD.c.log_index.type)
_ONE = _STORED.where(RECORD.c.log_index == _INDEX, EVENT.c.log_index == _INDEX)
_ONE_GRANTED = _ONE.where(exists().where(GRANT.c.log_index == _INDEX, one_of(GRANT.c.audience, numbers("audiences"))))


class _Rows(NamedTuple):
    """What is asked of rows: all of the conditions, and any of the windows of time."""

    query: EventQuery
    conditions: Sequence[ColumnElement[bool]]
    windows: Sequence[ColumnElement[bool]]


class EventPages:
    """The events that one viewer may see, one by one and by what a query asks."""

    def __init__(self, session: Session, viewer: Viewer, mandates: frozenset[int] = frozenset()) -> None:
        self._session = session
        self._viewer = viewer
        self.mandates = mandates  # their audiences
        self.audiences = (*viewer.audiences, *sorted(mandates))
        self.shown: set[int] = set()  # kept where there are mandates
        self.told: set[int] = set()  # of these, what was written down
        self._passed: set[int] = set()  # log indexes of events that a grant has shown in this transaction

    def find(self, query: EventQuery) -> list[StoredEvent]:
        """Find events in log order, one page of them."""
        behind = None if query.after == FROM_THE_BEGINNING else Place(None, query.after)
        return self.records(place.log_index for place in self.walk(query, query.limit, behind).found)

    def walk(self, query: EventQuery, limit: int, behind: Place | None = None) -> Walk:
        """Find so many events from a place on, in the order that a query asks for; none of them is read for anybody.

        Raises:
            Refusal: code `query-reads-too-much`.
        """
        ascends = query.order == LOG_ORDER and behind is not None
        find = self._finder(replace(query, after=behind.log_index if ascends and behind else FROM_THE_BEGINNING))
        if find is None:
            return Walk(found=())
        if query.order.key is not OrderKey.FIELD:
            found = walk(find, self._states(query, {}) if query.conditions else None, limit, behind)
            return self._as_far(found, ended=len(found.found) < limit)
        ranks: dict[int, Any] = {}
        everything = self._as_far(walk(find, self._states(query, ranks), MOST_LOOKED_AT, None), ended=True)
        return ranked(everything, ranks, limit, behind, descending=query.order.descending)

    def place(self, query: EventQuery) -> Place | None:
        """Give the place that a page begins behind, in the order that its query asks for; None where it is not known.

        The event that stands there may be erased since, and may be visible no longer.
        """
        chosen = select(EVENT.c.earliest).where(EVENT.c.log_index == query.after, self._may_see([query.after]))
        earliest = self._session.execute(chosen).scalar()
        if earliest is None:
            return None
        if query.order.key is OrderKey.EVENT_TIME:
            return Place(earliest, query.after)
        shown = next(map(shown_event, self._unnoted([query.after])), None)
        return Place(rank_of(shown, query.order), query.after)

    def among(self, query: EventQuery, indexes: Collection[int]) -> list[StoredEvent]:
        """Give the events at some log indexes that meet a query, in log order; its page does not count.

        For who follows a stream of log indexes and asks of each delivery which of it a query is about.
        """
        chosen = [index for index in indexes if 0 <= index <= _LAST_INDEX]
        unpaged = replace(query, order=LOG_ORDER, after=FROM_THE_BEGINNING)
        find = self._finder(unpaged, chosen) if chosen else None
        if find is None:
            return []
        look = self._states(query, {}) if query.conditions else None
        # All of them are looked at: nobody would come back for what a bound left out.
        met = [place.log_index for place, seen in look_along(find(None, len(chosen)), look) if seen.is_wanted]
        return self.records(met)

    def by_event_id(self, event_id: str) -> list[StoredEvent]:
        """Give the events of an event id, their error declarations among them, in log order."""
        return self.records(self._indexes(EVENT.c.event_id == event_id))

    def record(self, log_index: int) -> StoredEvent | None:
        """Give the event at a log index; None also where the viewer may not see it."""
        if not 0 <= log_index <= _LAST_INDEX:
            return None
        statement, values = self._may_see_one(log_index)
        return next(iter(self._noted(self._stored(self._session.execute(statement, values).all()))), None)

    def records(self, indexes: Iterable[int]) -> list[StoredEvent]:
        """Give the events at some log indexes, in log order; those that the viewer may not see are left out."""
        chosen = [index for index in indexes if 0 <= index <= _LAST_INDEX]
        if self._passed.issuperset(chosen):
            return self._read(chosen)
        return self._read(chosen, self._may_see(chosen))

    def _note(self, indexes: Iterable[int]) -> None:
        """Count events as shown that an answer tells of without having read their records here."""
        if self.mandates:
            self.shown.update(indexes)

    def _as_far(self, found: Walk, *, ended: bool) -> Walk:
        """Count as shown all that a walk came past, where it ended at its bound, which tells that they are there."""
        if ended and found.reached is not None:
            self._note(self._passed)
        return found

    def _finder(self, query: EventQuery, among: Collection[int] | None = None) -> Finder | None:
        """Give what finds events by their rows; None where nothing can be found."""
        query = from_first_stored(self._session, query)
        ends = ends_asked(self._session, query)
        if ends is None:
            return None
        if ends and among is None and query.order.key is OrderKey.RECORD_TIME:
            lead, *others = ends
            asked = _Rows(query, conditions_of(self._session, query, others), windows_of(query, true()))
            return lambda behind, limit: self._along(lead, asked, behind, limit)
        walks = among is None and query.order.key is OrderKey.RECORD_TIME
        place = place_in_log(self._session, query) if walks else true()
        rows = _Rows(query, conditions_of(self._session, query, ends), windows_of(query, place))
        return lambda behind, limit: self._page(rows, behind, limit, among)

    def _along(self, lead: Ends, rows: _Rows, behind: Place | None, limit: int) -> list[Place]:
        """Walk along the events that have an end, in the order of the log, some at a time, and ask the rest of those.

        One statement for both makes PostgreSQL collect and sort all events of a place before it gives the first.
        """
        found: list[Place] = []
        size, descending = max(_ENDS_AT_ONCE, 2 * limit), rows.query.order.descending
        while True:
            here = [EDGE.c.log_index > rows.query.after]
            if behind is not None:
                here.append(EDGE.c.log_index < behind.log_index if descending else EDGE.c.log_index > behind.log_index)
            order = EDGE.c.log_index.desc() if descending else EDGE.c.log_index
            chosen = lead.touching(*here).distinct().order_by(order).limit(size)
            indexes = list(self._session.execute(chosen).scalars())
            if indexes:
                found += self._page(rows, behind, limit - len(found), indexes)
            if len(found) == limit or len(indexes) < size:
                return found
            behind, size = Place(None, indexes[-1]), min(4 * size, _MOST_ENDS_AT_ONCE)

    def _page(self, asked: _Rows, behind: Place | None, limit: int, among: Collection[int] | None) -> list[Place]:
        order = asked.query.order
        by_time = order.key is OrderKey.EVENT_TIME
        columns = [EVENT.c.earliest, EVENT.c.log_index] if by_time else [EVENT.c.log_index]
        after, still = asked.query.after, [*asked.conditions]
        if among is not None:
            still.append(one_of(EVENT.c.log_index, among))
        if behind is not None and by_time:
            place, here = tuple_(*columns), tuple_(literal(behind.rank), literal(behind.log_index))
            still.append(place < here if order.descending else place > here)
        elif behind is not None and order.descending:
            still.append(EVENT.c.log_index < behind.log_index)
        elif behind is not None:
            after = max(after, behind.log_index)
        page = (
            select(EVENT.c.earliest if by_time else null(), EVENT.c.log_index)
            .where(EVENT.c.log_index > after, self._may_see(among, after=after), *still)
            .order_by(*(column.desc() if order.descending else column for column in columns))
            .limit(limit)
        )
        rows = [row for window in asked.windows for row in self._session.execute(page.where(window)).all()]
        places = sorted((Place(*row) for row in rows), reverse=order.descending)[:limit]
        self._passed.update(place.log_index for place in places)
        return places

    def _states(self, query: EventQuery, ranks: dict[int, Any]) -> Looker:
        """Give what looks at events themselves, and notes what each that states what is asked is ordered by."""

        def look(indexes: Collection[int]) -> Iterator[Looked]:
            read = {event.log_index: event for event in self._unnoted(indexes)}
            for index in indexes:
                event = read[index]
                shown = shown_event(event)
                is_wanted = states(shown, query)
                if is_wanted:
                    ranks[index] = rank_of(shown, query.order)
                yield Looked(is_wanted, work_of(query, len(event.body or b"") + len(event.disclosures or b"")))

        return look

    def _may_see(
        self,
        among: Collection[int] | None = None,
        record: ColumnElement[int] = EVENT.c.log_index,
        *,
        after: int | None = None,
    ) -> ColumnElement[bool]:
        """The one condition that makes the gate: a grant to one of the viewer's audiences.

        `among` repeats for grants which log indexes are asked for, where the statement knows them: PostgreSQL does
        not conclude it from the event's, and would plan for the grants of every partition. `after` repeats for them
        where a page begins: it may walk along the grants beside the events, and would from the first one on.
        """
        if self._viewer.operator:
            return true()
        granted: list[ColumnElement[bool]] = [one_of(GRANT.c.audience, self.audiences)]
        if among is not None:
            granted.append(one_of(GRANT.c.log_index, among))
        if after is not None and after > FROM_THE_BEGINNING:
            granted.append(GRANT.c.log_index > after)
        if record is GRANT.c.log_index:  # the statement reads the grants themselves
            return and_(*granted)
        return exists().where(GRANT.c.log_index == record, *granted)

    def _may_see_one(self, log_index: int) -> tuple[Select[Any], dict[str, Any]]:
        """Give the statement that reads one record under the same condition, and what it is executed with."""
        if self._viewer.operator:
            return _ONE, {"log_index": log_index}
        return _ONE_GRANTED, {"log_index": log_index, "audiences": self.audiences}

    def _indexes(self, condition: ColumnElement[bool]) -> list[int]:
        """Find log indexes, visible or not, that have yet to pass the gate."""
        return list(self._session.execute(select(EVENT.c.log_index).where(condition)).scalars())

    def _read(self, indexes: Iterable[int], *passing: ColumnElement[bool]) -> list[StoredEvent]:
        """Read events whose indexes have passed the gate, or pass it by a condition."""
        return self._noted(self._unnoted(indexes, *passing))

    def _unnoted(self, indexes: Iterable[int], *passing: ColumnElement[bool]) -> list[StoredEvent]:
        """Read events as `_read` does, to look at them: nobody is shown them yet.

        Indexes first, records after: a page of records is then read by key, however its events were found.
        """
        chosen = list(indexes)
        if not chosen:
            return []
        # The condition names both tables, so that on PostgreSQL the planner leaves out the partitions of both.
        by_key = and_(one_of(RECORD.c.log_index, chosen), one_of(EVENT.c.log_index, chosen))
        rows = self._session.execute(_STORED.where(by_key, *passing).order_by(RECORD.c.log_index)).all()
        return self._stored(rows)

    def _stored(self, rows: Iterable[Any]) -> list[StoredEvent]:
        """Give events that have passed the gate, without the disclosures that this viewer is not to be shown."""
        return withhold_disclosures(self._session, self._viewer, [StoredEvent.of_row(*row) for row in rows])

    def _noted(self, events: list[StoredEvent]) -> list[StoredEvent]:
        self._note(event.log_index for event in events)
        return events
