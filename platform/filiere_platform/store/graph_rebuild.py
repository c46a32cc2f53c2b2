"""Read, of a block of the log, what queries and traces know of its events, and put in its place what follows from them.

A rebuild compares millions of rows and changes few: rows are read as the database's driver gives them, tuples that
compare with those that follow from the records as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from filiere_platform.domain.record import EdgeRow, End, EventRow
from filiere_platform.store.column_types import one_of
from filiere_platform.store.directory import lock_head
from filiere_platform.store.driver_rows import driver_rows
from filiere_platform.store.tables import EDGE, EVENT, LOG_HEAD, NODE

_EVENT_COLUMNS = [EVENT.c[name] for name in EventRow._fields]
_EDGE_COLUMNS = [EDGE.c[name] for name in EdgeRow._fields]
_QUANTITY = EdgeRow._fields.index("quantity")

StoredEvent = tuple[Any, ...]  # the values of an EventRow
StoredEdge = tuple[Any, ...]  # the values of an EdgeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGraph:
    """What is stored of the events of a block: both lists in the order of the log, edges by ordinal within an event."""

    events: list[StoredEvent]
    edges: list[StoredEdge]
    nodes: dict[tuple[str, int], int]  # the number of every node that an edge leads to, by key and kind


class GraphRebuildStore:
    """Reads and writes again event rows, ends and nodes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self) -> None:
        """Take the log's lock until the unit ends: nobody captures, erases or discloses meanwhile."""
        lock_head(self._session, for_long=True)  # a block is derived anew under it

    def stored(self, start: int, stop: int) -> StoredGraph:
        """Read what is stored of the records from `start` up to `stop`."""
        events = select(*_EVENT_COLUMNS).where(EVENT.c.log_index.between(start, stop - 1)).order_by(EVENT.c.log_index)
        among = EDGE.c.log_index.between(start, stop - 1)
        edges = select(*_EDGE_COLUMNS).where(among).order_by(EDGE.c.log_index, EDGE.c.ordinal)
        named = select(EDGE.c.node_id).where(among).distinct()
        nodes = select(NODE.c.key, NODE.c.kind, NODE.c.node_id).where(NODE.c.node_id.in_(named))
        return StoredGraph(
            events=driver_rows(self._session, events),
            edges=[
                row if row[_QUANTITY] is None else (*row[:_QUANTITY], Decimal(row[_QUANTITY]), *row[_QUANTITY + 1 :])
                for row in driver_rows(self._session, edges)
            ],
            nodes={(key, kind): node_id for key, kind, node_id in driver_rows(self._session, nodes)},
        )

    def replace(self, derived: Mapping[int, tuple[EventRow, Sequence[End]]]) -> None:
        """Write the rows of some events in the place of whatever is there, under the lock."""
        execute = self._session.execute
        nodes = self._nodes([end for _, ends in derived.values() for end in ends])
        execute(delete(EVENT).where(one_of(EVENT.c.log_index, derived)))
        execute(delete(EDGE).where(one_of(EDGE.c.log_index, derived)))
        execute(insert(EVENT), [row._asdict() for row, _ in derived.values()])
        edges = [
            EdgeRow.of(end, log_index=row.log_index, ordinal=ordinal, node_id=nodes[end.key], event=row)._asdict()
            for row, ends in derived.values()
            for ordinal, end in enumerate(ends)
        ]
        if edges:
            execute(insert(EDGE), edges)

    def _nodes(self, ends: Collection[End]) -> dict[str, int]:
        """Give the number of every end's node; those that are lost get a new one."""
        kinds = {end.key: end.kind for end in ends}
        known = select(NODE.c.key, NODE.c.node_id, NODE.c.kind).where(one_of(NODE.c.key, list(kinds)))
        rows = self._session.execute(known).all() if kinds else []
        found: dict[str, int] = {row.key: row.node_id for row in rows}
        for row in rows:
            if row.kind != kinds[row.key]:
                changed = update(NODE).where(NODE.c.node_id == row.node_id)
                self._session.execute(changed.values(kind=kinds[row.key]))
        last = int(self._session.execute(select(LOG_HEAD.c.nodes)).scalar_one())
        lost = [key for key in kinds if key not in found]
        if lost:
            numbered = {key: last + place for place, key in enumerate(lost, 1)}
            rows_to_add = [{"node_id": number, "key": key, "kind": kinds[key]} for key, number in numbered.items()]
            self._session.execute(insert(NODE), rows_to_add)
            self._session.execute(update(LOG_HEAD).values(nodes=last + len(lost)))
            found |= numbered
        return found
