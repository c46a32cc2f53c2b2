"""The graph of the database for a search with nothing in memory: each level in two questions, in blocks of integers.

Rows come as `graph_columns` reads them: on PostgreSQL each column as one string of bytes, and what a level asks of
several tables in one statement, each part of which says for itself which numbers it is about. So every table is read
by one index, and partitions are left out, as in the gate. Where the numbers of a level lie close together, as in a log
that tells a chain in its order, one stretch of the index is read and sifted here.

No contents leave here. Of each event comes with it whether one of the viewer's audiences has a grant: a search takes no
step through an event that it does not show, and what an answer shows is read through `gate` again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from sqlmodel import Session

from filiere_platform.domain.adjacency import (
    BESIDE,
    EMPTY,
    INTO,
    NO_GROUP,
    OUT_OF,
    Flags,
    Integers,
    are_among,
    group_number,
)
from filiere_platform.domain.audience import PUBLIC_VIEW
from filiere_platform.domain.partial_adjacency import NEVER, SIGNS, Ends, Times, Told
from filiere_platform.domain.record import LogHead, NodeKind, Role
from filiere_platform.store.binary_arrays import bigints_of

_CLOSE: Final = 2  # numbers lie close together where their stretch has at most so many for each of them
_ROLE_BITS: Final = 4
_ROLE: Final = (1 << _ROLE_BITS) - 1
_OTHERS = {  # what leaves out the ends of a use; ranges, since a list of roles would make PostgreSQL search for each
    INTO: f"role <> {Role.INPUT:d}",
    OUT_OF: f"role <> {Role.OUTPUT:d}",
    BESIDE: f"role >= {Role.INPUT:d} AND role <= {Role.OUTPUT:d}",
}
_OBJECTS = f"role < {Role.READ_POINT:d}"
_SIGNS = " OR ".join(f"role = {role:d}" for role in sorted(SIGNS))
_WITHDRAWN = (
    f"coalesce((SELECT min(d.log_index) FROM event d WHERE d.declares_error AND d.event_id = event.event_id"  # noqa: S608
    f" AND d.member_id = event.member_id), {NEVER})"
)
# As `adjacency.group_number` works it out; SQLite, which has no SHA-256, gives the text.
_GROUP = "coalesce(substring(sha256(convert_to(transformation_id, 'UTF8')) FROM 1 FOR 8), int8send(0))"
_EVENT = ("log_index", "earliest", "latest", _WITHDRAWN)
_NUMBER_TYPE: Final = ">i8"


class _Part(NamedTuple):
    """One of the questions of a level: columns of a table, of the rows that some numbers name."""

    columns: Sequence[str]
    table: str
    by: str  # the column that the numbers are of
    numbers: Integers  # ascending, each once
    where: str = "true"
    group: bool = False  # whether the transformation's number comes behind the columns
    keeps: str = ""  # a condition on nodes that are asked for, beside their numbers
    apart: bool = False  # whether what lies between the numbers must not be read

    @property
    def is_stretch(self) -> bool:
        """Whether the stretch of the numbers is read."""
        return not self.apart and not self.keeps and _are_close(self.numbers)


class FrontierSource:
    """Answers a `PartialAdjacency` in one transaction, for one viewer's audiences; None: who sees everything."""

    def __init__(self, session: Session, audiences: Sequence[int] | None, head: LogHead) -> None:
        self._session = session
        self._audiences = audiences
        self._size = head.size

    def has_views(self) -> bool:
        """Whether anybody sees the public fields of any event."""
        question = f"SELECT 1 FROM visibility_grant WHERE audience = {PUBLIC_VIEW:d} LIMIT 1"  # noqa: S608
        return bool(self._driver.execute(question).fetchone())

    def kinds(self, nodes: Integers) -> tuple[Integers, Integers]:
        """See `GraphSource`."""
        ((node, kind),) = self._ask(_kinds(nodes))
        return node, kind

    def touches(self, nodes: Integers, uses: Iterable[int], *, classes: bool) -> tuple[tuple[Integers, Integers], Ends]:
        """See `GraphSource`."""
        others = [_OTHERS[use] for use in _OTHERS.keys() - set(uses)]
        where = " AND ".join([_OBJECTS, f"log_index < {self._size:d}", *others])
        ends = _Part(("node_id", f"(log_index << {_ROLE_BITS}) | role"), "edge", "node_id", nodes, where)
        if classes:
            kinds, (of, packed) = self._ask(_kinds(nodes), ends)
        elif _are_close(nodes):
            kinds, ends = self._traversed(nodes, ends)
            ((of, packed),) = self._ask(ends)
        else:
            kinds, (of, packed) = self._ask(_kinds(nodes), ends._replace(keeps=f"kind <> {NodeKind.CLASS:d}"))
        return (kinds[0], kinds[1]), Ends(packed >> _ROLE_BITS, of, packed & _ROLE)

    def _traversed(self, nodes: Integers, ends: _Part) -> tuple[list[Integers], _Part]:
        """Leave out products without a lot, whose ends must not be read even where they lie between others."""
        ((stretch, kind),) = self._ask(_kinds(np.arange(nodes[0], nodes[-1] + 1)))
        asked = np.isin(stretch, nodes)
        traversed = kind != NodeKind.CLASS
        kinds = [stretch[asked], kind[asked]]
        return kinds, ends._replace(numbers=np.sort(stretch[asked & traversed]), apart=not traversed.all())

    def tell(self, times_of: Integers, ends_of: Integers, signs_of: Integers) -> Told:
        """See `GraphSource`."""
        end = ("log_index", f"(node_id << {_ROLE_BITS}) | role")
        events, granted, viewed, ends, signs = self._ask(
            _Part(_EVENT, "event", "log_index", times_of, "NOT declares_error", group=True),
            self._grants(self._audiences or (), times_of if self._audiences else EMPTY),
            self._grants((PUBLIC_VIEW,), EMPTY if self._audiences is None else times_of),
            _Part(end, "edge", "log_index", ends_of, _OBJECTS),
            _Part(("log_index", "role"), "edge", "log_index", signs_of, f"({_SIGNS})"),
        )
        index, earliest, latest, withdrawn_at, group = events
        everything = np.full(len(index), self._audiences is None)
        return Told(
            times=Times(
                log_index=index,
                earliest=earliest,
                latest=latest,
                group=group,
                withdrawn_at=withdrawn_at,
                granted=everything | are_among(index, np.sort(granted[0])),
                viewed=are_among(index, np.sort(viewed[0])),
            ),
            ends=Ends(ends[0], ends[1] >> _ROLE_BITS, ends[1] & _ROLE),
            signs=Ends(signs[0], EMPTY, signs[1]),
        )

    def together(self, indexes: Integers) -> Integers:
        """See `GraphSource`."""
        chosen, values = self._among(_Part((), "event", "log_index", indexes, apart=True), "n")
        named = f"SELECT DISTINCT transformation_id FROM event WHERE {chosen} AND transformation_id IS NOT NULL"  # noqa: S608
        question = f"SELECT log_index FROM event WHERE transformation_id IN ({named}) AND log_index < {self._size:d}"  # noqa: S608
        rows = self._driver.execute(question, values).fetchall()
        return np.array(sorted(index for (index,) in rows), np.int64)

    def _grants(self, audiences: Sequence[int], indexes: Integers) -> _Part:
        among = ", ".join(str(int(audience)) for audience in audiences) or "NULL"
        return _Part(("log_index",), "visibility_grant", "log_index", indexes, f"audience IN ({among})")

    @property
    def _driver(self) -> Any:
        return self._session.connection().connection.driver_connection

    @property
    def _is_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _ask(self, *parts: _Part) -> list[list[Integers]]:
        """Read some parts; one without numbers has no rows and is not asked for."""
        asked = [part for part in parts if len(part.numbers)]
        found = iter(self._ask_together(asked) if self._is_postgresql else map(self._ask_alone, asked))
        return [
            _sifted(part, next(found)) if len(part.numbers) else [EMPTY] * (len(part.columns) + part.group)
            for part in parts
        ]

    def _ask_together(self, parts: Sequence[_Part]) -> list[list[Integers]]:
        selects, values = [], dict[str, Any]()
        for number, part in enumerate(parts):
            chosen, named = self._among(part, f"n{number}")
            if part.keeps:  # a node of everybody's events must not be looked up at all
                chosen = f"{part.by} = ANY(ARRAY(SELECT node_id FROM node WHERE {chosen} AND {part.keeps}))"  # noqa: S608
            sent = [f"int8send({column})" for column in part.columns] + [_GROUP] * part.group
            blocks = ", ".join(f"string_agg({each}, ''::bytea) AS b{number}_{n}" for n, each in enumerate(sent))
            selects.append(f"(SELECT {blocks} FROM {part.table} WHERE {chosen} AND {part.where}) AS p{number}")  # noqa: S608
            values |= named
        with self._driver.cursor(binary=True) as cursor:
            question = f"SELECT * FROM {', '.join(selects)}"  # noqa: S608
            blocks = iter(cursor.execute(question, values).fetchone()) if selects else iter(())
        return [
            [
                np.frombuffer(block or b"", _NUMBER_TYPE).astype(np.int64)
                for block in itertools.islice(blocks, len(part.columns) + part.group)
            ]
            for part in parts
        ]

    def _ask_alone(self, part: _Part) -> list[Integers]:
        chosen, values = self._among(part, "n")
        if part.keeps:
            chosen = f"{part.by} IN (SELECT node_id FROM node WHERE {chosen} AND {part.keeps})"  # noqa: S608
        names = [*part.columns, *["transformation_id"] * part.group]
        question = f"SELECT {', '.join(names)} FROM {part.table} WHERE {chosen} AND {part.where}"  # noqa: S608
        rows = self._driver.execute(question, values).fetchall()
        if part.group:
            rows = [(*row, NO_GROUP if name is None else group_number(name)) for *row, name in rows]
        table = np.fromiter(itertools.chain.from_iterable(rows), np.int64, len(rows) * len(names))
        return list(table.reshape(len(rows), len(names)).T)

    def _among(self, part: _Part, name: str) -> tuple[str, dict[str, Any]]:
        """Say that a column is one of some numbers, or lies in their stretch."""
        bounds = {f"{name}_low": int(part.numbers[0]), f"{name}_high": int(part.numbers[-1])}
        if not self._is_postgresql:
            if part.is_stretch:
                return f"{part.by} BETWEEN :{name}_low AND :{name}_high", bounds
            listed = "[" + ",".join(map(str, part.numbers.tolist())) + "]"
            return f"{part.by} IN (SELECT value FROM json_each(:{name}))", {name: listed}  # noqa: S608
        between = f"{part.by} BETWEEN %({name}_low)s::bigint AND %({name}_high)s::bigint"
        if part.is_stretch:
            return between, bounds
        # To the planner the array is unknown: it would estimate each of its values by itself (decision 0032).
        among = f"{part.by} = ANY(ARRAY(SELECT unnest(%({name})s)))"
        return f"{among} AND {between}", {**bounds, name: bigints_of(part.numbers)}


def _kinds(nodes: Integers) -> _Part:
    return _Part(("node_id", "kind"), "node", "node_id", nodes)


def _are_close(numbers: Integers) -> bool:
    return bool(numbers[-1] - numbers[0] < _CLOSE * len(numbers))


def _sifted(part: _Part, columns: list[Integers]) -> list[Integers]:
    """Leave out what merely lay in the stretch that was read."""
    first, last = int(part.numbers[0]), int(part.numbers[-1])
    if not part.is_stretch or last - first + 1 == len(part.numbers):
        return columns
    wanted = np.zeros(last - first + 1, np.bool_)
    wanted[part.numbers - first] = True
    kept: Flags = wanted[columns[0] - first]
    return [column[kept] for column in columns]
