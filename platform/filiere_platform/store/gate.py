"""The gate: the only way to read events, and every way through it begins with who is looking.

`visible_to(viewer)` restricts every statement to records of which one of the viewer's audiences has a grant. A lint
test (tests/architecture/test_gate.py) forbids reading record, event or edge elsewhere, but for the modules it names.

An event that its sender declared erroneous is still found and read, with its declaration, but has no ends for a trace.
The declaration counts for every viewer of the event, also for one who may not see the declaration itself: nobody is
to trace a recall along a movement that its sender knows never happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, not_, select, true
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import KINDS_BY_CODE, Role
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EDGE, EVENT, GRANT, MEMBER, NODE, RECORD

_OBJECT_ROLES_BELOW = Role.READ_POINT  # roles below are objects, from here on parties and places
_DECLARATION = EVENT.alias("declaration")
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
    EVENT.c.transformation_id,
)


class EventGate:
    """Stands before the events of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def visible_to(self, viewer: Viewer) -> VisibleEvents:
        """Open the gate as far as a viewer's grants reach."""
        return VisibleEvents(self._session, viewer)


class VisibleEvents:
    """The events that one viewer may see, and no others."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def find(self, query: EventQuery) -> list[StoredEvent]:
        """Find events in log order, one page of them."""
        conditions = self._conditions(query)
        if conditions is None:
            return []
        page = (
            select(EVENT.c.log_index)
            .where(EVENT.c.log_index > query.after, self._may_see(), *conditions)
            .order_by(EVENT.c.log_index)
            .limit(query.limit)
        )
        return self._read(self._session.execute(page).scalars())

    def by_event_id(self, event_id: str) -> list[StoredEvent]:
        """Give the events of an event id, their error declarations among them, in log order."""
        chosen = select(EVENT.c.log_index).where(EVENT.c.event_id == event_id, self._may_see())
        return self._read(self._session.execute(chosen).scalars())

    def record(self, log_index: int) -> StoredEvent | None:
        """Give the event at a log index; None also where the viewer may not see it."""
        found = self.records([log_index])
        return found[0] if found else None

    def records(self, indexes: Iterable[int]) -> list[StoredEvent]:
        """Give the events at some log indexes, in log order; those that the viewer may not see are left out."""
        chosen = select(EVENT.c.log_index).where(one_of(EVENT.c.log_index, indexes), self._may_see())
        return self._read(self._session.execute(chosen).scalars())

    def ends_touching(self, node_ids: Collection[int], *, before: int | None = None) -> list[TraceEnd]:
        """Give every end of each visible event in force that touches a node as an object, whole events in log order.

        An event that shares the transformation id of such an event comes with it: together they are one
        transformation (EPCIS 2.0, 7.4.6). `before` asks for what was known before a log index.
        """
        touched = self._traced(EVENT.c.log_index.in_(_touching(node_ids, before)), before)
        shared = {row.transformation_id for row in touched.values() if row.transformation_id is not None}
        if shared:
            touched |= self._traced(one_of(EVENT.c.transformation_id, shared), before)
        return self._ends(touched)

    def count_hidden(self, node_ids: Collection[int], *, before: int | None = None) -> dict[int, int]:
        """Count, by node, the events in force that touch it as an object and that this viewer may not see."""
        if self._viewer.operator:
            return {}
        counted = (
            select(EDGE.c.node_id, func.count(distinct(EDGE.c.log_index)))
            .select_from(EDGE.join(EVENT, EVENT.c.log_index == EDGE.c.log_index))
            .where(_touches(node_ids, before), _in_force(before), not_(self._may_see()))
            .group_by(EDGE.c.node_id)
        )
        return {row[0]: row[1] for row in self._session.execute(counted)}

    def _may_see(self) -> ColumnElement[bool]:
        """The one condition that makes the gate: a grant to one of the viewer's audiences."""
        if self._viewer.operator:
            return true()
        return exists().where(GRANT.c.log_index == EVENT.c.log_index, one_of(GRANT.c.audience, self._viewer.audiences))

    def _conditions(self, query: EventQuery) -> list[ColumnElement[bool]] | None:
        """Turn a query into conditions; None where a key that must match was never mentioned by anybody."""
        conditions = _bounds(query)
        conditions += [one_of(column, values) for column, values in _lists(query) if values]
        if query.record_from is not None or query.record_before is not None:
            conditions.append(EVENT.c.log_index.in_(_stored_within(query)))
        for roles, keys in query.matches:
            nodes = list(self._session.execute(select(NODE.c.node_id).where(one_of(NODE.c.key, keys))).scalars())
            if not nodes:
                return None
            touching = select(EDGE.c.log_index).where(
                one_of(EDGE.c.node_id, nodes), one_of(EDGE.c.role, sorted(roles)), EDGE.c.log_index > query.after
            )
            conditions.append(EVENT.c.log_index.in_(touching))
        return conditions

    def _read(self, indexes: Iterable[int]) -> list[StoredEvent]:
        """Read events whose indexes have passed the gate.

        Indexes first, records after: a page of records is then read by key, however its events were found.
        """
        chosen = list(indexes)
        if not chosen:
            return []
        # The condition names both tables, so that on PostgreSQL the planner leaves out the partitions of both.
        by_key = and_(one_of(RECORD.c.log_index, chosen), one_of(EVENT.c.log_index, chosen))
        rows = self._session.execute(_STORED.where(by_key).order_by(RECORD.c.log_index)).mappings()
        return [StoredEvent(**{**row, "kind": KINDS_BY_CODE[row["kind"]]}) for row in rows]

    def _traced(self, chosen: ColumnElement[bool], before: int | None) -> dict[int, Any]:
        known = select(*_TRACED).where(chosen, self._may_see(), _in_force(before))
        if before is not None:
            known = known.where(EVENT.c.log_index < before)
        return {row.log_index: row for row in self._session.execute(known)}

    def _ends(self, events: dict[int, Any]) -> list[TraceEnd]:
        ends = (
            select(EDGE.c.log_index, EDGE.c.role, EDGE.c.node_id, EDGE.c.quantity, EDGE.c.uom)
            .where(one_of(EDGE.c.log_index, events))
            .order_by(EDGE.c.log_index, EDGE.c.ordinal)
        )
        found = []
        for log_index, role, node_id, quantity, uom in self._session.execute(ends) if events else ():
            event = events[log_index]
            found.append(
                TraceEnd(
                    log_index=log_index,
                    event_type=event.event_type,
                    action=event.action,
                    biz_step=event.biz_step,
                    earliest=event.earliest,
                    latest=event.latest,
                    member_id=event.member_id,
                    role=role,
                    node_id=node_id,
                    quantity=quantity,
                    uom=uom,
                    transformation_id=event.transformation_id,
                )
            )
        return found


