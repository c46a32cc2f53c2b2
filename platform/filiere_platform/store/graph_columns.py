"""Whole columns of the graph's rows, for the graph in memory: integers in blocks, no row of which becomes an object.

PostgreSQL joins each column into one string of bytes, in the order in which it sends integers, which is read as one
array: a row costs a hundredth of what the driver's tuples cost, and a tenth of COPY, which sends a message for each.
SQLite, whose rows are in this process already, gives tuples.

No contents leave here, and nothing here is shown to anybody: what is read is visible or not, `graph_memory` keeps
from a search what its viewer may not see, and the gate reads again what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import func, not_, select
from sqlmodel import Session

from filiere_platform.domain.adjacency import EMPTY, GraphColumns, Integers, group_number
from filiere_platform.domain.record import LogHead, Role
from filiere_platform.store.column_types import one_of
from filiere_platform.store.log import LogStore
from filiere_platform.store.tables import EVENT

_TYPES: Final = {"int8send": ">i8", "int2send": ">i2", "": ">i8"}


class _Question(NamedTuple):
    """Columns, each with the function that gives its bytes on PostgreSQL, and the rows they are taken from."""

    columns: tuple[tuple[str, str], ...]
    rows: str


# The rows are those of a stretch of the log, or of numbers, from `start` up to `stop`.
_INDEX = ("log_index", "int8send")
_EVENTS = _Question(
    (_INDEX, ("earliest", "int8send"), ("latest", "int8send")), "event WHERE NOT declares_error AND {stretch}"
)
_ENDS = _Question((_INDEX, ("node_id", "int8send"), ("role", "int2send")), "edge WHERE role < {roles} AND {stretch}")
_NODES = _Question(
    (("node_id", "int8send"), ("kind", "int2send")), "node WHERE node_id >= {start} AND node_id < {stop}"
)
_GRANTS = _Question(
    (_INDEX,), "visibility_grant WHERE audience = {audience} AND grant_no >= {start} AND grant_no < {stop}"
)
# The number of a transformation, as `adjacency.group_number` works it out; it comes as bytes.
_GROUPS = _Question(
    (_INDEX, ("substring(sha256(convert_to(transformation_id, 'UTF8')) FROM 1 FOR 8)", "")),
    "event WHERE transformation_id IS NOT NULL AND NOT declares_error AND {stretch}",
)


class GraphReader:
    """Reads columns within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def columns(self, start: int, stop: int, *, first_node: int, last_node: int) -> GraphColumns:
        """Read what the log's entries from `start` up to `stop` add to the graph, and what the new nodes are."""
        log_index, earliest, latest = _in_order(self._read(_EVENTS, start, stop))
        end_event, end_node, end_role = _in_order(self._read(_ENDS, start, stop))
        # An error declaration repeats the ends of what it takes back, and has none itself.
        theirs = np.isin(end_event, log_index, assume_unique=False) if len(log_index) else np.zeros(0, np.bool_)
        theirs = theirs if len(theirs) else np.zeros(len(end_event), np.bool_)
        kind_node, kind = self._read(_NODES, first_node, last_node + 1)
        group_event, group = _in_order(self._groups(start, stop))
        return GraphColumns(
            start=start,
            stop=stop,
            log_index=log_index,
            earliest=earliest,
            latest=latest,
            end_event=end_event[theirs],
            end_node=end_node[theirs],
            end_role=end_role[theirs].astype(np.int8),
            kind_node=kind_node,
            kind=kind.astype(np.int8),
            group_event=group_event,
            group=group,
            withdrawals=self._withdrawals(start, stop),
        )

    def head(self) -> LogHead:
        """Read the head of the log."""
        return LogStore(self._session).head()

    def granted(self, audience: int, start: int, stop: int) -> Integers:
        """Read the log indexes of the grants to an audience whose numbers lie from `start` up to `stop`."""
        return self._read(_GRANTS, start, stop, audience=audience)[0]

    def _withdrawals(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Find the error declarations of a stretch with the earlier events that they take back, and the reverse.

        A declaration takes back its member's event whichever of the two was stored first.
        """
        return [*self._taken_back(start, stop), *self._born_taken_back(start, stop)]

    def _taken_back(self, start: int, stop: int) -> list[tuple[int, int]]:
        own = (EVENT.c.member_id, EVENT.c.event_id, EVENT.c.log_index)
        declared = select(*own).where(EVENT.c.declares_error, EVENT.c.log_index.between(start, stop - 1))
        declarations: Sequence[Any] = self._session.execute(declared).all()
        if not declarations:
            return []
        ids = {row.event_id for row in declarations}
        taken = select(*own).where(one_of(EVENT.c.event_id, ids), not_(EVENT.c.declares_error))
        events: dict[tuple[int, str], list[int]] = {}
        for member_id, event_id, index in self._session.execute(taken):
            events.setdefault((member_id, event_id), []).append(index)
        return [
            (index, at)
            for member_id, event_id, at in declarations
            for index in events.get((member_id, event_id), ())
            if index < at
        ]

    def _born_taken_back(self, start: int, stop: int) -> list[tuple[int, int]]:
        declaration, event = EVENT.alias(), EVENT.alias()
        if self._session.execute(select(EVENT.c.log_index).where(EVENT.c.declares_error).limit(1)).first() is None:
            return []
        chosen = (
            select(event.c.log_index, func.min(declaration.c.log_index))
            .join_from(event, declaration, declaration.c.event_id == event.c.event_id)
            .where(
                event.c.log_index.between(start, stop - 1),
                not_(event.c.declares_error),
                declaration.c.declares_error,
                declaration.c.member_id == event.c.member_id,
                declaration.c.log_index < event.c.log_index,
            )
            .group_by(event.c.log_index)
        )
        return [(index, at) for index, at in self._session.execute(chosen)]

    def _groups(self, start: int, stop: int) -> list[Integers]:
        if self._is_postgresql:
            return self._read(_GROUPS, start, stop)
        chosen = select(EVENT.c.log_index, EVENT.c.transformation_id).where(
            EVENT.c.transformation_id.is_not(None),
            not_(EVENT.c.declares_error),
            EVENT.c.log_index.between(start, stop - 1),
        )
        rows = [(index, group_number(name)) for index, name in self._session.execute(chosen)]
        return _columns(rows, 2)

    @property
    def _is_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _read(self, question: _Question, start: int, stop: int, **values: int) -> list[Integers]:
        stretch = f"log_index >= {start} AND log_index < {stop}"
        rows = question.rows.format(stretch=stretch, start=start, stop=stop, roles=int(Role.READ_POINT), **values)
        driver: Any = self._session.connection().connection.driver_connection
        if not self._is_postgresql:
            names = ", ".join(name for name, _ in question.columns)
            return _columns(driver.execute(f"SELECT {names} FROM {rows}").fetchall(), len(question.columns))  # noqa: S608
        joined = ", ".join(f"string_agg({send}({name}), ''::bytea)" for name, send in question.columns)
        with driver.cursor(binary=True) as cursor:
            blocks = cursor.execute(f"SELECT {joined} FROM {rows}").fetchone()  # noqa: S608 - numbers and names of ours
        return [
            np.frombuffer(block or b"", _TYPES[send]).astype(np.int64)
            for block, (_, send) in zip(blocks, question.columns, strict=True)
        ]


def _columns(rows: Sequence[Sequence[int]], count: int) -> list[Integers]:
    if not rows:
        return [EMPTY] * count
    return list(np.array(rows, np.int64).T)


def _in_order(columns: list[Integers]) -> list[Integers]:
    """Sort rows by their first column; partitions are read one by one, so that they are nearly sorted already."""
    first = columns[0]
    if bool((first[1:] >= first[:-1]).all()):
        return columns
    order = np.argsort(first, kind="stable")
    return [column[order] for column in columns]
