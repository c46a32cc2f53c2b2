"""The gate: the only way to read events, and every way through it begins with who is looking.

`visible_to(viewer)` restricts every statement to records of which one of the viewer's audiences has a grant. A lint
test (tests/architecture/test_gate.py) forbids reading record, event or edge elsewhere, but for the modules it names.

An event that its sender declared erroneous is still found and read, with its declaration, but has no ends for a trace.
The declaration counts for every viewer of the event, also for one who may not see the declaration itself: nobody is
to trace a recall along a movement that its sender knows never happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, not_, select, true
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, EventQuery
from filiere_platform.domain.record import Role
from filiere_platform.domain.sealed_node import HiddenEvent
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_end import Touch, TraceEnd, touches_by_node
from filiere_platform.store.column_types import numbers, one_of
from filiere_platform.store.event_conditions import conditions_of, from_first_stored
from filiere_platform.store.links import naming_member
from filiere_platform.store.sealed import open_amounts, withhold_disclosures
from filiere_platform.store.tables import EDGE, EVENT, GRANT, MEMBER, RECORD

_EDGES_AT_ONCE = 500
_LAST_INDEX = (1 << 63) - 1  # of a bigint
_OBJECT_ROLES_BELOW = Role.READ_POINT  # roles below are objects, from here on parties and places
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
_TRACED = (
    EVENT.c.log_index,
    EVENT.c.event_type,
    EVENT.c.action,
    EVENT.c.biz_step,
    EVENT.c.earliest,
    EVENT.c.latest,
    EVENT.c.member_id,
    EVENT.c.event_id,
    EVENT.c.transformation_id,
)
_OWN = 7  # of them, so many open every `TraceEnd`


# One record is what is asked for most often: the two statements are built once, and say the index as a plain value to
# each table. So PostgreSQL looks the grant up by itself, before it joins anything (docs/decisions/0030).
_INDEX = bindparam("log_index", type_=RECORD.c.log_index.type)
_ONE = _STORED.where(RECORD.c.log_index == _INDEX, EVENT.c.log_index == _INDEX)
_ONE_GRANTED = _ONE.where(exists().where(GRANT.c.log_index == _INDEX, one_of(GRANT.c.audience, numbers("audiences"))))


class VisibleEvents:
    """The events that one viewer may see, and no others."""

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
        return self._read(self._found(query, query.limit))

    def page(self, query: EventQuery, *, beside: Sequence[int] = ()) -> tuple[list[StoredEvent], bool]:
        """Find events as `find` does, and say whether there are more; of those that follow none is read.

        `beside` are log indexes of what else stands on the page; it counts, and is not read here.
        """
        found = self._found(query, query.limit + 1)
        together = sorted([*found, *beside])
        shown = set(together[: query.limit])
        return self._read(index for index in found if index in shown), len(together) > query.limit

    def mentions(self, node_id: int) -> bool:
        """Whether the viewer may see any event that speaks of a node, in whatever role.

        It is asked of the node's own edges, some at a time: a query for the first event of a page would walk along
        the whole log, and one statement for both steps makes PostgreSQL read the grants of every partition.
        """
        after = -1
        while True:
            touching = (
                select(EDGE.c.log_index)
                .where(EDGE.c.node_id == node_id, EDGE.c.log_index > after)
                .order_by(EDGE.c.log_index)
                .limit(_EDGES_AT_ONCE)
            )
            indexes = sorted(set(self._session.execute(touching).scalars()))
            if not indexes:
                return False
            seen = select(EVENT.c.log_index).where(one_of(EVENT.c.log_index, indexes), self._may_see(indexes)).limit(1)
            if self._session.execute(seen).first() is not None:
                return True
            after = indexes[-1]

    def mentioned(self, node_ids: Collection[int]) -> set[int]:
        """Give those of many nodes of which the viewer may see an event that touches them as objects."""
        touches = self._touches(node_ids, None) if node_ids else set()
        touched = {log_index for _, log_index in touches}
        seen = select(EVENT.c.log_index).where(one_of(EVENT.c.log_index, touched), self._may_see(touched))
        visible = set(self._session.execute(seen).scalars()) if touched else set()
        return {node_id for node_id, log_index in touches if log_index in visible}

    def by_event_id(self, event_id: str) -> list[StoredEvent]:
        """Give the events of an event id, their error declarations among them, in log order."""
        return self.records(self._indexes(EVENT.c.event_id == event_id))

    def record(self, log_index: int) -> StoredEvent | None:
        """Give the event at a log index; None also where the viewer may not see it."""
        if not 0 <= log_index <= _LAST_INDEX:
            return None
        statement, values = self._may_see_one(log_index)
        return next(iter(self._stored(self._session.execute(statement, values).all())), None)

    def records(self, indexes: Iterable[int]) -> list[StoredEvent]:
        """Give the events at some log indexes, in log order; those that the viewer may not see are left out."""
        chosen = [index for index in indexes if 0 <= index <= _LAST_INDEX]
        if self._passed.issuperset(chosen):
            return self._read(chosen)
        return self._read(chosen, self._may_see(chosen))

    def ends_touching(self, node_ids: Collection[int], *, before: int | None = None) -> list[TraceEnd]:
        """Give every end of each visible event in force that touches a node as an object, whole events in log order.

        An event that shares the transformation id of such an event comes with it: together they are one
        transformation (EPCIS 2.0, 7.4.6). `before` asks for what was known before a log index.
        """
        touched = {log_index for _, log_index in self._touches(node_ids, before)}
        events = self._traced(touched, before)
        shared = {event.transformation_id for event in events.values() if event.transformation_id is not None}
        if shared:
            together = set(self._indexes(one_of(EVENT.c.transformation_id, shared)))
            events |= self._traced(together - touched, before)
        return self._ends(events)

    def ends_of(self, indexes: Collection[int]) -> list[TraceEnd]:
        """Give every end of the visible events among some that the caller knows to be in force."""
        passed = self._passing(indexes)
        visible = select(*_TRACED).where(one_of(EVENT.c.log_index, passed))
        events = self._session.execute(visible).all() if passed else ()
        return self._ends({event.log_index: event for event in events})

    def _passing(self, indexes: Collection[int]) -> Collection[int]:
        """Give those of some log indexes of which the viewer has a grant.

        They are remembered until the transaction ends: an answer asks three times for what is in it, and grants are
        only ever added.
        """
        if self._viewer.operator:
            return indexes
        unknown = [index for index in indexes if index not in self._passed]
        if unknown:
            granted = select(GRANT.c.log_index).where(self._may_see(unknown, GRANT.c.log_index))
            self._passed.update(self._session.execute(granted).scalars())
        return [index for index in indexes if index in self._passed]

    def touches_of(self, times: Mapping[int, tuple[int, int]], nodes: Collection[int]) -> dict[int, list[Touch]]:
        """Give, by node, what visible transformations say of it, of some that the caller knows to be in force.

        A lot is used by hundreds of events, of which an answer adds up what each used of it: `times` are theirs, by
        log index, so that no row of theirs is read.
        """
        if not times:
            return {}
        columns = (EDGE.c.log_index, EDGE.c.ordinal, EDGE.c.node_id, EDGE.c.role, EDGE.c.quantity, EDGE.c.uom)
        passed = set(self._passing(times))
        chosen = select(*columns).where(
            one_of(EDGE.c.node_id, nodes),
            EDGE.c.role.between(Role.INPUT, Role.OUTPUT),
            EDGE.c.log_index.between(min(times), max(times)),
        )
        # Read by object, which is one stretch of an index for each, and sifted here: by event, each is a descent.
        rows = [tuple(row) for row in self._session.execute(chosen) if row[0] in passed]
        # A sealed amount is in no row; an end without an amount is all that costs a look at its event.
        unstated = {index for index, _, _, _, quantity, _ in rows if quantity is None}
        return touches_by_node(rows, self.ends_of(unstated), times, set(nodes))

    def objects_of(self, indexes: Collection[int]) -> dict[int, list[int]]:
        """Give, by log index, the nodes that visible events touch as objects, in the events' order."""
        visible = select(EVENT.c.log_index).where(one_of(EVENT.c.log_index, indexes), self._may_see(indexes))
        chosen = list(self._session.execute(visible).scalars()) if indexes else []
        ends = (
            select(EDGE.c.log_index, EDGE.c.node_id)
            .where(one_of(EDGE.c.log_index, chosen), EDGE.c.role < _OBJECT_ROLES_BELOW)
            .order_by(EDGE.c.log_index, EDGE.c.ordinal)
        )
        found: dict[int, list[int]] = {}
        for log_index, node_id in self._session.execute(ends).all() if chosen else ():
            found.setdefault(log_index, []).append(node_id)
        return found

    def count_hidden(self, node_ids: Collection[int], *, before: int | None = None) -> dict[int, int]:
        """Count, by node, the events in force that touch it as an object and that this viewer may not see."""
        if self._viewer.operator:
            return {}
        touches = self._touches(node_ids, before)
        touched = {log_index for _, log_index in touches}
        invisible = select(*_TRACED).where(one_of(EVENT.c.log_index, touched), not_(self._may_see(touched)))
        hidden = {event.log_index for event in self._in_force(invisible, before)}
        return dict(Counter(node_id for node_id, log_index in touches if log_index in hidden))

    def hidden_at(self, node_ids: Collection[int], *, before: int | None = None) -> dict[int, list[HiddenEvent]]:
        """Give, by node, the hidden events in force of which this viewer may know that they are there.

        He may where somebody else's record that he sees mentions the object, or where the hidden record itself names
        him: his own word about an object, which he may have guessed, tells him nothing of others (docs/visibility.md).
        """
        if self._viewer.operator or not node_ids:
            return {}
        touches = self._touches(node_ids, before)
        touched = {log_index for _, log_index in touches}
        invisible = select(*_TRACED).where(one_of(EVENT.c.log_index, touched), not_(self._may_see(touched)))
        hidden = {event.log_index: event.member_id for event in self._in_force(invisible, before)}
        mine = self._viewer.member_id
        given = select(EVENT.c.log_index).where(one_of(EVENT.c.log_index, touched), self._may_see(touched))
        if mine is not None:
            given = given.where(EVENT.c.member_id != mine)
        shown = set(self._session.execute(given).scalars()) if touched else set()
        entitled = {node for node, log_index in touches if log_index in shown}
        naming = set() if mine is None or not hidden else naming_member(self._session, mine, hidden)
        found: dict[int, list[HiddenEvent]] = {}
        for node, log_index in sorted(touches):
            if log_index in hidden and (node in entitled or log_index in naming):
                found.setdefault(node, []).append(HiddenEvent(log_index, hidden[log_index]))
        return found

    def withdrawn_touching(self, node_ids: Collection[int], *, before: int | None = None) -> dict[int, list[int]]:
        """Give, by node, the visible events that touch it as an object and that their authors declared erroneous."""
        touches = self._touches(node_ids, before)
        touched = {log_index for _, log_index in touches}
        visible = select(*_TRACED).where(
            one_of(EVENT.c.log_index, touched), self._may_see(touched), not_(EVENT.c.declares_error)
        )
        events = self._session.execute(visible).all() if touched else []
        taken_back = self._declarations({event.event_id for event in events}, before)
        gone = {e.log_index for e in events if taken_back.get((e.member_id, e.event_id), -1) > e.log_index}
        found: dict[int, list[int]] = {}
        for node_id, log_index in sorted(touches):
            if log_index in gone:
                found.setdefault(node_id, []).append(log_index)
        return found

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

    def _found(self, query: EventQuery, limit: int) -> list[int]:
        query = from_first_stored(self._session, query)
        conditions = conditions_of(self._session, query)
        if conditions is None:
            return []
        page = (
            select(EVENT.c.log_index)
            .where(EVENT.c.log_index > query.after, self._may_see(after=query.after), *conditions)
            .order_by(EVENT.c.log_index)
            .limit(limit)
        )
        return list(self._session.execute(page).scalars())

    def _indexes(self, condition: ColumnElement[bool]) -> list[int]:
        """Find log indexes, visible or not, that have yet to pass the gate."""
        return list(self._session.execute(select(EVENT.c.log_index).where(condition)).scalars())

    def _read(self, indexes: Iterable[int], *passing: ColumnElement[bool]) -> list[StoredEvent]:
        """Read events whose indexes have passed the gate, or pass it by a condition.

        Indexes first, records after: a page of records is then read by key, however its events were found.
        """
        chosen = list(indexes)
        if not chosen:
            return []
        # The condition names both tables, so that on PostgreSQL the planner leaves out the partitions of both.
        by_key = and_(one_of(RECORD.c.log_index, chosen), one_of(EVENT.c.log_index, chosen))
        return self._stored(self._session.execute(_STORED.where(by_key, *passing).order_by(RECORD.c.log_index)).all())

    def _stored(self, rows: Iterable[Any]) -> list[StoredEvent]:
        """Give events that have passed the gate, without the disclosures that this viewer is not to be shown."""
        found = [StoredEvent.of_row(*row) for row in rows]
        if self.mandates:
            self.shown.update(event.log_index for event in found)
        return withhold_disclosures(self._session, self._viewer, found)

    # A trace asks in several plain steps and not in one statement. Which events touch a node, and which are taken
    # back, is looked up in every partition, each by one index; everything else is read by log index, from those
    # partitions alone that hold it. One statement for all makes PostgreSQL plan every table in every partition.

    def _touches(self, node_ids: Collection[int], before: int | None) -> set[tuple[int, int]]:
        """Find (node, log index) of all events, visible or not, that touch nodes as objects."""
        ends = select(EDGE.c.node_id, EDGE.c.log_index).where(
            one_of(EDGE.c.node_id, node_ids), EDGE.c.role < _OBJECT_ROLES_BELOW
        )
        if before is not None:
            ends = ends.where(EDGE.c.log_index < before)
        return {(row.node_id, row.log_index) for row in self._session.execute(ends).all()}

    def _traced(self, indexes: Collection[int], before: int | None) -> dict[int, Any]:
        visible = select(*_TRACED).where(one_of(EVENT.c.log_index, indexes), self._may_see(indexes))
        return {event.log_index: event for event in self._in_force(visible, before)}

    def _in_force(self, chosen: Select[Any], before: int | None) -> list[Any]:
        """Leave out error declarations, and the events that a later one of the same member (yet) takes back."""
        chosen = chosen.where(not_(EVENT.c.declares_error))
        if before is not None:
            chosen = chosen.where(EVENT.c.log_index < before)
        events = self._session.execute(chosen).all()
        taken_back = self._declarations({event.event_id for event in events}, before)
        return [e for e in events if taken_back.get((e.member_id, e.event_id), -1) < e.log_index]

    def _declarations(self, event_ids: Collection[str], before: int | None) -> dict[tuple[int, str], int]:
        """Find the log index of the last error declaration per member and event id."""
        declared = select(EVENT.c.member_id, EVENT.c.event_id, EVENT.c.log_index).where(
            EVENT.c.declares_error, one_of(EVENT.c.event_id, event_ids)
        )
        if before is not None:
            declared = declared.where(EVENT.c.log_index < before)
        rows = self._session.execute(declared.order_by(EVENT.c.log_index)) if event_ids else ()
        return {(member_id, event_id): log_index for member_id, event_id, log_index in rows}

    def _ends(self, events: dict[int, Any]) -> list[TraceEnd]:
        columns = select(EDGE.c.log_index, EDGE.c.role, EDGE.c.node_id, EDGE.c.quantity, EDGE.c.uom)
        whole = columns.where(one_of(EDGE.c.log_index, events)).order_by(EDGE.c.log_index, EDGE.c.ordinal)
        rows: Sequence[Any] = self._session.execute(whole).all() if events else ()
        # A large trace has 100,000 ends: what is the event's own is laid out once, and each end is one tuple.
        own = {e.log_index: (*e[:_OWN], e.transformation_id) for e in events.values()}
        ends = [
            TraceEnd._make((*own[log_index][:_OWN], role, node_id, quantity, uom, own[log_index][_OWN], None, None))
            for log_index, role, node_id, quantity, uom in rows
        ]
        return open_amounts(self._session, self._viewer, self._with_own_times(ends))

    def _with_own_times(self, ends: list[TraceEnd]) -> list[TraceEnd]:
        """Add to identities, of which there are few, from when on and until when they hold."""
        declared = {end.log_index for end in ends if end.role == Role.SAME_AS}
        if not declared:
            return ends
        chosen = select(EDGE.c.log_index, EDGE.c.node_id, EDGE.c.earliest, EDGE.c.latest).where(
            one_of(EDGE.c.log_index, declared), EDGE.c.role == Role.SAME_AS
        )
        times = {(index, node): (since, until) for index, node, since, until in self._session.execute(chosen)}
        return [
            end._replace(since=times[end[0], end.node_id][0], until=times[end[0], end.node_id][1])
            if end.role == Role.SAME_AS
            else end
            for end in ends
        ]