def _touches(node_ids: Collection[int], before: int | None) -> ColumnElement[bool]:
    touches = and_(one_of(EDGE.c.node_id, node_ids), EDGE.c.role < _OBJECT_ROLES_BELOW)
    return touches if before is None else and_(touches, EDGE.c.log_index < before)


def _touching(node_ids: Collection[int], before: int | None) -> Select[tuple[int]]:
    return select(EDGE.c.log_index).where(_touches(node_ids, before))


def _in_force(before: int | None) -> ColumnElement[bool]:
    """An event that is no error declaration, and that no later declaration of the same member (yet) takes back."""
    later = [
        _DECLARATION.c.declares_error,
        _DECLARATION.c.event_id == EVENT.c.event_id,
        _DECLARATION.c.member_id == EVENT.c.member_id,
        _DECLARATION.c.log_index > EVENT.c.log_index,
    ]
    if before is not None:
        later.append(_DECLARATION.c.log_index < before)
    return and_(not_(EVENT.c.declares_error), not_(exists().where(*later)))


def _lists(query: EventQuery) -> Sequence[tuple[ColumnElement[Any], tuple[int, ...] | tuple[str, ...]]]:
    return (
        (EVENT.c.event_type, query.event_types),
        (EVENT.c.action, query.actions),
        (EVENT.c.biz_step, query.biz_steps),
        (EVENT.c.disposition, query.dispositions),
        (EVENT.c.event_id, query.event_ids),
    )


def _bounds(query: EventQuery) -> list[ColumnElement[bool]]:
    # An event whose time is an interval may have happened in the window unless it lies wholly outside it.
    bounds: list[ColumnElement[bool]] = []
    if query.event_from is not None:
        bounds.append(EVENT.c.latest >= query.event_from)
    if query.event_before is not None:
        bounds.append(EVENT.c.earliest < query.event_before)
    return bounds


def _stored_within(query: EventQuery) -> Select[tuple[int]]:
    within = select(RECORD.c.log_index).where(RECORD.c.log_index > query.after)
    if query.record_from is not None:
        within = within.where(RECORD.c.stored_at >= query.record_from)
    if query.record_before is not None:
        within = within.where(RECORD.c.stored_at < query.record_before)
    return within
