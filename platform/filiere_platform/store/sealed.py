"""The disclosures of sealed fields: the only place of the store that decides over them, and the only one to add any.

The gate hands over what has passed it; here it loses the disclosures that this viewer is not to be shown, and traces
get the amounts that he is. Everything that leaves the platform, bodies, documents, bundles, traces, pages, is made from
what comes out of here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import Select, exists, select, update
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.record import KINDS_BY_CODE, End, Role
from filiere_platform.domain.sealing import opened_objects
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.visibility import DISCLOSING_CAUSES
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import GRANT, NODE, RECORD

_OBJECT_ROLES_BELOW = Role.READ_POINT


class DisclosureStore:
    """Adds disclosures to a record."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, log_index: int, *, before: bytes | None, after: bytes) -> bool:
        """Put disclosures in the place of those that were read; false where somebody else changed them meanwhile.

        A record whose content was erased takes none.
        """
        unchanged = RECORD.c.disclosures.is_(None) if before is None else RECORD.c.disclosures == before
        statement = (
            update(RECORD)
            .where(RECORD.c.log_index == log_index, RECORD.c.body.is_not(None), unchanged)
            .values(disclosures=after)
        )
        changed: int = self._session.connection().execute(statement).rowcount
        return changed == 1


def withhold_disclosures(session: Session, viewer: Viewer, events: list[StoredEvent]) -> list[StoredEvent]:
    """Take the disclosures out of the events of which this viewer is not to be shown any."""
    sealed = [event.log_index for event in events if event.disclosures]
    if not sealed or viewer.operator:
        return events
    shown = set() if viewer.member_id is None else set(session.execute(_entitled(viewer.member_id, sealed)).scalars())
    return [event if event.log_index in shown else replace(event, disclosures=None) for event in events]


def open_amounts(session: Session, viewer: Viewer, ends: list[TraceEnd]) -> list[TraceEnd]:
    """Give the ends of events, whole events in order, with the amounts that this viewer may see of sealed ones.

    The rows of a sealed event say no amount to anybody. An end without one is all that costs a look at its record.
    """
    unstated = {end.log_index for end in ends if end.quantity is None and end.role < _OBJECT_ROLES_BELOW}
    opened = _opened(session, viewer, unstated)
    if not opened:
        return ends
    node_ids = {end.node_id for end in ends if end.log_index in opened}
    keys = select(NODE.c.key, NODE.c.node_id).where(one_of(NODE.c.node_id, node_ids))
    nodes: dict[str, int] = {row.key: row.node_id for row in session.execute(keys).all()}
    found: list[TraceEnd] = []
    for log_index, together in groupby(ends, key=lambda end: end.log_index):
        own, objects = list(together), opened.get(log_index)
        found += own if objects is None else _with_objects(own, objects, nodes)
    return found


def _with_objects(own: Sequence[TraceEnd], objects: Sequence[End], nodes: dict[str, int]) -> Iterator[TraceEnd]:
    for end in objects:
        if end.key not in nodes:
            continue  # what an event says of its items' lot under seal is a step for nobody
        yield own[0]._replace(
            role=end.role,
            node_id=nodes[end.key],
            quantity=end.quantity,
            uom=end.uom,
            since=end.since,
            until=end.until,
        )
    yield from (end for end in own if end.role >= _OBJECT_ROLES_BELOW)


def _opened(session: Session, viewer: Viewer, indexes: Collection[int]) -> dict[int, tuple[End, ...]]:
    if not indexes or (viewer.member_id is None and not viewer.operator):
        return {}
    sealed = select(RECORD.c.log_index, RECORD.c.kind, RECORD.c.body, RECORD.c.disclosures).where(
        one_of(RECORD.c.log_index, indexes), RECORD.c.disclosures.is_not(None), RECORD.c.body.is_not(None)
    )
    if viewer.member_id is not None and not viewer.operator:
        granted, among = _granted(viewer.member_id), one_of(GRANT.c.log_index, indexes)
        sealed = sealed.where(exists().where(GRANT.c.log_index == RECORD.c.log_index, *granted, among))
    return {
        row.log_index: opened_objects(KINDS_BY_CODE[row.kind], row.body, row.disclosures)
        for row in session.execute(sealed).all()
    }


def _entitled(member_id: int, indexes: Collection[int]) -> Select[Any]:
    return select(GRANT.c.log_index).where(one_of(GRANT.c.log_index, indexes), *_granted(member_id))


def _granted(member_id: int) -> tuple[Any, ...]:
    """A grant that also shows what is sealed."""
    return GRANT.c.audience == member_id, one_of(GRANT.c.cause, sorted(DISCLOSING_CAUSES))
