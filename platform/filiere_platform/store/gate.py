"""The gate: the only way to read events, and every way through it begins with who is looking.

`visible_to(viewer)` restricts every statement to records of which one of the viewer's audiences has a grant. A lint
test (tests/architecture/test_gate.py) forbids reading record, event or edge elsewhere, but for the modules it names.

An event that its sender declared erroneous is still found and read, with its declaration, but has no ends for a trace.
The declaration counts for every viewer of the event, also for one who may not see the declaration itself: nobody is
to trace a recall along a movement that its sender knows never happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, not_, select
from sqlalchemy.orm import Session

from filiere_platform.domain.record import Role
from filiere_platform.domain.sealed_node import HiddenEvent
from filiere_platform.domain.trace_end import Touches, TraceEnd, touches_by_node
from filiere_platform.store.amounts import amounts_of
from filiere_platform.store.column_types import one_of
from filiere_platform.store.event_pages import EventPages
from filiere_platform.store.links import naming_member
from filiere_platform.store.sealed import open_amounts
from filiere_platform.store.tables import EDGE, EVENT, GRANT

_EDGES_AT_ONCE = 500
_LAST_INDEX = (1 << 63) - 1  # of a bigint
_OBJECT_ROLES_BELOW = Role.READ_POINT  # roles below are objects, from here on parties and places
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


class VisibleEvents(EventPages):
    """The events that one viewer may see, and no others."""

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
            found = self._session.execute(seen).scalar()
            if found is not None:
                self._note([found])
                return True
            after = indexes[-1]

    def mentioned(self, node_ids: Collection[int]) -> set[int]:
        """Give those of many nodes of which the viewer may see an event that touches them as objects."""
        return self._with_visible(self._touches(node_ids, None)) if node_ids else set()

    def parents_among(self, node_ids: Collection[int]) -> set[int]:
        """Give those of some nodes that a visible event names as a container or an assembly."""
        named = select(EDGE.c.node_id, EDGE.c.log_index).where(
            one_of(EDGE.c.node_id, sorted(node_ids)), EDGE.c.role == Role.PARENT
        )
        ends = self._session.execute(named).all() if node_ids else ()
        return self._with_visible([(end.node_id, end.log_index) for end in ends])

    def _with_visible(self, touches: Collection[tuple[int, int]]) -> set[int]:
        """Give the nodes of those (node, log index) whose event the viewer may see."""
        indexes = {log_index for _, log_index in touches}
        seen = select(EVENT.c.log_index).where(one_of(EVENT.c.log_index, indexes), self._may_see(indexes))
        visible = set(self._session.execute(seen).scalars()) if indexes else set()
        return {node_id for node_id, log_index in touches if log_index in visible}

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

    def ends_of_transformations(self, ids: Collection[str], *, before: int) -> list[TraceEnd]:
        """Give every end of the visible events in force that have one of some transformation IDs."""
        return self._ends(self._traced(self._indexes(one_of(EVENT.c.transformation_id, ids)), before)) if ids else []

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
            self._passed.update(self._session.execute(granted).scalars().all())
        return [index for index in indexes if index in self._passed]

    def touches_of(self, times: Mapping[int, tuple[int, int]], nodes: Collection[int]) -> dict[int, Touches]:
        """Give, by node, what visible transformations say of it, of some that the caller knows to be in force.

        A lot is used by hundreds of events, of which an answer adds up what each used of it: `times` are theirs, by
        log index, so that no row of theirs is read.
        """
        if not times:
            return {}
        passed = set(self._passing(times))
        rows = amounts_of(self._session, nodes, passed)
        # A sealed amount is in no row; an end without an amount is all that costs a look at its event.
        unstated = {row[1] for row in rows if row[4] is None}
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
        taken_back = declared_erroneous(self._session, {event.event_id for event in events}, before=before)
        gone = {e.log_index for e in events if (e.member_id, e.event_id) in taken_back}
        found: dict[int, list[int]] = {}
        for node_id, log_index in sorted(touches):
            if log_index in gone:
                found.setdefault(node_id, []).append(log_index)
        return found

    def taken_back_among(self, indexes: Collection[int], *, before: int | None = None) -> set[int]:
        """Give those of some log indexes whose visible events their senders have declared erroneous."""
        chosen = select(EVENT.c.log_index, EVENT.c.member_id, EVENT.c.event_id).where(
            one_of(EVENT.c.log_index, indexes), self._may_see(indexes)
        )
        events = self._session.execute(chosen).all() if indexes else ()
        gone = declared_erroneous(self._session, {event.event_id for event in events}, before=before)
        return {event.log_index for event in events if (event.member_id, event.event_id) in gone}

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
        """Leave out error declarations, and the events that one of the same member (yet) takes back, first or last."""
        chosen = chosen.where(not_(EVENT.c.declares_error))
        if before is not None:
            chosen = chosen.where(EVENT.c.log_index < before)
        events = self._session.execute(chosen).all()
        taken_back = declared_erroneous(self._session, {event.event_id for event in events}, before=before)
        return [e for e in events if (e.member_id, e.event_id) not in taken_back]

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


def declared_erroneous(
    session: Session, event_ids: Collection[str], *, before: int | None = None
) -> set[tuple[int, str]]:
    """Find which members declared which of some event IDs erroneous, whoever may see it (docs/visibility.md, D4).

    A declaration counts for its member's event whichever of the two was stored first: programs that send side by
    side, and letters that are tried again, come in any order. Source: EPCIS 2.0, 7.4.1.2.
    """
    declared = select(EVENT.c.member_id, EVENT.c.event_id).where(
        EVENT.c.declares_error, one_of(EVENT.c.event_id, event_ids)
    )
    if before is not None:
        declared = declared.where(EVENT.c.log_index < before)
    rows = session.execute(declared) if event_ids else ()
    return {(member_id, event_id) for member_id, event_id in rows}
