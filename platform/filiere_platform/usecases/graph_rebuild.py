"""Derive the graph again from the records: event rows, ends and nodes, as capture derives them.

Block by block, each in a transaction of its own, while the instance runs: what agrees is left alone, so that a second
run writes nothing. What differs is derived once more under the log's lock and put in its place. An erased record has
nothing left to derive from: its row and its ends stay as its erasure left them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from filiere_platform.domain.derived_rows import derive_admitted_rows, holds_event, is_kept_as, with_kept_mode
from filiere_platform.domain.record import End, EventRow
from filiere_platform.store.graph_rebuild import StoredGraph
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_schemas.problems import Refusal

BLOCK = 2_000  # records of one transaction

Derived = tuple[EventRow, tuple[End, ...]]


@dataclass(slots=True)
class Rebuilt:
    """What a run found: events derived, log indexes of those written again, and of those that cannot be read."""

    events: int = 0
    replaced: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)


def rebuild_graph(units: UnitsOfWork, *, progress: Callable[[int, int], None]) -> Rebuilt:
    """Derive every event of the log again; what is captured meanwhile needs no second look.

    Raises:
        StoreUnavailable: the database is away; what was done stays, and the next run goes on from it.
    """
    done = Rebuilt()
    with units.unit_of_work() as uow:
        size = uow.log.head().size
        uris = {member.id: member.uri for member in uow.members.all()}
    for start in range(0, size, BLOCK):
        stop = min(size, start + BLOCK)
        with units.unit_of_work() as uow:
            _rebuild_block(uow, start, stop, uris, done)
        progress(stop, size)
    return done


def _rebuild_block(uow: UnitOfWork, start: int, stop: int, uris: dict[int, str], done: Rebuilt) -> None:
    derived, unreadable = _derive(uow, start, stop, uris)
    done.events += len(derived)
    done.unreadable += unreadable
    wrong = _wrong(derived, uow.graph_rebuild.stored(start, stop))
    if not wrong:
        return
    uow.graph_rebuild.lock()
    derived, _ = _derive(uow, start, stop, uris, among=frozenset(wrong))
    stored = uow.graph_rebuild.stored(start, stop)
    wrong = _wrong(derived, stored)
    kept = {row[0]: EventRow._make(row) for row in stored.events}
    uow.graph_rebuild.replace(
        {index: (with_kept_mode(derived[index][0], kept.get(index)), derived[index][1]) for index in wrong}
    )
    done.replaced += wrong


def _derive(
    uow: UnitOfWork, start: int, stop: int, uris: dict[int, str], *, among: Collection[int] | None = None
) -> tuple[dict[int, Derived], list[int]]:
    derived: dict[int, Derived] = {}
    unreadable: list[int] = []
    for record in uow.log.records(start, stop):
        if not holds_event(record) or (among is not None and record.log_index not in among):
            continue
        try:
            derived[record.log_index] = derive_admitted_rows(record, member_uri=uris.get(record.member_id or 0, ""))
        except Refusal:
            unreadable.append(record.log_index)
    return derived, unreadable


def _wrong(derived: dict[int, Derived], stored: StoredGraph) -> list[int]:
    """Give the events whose stored rows are not those that follow from their records.

    All rows of the block are compared as two lists; event by event only where these differ. Rows of records that are
    erased, or cannot be read, are among the stored ones and not among the derived.
    """
    edges = _edges(derived, stored.nodes)
    if edges == stored.edges and len(derived) == len(stored.events):
        events = zip(derived.values(), stored.events, strict=True)
        if all(is_kept_as(row, kept) for (row, _), kept in events):
            return []
    kept_rows = {row[0]: row for row in stored.events}
    kept_edges, expected = _by_index(stored.edges), _by_index(edges)
    return [
        index
        for index, (row, _) in derived.items()
        if index not in kept_rows
        or not is_kept_as(row, kept_rows[index])
        or kept_edges.get(index) != expected.get(index)
    ]


def _edges(derived: Mapping[int, Derived], nodes: Mapping[tuple[str, int], int]) -> list[tuple[Any, ...]]:
    """Give the edges of some events as rows; an end whose node is lost, or is of another kind, has none."""
    return [
        (
            *(index, ordinal, nodes.get((key, kind)), role, quantity, uom),
            row.earliest if since is None else since,
            row.latest if until is None else until,
        )
        for index, (row, ends) in derived.items()
        for ordinal, (role, key, kind, quantity, uom, since, until) in enumerate(ends)
    ]


def _by_index(edges: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    return {index: list(rows) for index, rows in groupby(edges, key=itemgetter(0))}
