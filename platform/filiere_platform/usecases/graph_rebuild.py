"""Derive the graph again from the records: event rows, ends and nodes, as capture derives them.

Block by block, each in a transaction of its own, while the instance runs: what agrees is left alone, so that a second
run writes nothing. What differs is derived once more under the log's lock and put in its place. An erased record has
nothing left to derive from: its row and its ends stay as its erasure left them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from filiere_platform.domain.derived_rows import derive_admitted_rows, holds_event, with_kept_mode
from filiere_platform.domain.record import End, EventRow
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
    kept = uow.log.event_rows(start, stop)
    derived, unreadable = _derive(uow, start, stop, uris, kept)
    done.events += len(derived)
    done.unreadable += unreadable
    wrong = _wrong(uow, start, stop, derived, kept)
    if not wrong:
        return
    uow.graph_rebuild.lock()
    kept = uow.log.event_rows(start, stop)
    derived, _ = _derive(uow, start, stop, uris, kept, among=frozenset(wrong))
    wrong = _wrong(uow, start, stop, derived, kept)
    uow.graph_rebuild.replace({index: derived[index] for index in wrong})
    done.replaced += wrong


def _derive(
    uow: UnitOfWork,
    start: int,
    stop: int,
    uris: dict[int, str],
    kept: dict[int, EventRow],
    *,
    among: Collection[int] | None = None,
) -> tuple[dict[int, Derived], list[int]]:
    derived: dict[int, Derived] = {}
    unreadable: list[int] = []
    for record in uow.log.records(start, stop):
        if not holds_event(record) or (among is not None and record.log_index not in among):
            continue
        try:
            row, ends = derive_admitted_rows(record, member_uri=uris.get(record.member_id or 0, ""))
            derived[record.log_index] = with_kept_mode(row, kept.get(record.log_index)), ends
        except Refusal:
            unreadable.append(record.log_index)
    return derived, unreadable


def _wrong(uow: UnitOfWork, start: int, stop: int, derived: dict[int, Derived], rows: dict[int, EventRow]) -> list[int]:
    ends = uow.log.ends(start, stop)
    return [
        index
        for index, (row, expected) in derived.items()
        if rows.get(index) != row or tuple(ends.get(index, ())) != expected
    ]
