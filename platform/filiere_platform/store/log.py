"""The log as publishing and checking read it: every record in order, whoever it belongs to. Never a reader's way in."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlmodel import Session

from filiere_platform.domain.log_check import RowBreach, RowCounts
from filiere_platform.domain.record import KIND_CODES, End, EventRow, LogHead, NodeKind, RecordRow, Role
from filiere_platform.store.column_types import one_of
from filiere_platform.store.driver_rows import driver_rows
from filiere_platform.store.row_rules import row_breaches, row_counts
from filiere_platform.store.tables import EDGE, EVENT, LOG_HEAD, NODE, RECORD
from filiere_schemas.provenance.entry import EntryKind

_BLOCK = 8_192  # rows of one statement: bounds memory, and what one statement holds up
_RECORD_COLUMNS = [RECORD.c[name] for name in RecordRow._fields]
# A look-up in a dictionary takes a third of what the enumeration's own takes.
_ROLES = {int(role): role for role in Role}
_NODE_KINDS = {int(kind): kind for kind in NodeKind}


class LogStore:
    """Reads the log."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def head(self) -> LogHead:
        """Read the head; everything below its size is committed, and nothing above it is."""
        columns = [LOG_HEAD.c[name] for name in LogHead._fields]
        return LogHead(*self._session.execute(select(*columns)).one())

    def size_at(self, instant: int) -> int:
        """Count the records stored at or before an instant, in microseconds; by bisection, since it never goes back."""
        low, high = 0, self.head().size
        while low < high:
            middle = (low + high) // 2
            stored = select(RECORD.c.stored_at).where(RECORD.c.log_index == middle)
            if self._session.execute(stored).scalar_one() <= instant:
                low = middle + 1
            else:
                high = middle
        return low

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, int, bytes]]:
        """Read (log index, kind code, SHA-256) from `start` up to `stop`, in order."""
        columns = (RECORD.c.log_index, RECORD.c.kind, RECORD.c.sha256)
        for block in range(start, stop, _BLOCK):
            within = RECORD.c.log_index.between(block, min(stop, block + _BLOCK) - 1)
            rows = self._session.execute(select(*columns).where(within).order_by(RECORD.c.log_index))
            for row in rows:
                yield row.log_index, row.kind, row.sha256

    def records(self, start: int, stop: int, kinds: Collection[EntryKind] | None = None) -> Iterator[RecordRow]:
        """Read whole records from `start` up to `stop`, in order; all kinds unless some are named."""
        codes = None if kinds is None else [KIND_CODES[kind] for kind in kinds]
        for block in range(start, stop, _BLOCK):
            within = RECORD.c.log_index.between(block, min(stop, block + _BLOCK) - 1)
            chosen = select(*_RECORD_COLUMNS).where(within).order_by(RECORD.c.log_index)
            if codes is not None:
                chosen = chosen.where(one_of(RECORD.c.kind, codes))
            yield from map(RecordRow._make, driver_rows(self._session, chosen))

    def records_of_key(self, key_id: int, below: int) -> Iterator[RecordRow]:
        """Read the records of a key below an index, in order; no index leads to them, so that all are looked at."""
        for block in range(0, below, _BLOCK):
            within = RECORD.c.log_index.between(block, min(below, block + _BLOCK) - 1)
            chosen = select(*_RECORD_COLUMNS).where(within, RECORD.c.key_id == key_id).order_by(RECORD.c.log_index)
            for row in self._session.execute(chosen):
                yield RecordRow(*row)

    def key_entries(self) -> list[RecordRow]:
        """Read every key entry in log order, by an index of their own: a sector enrols some thousands of keys."""
        is_key_entry = RECORD.c.kind == KIND_CODES[EntryKind.KEY]
        chosen = select(*_RECORD_COLUMNS).where(is_key_entry).order_by(RECORD.c.log_index)
        return [RecordRow(*row) for row in self._session.execute(chosen)]

    def event_rows(self, start: int, stop: int) -> dict[int, EventRow]:
        """Read the event rows of the records from `start` up to `stop`, by log index."""
        columns = [EVENT.c[name] for name in EventRow._fields]
        chosen = select(*columns).where(EVENT.c.log_index.between(start, stop - 1))
        return {row[0]: EventRow._make(row) for row in self._session.execute(chosen).all()}

    def named(self, start: int, stop: int, *, beginning: str) -> list[int]:
        """Name the events from `start` up to `stop` whose eventID begins so, in order."""
        within = EVENT.c.log_index.between(start, stop - 1)
        chosen = select(EVENT.c.log_index).where(within, EVENT.c.event_id.startswith(beginning, autoescape=True))
        return list(self._session.execute(chosen.order_by(EVENT.c.log_index)).scalars())

    def ends(self, start: int, stop: int, *, roles: Collection[Role] | None = None) -> dict[int, list[End]]:
        """Read the ends of the events from `start` up to `stop`, of some roles or all, by log index, in their order."""
        columns = (
            *(EDGE.c.log_index, EDGE.c.role, NODE.c.key, NODE.c.kind, EDGE.c.quantity, EDGE.c.uom),
            *(EDGE.c.earliest, EDGE.c.latest),
        )
        chosen = (
            select(*columns)
            .join_from(EDGE, NODE, NODE.c.node_id == EDGE.c.node_id)
            .where(EDGE.c.log_index.between(start, stop - 1))
            .order_by(EDGE.c.log_index, EDGE.c.ordinal)
        )
        if roles is not None:
            chosen = chosen.where(EDGE.c.role.in_(sorted(roles)))
        ends: dict[int, list[End]] = {}
        for log_index, role, key, kind, quantity, uom, *own in self._session.execute(chosen).all():
            times = own if role == Role.SAME_AS else ()
            ends.setdefault(log_index, []).append(End(_ROLES[role], key, _NODE_KINDS[kind], quantity, uom, *times))
        return ends

    def was_touched_by(self, member_id: int, key: str, *, below: int) -> bool:
        """Whether an event of a member below an index speaks of an object, in whatever role."""
        touching = (
            select(EDGE.c.log_index)
            .join(NODE, NODE.c.node_id == EDGE.c.node_id)
            .join(EVENT, EVENT.c.log_index == EDGE.c.log_index)
            .where(NODE.c.key == key, EDGE.c.log_index < below, EVENT.c.member_id == member_id)
        )
        return self._session.execute(touching.limit(1)).first() is not None

    def row_breaches(self, below: int) -> Iterator[RowBreach]:
        """Find every broken row rule of the records below an index, for `filiere fsck`."""
        return row_breaches(self._session, below)

    def row_counts(self) -> RowCounts:
        """Count what is numbered, for `filiere fsck`."""
        return row_counts(self._session)
