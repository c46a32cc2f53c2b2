"""What a recovery keeps: the entries that are missing, what was brought of them, which were declared lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Select, delete, func, insert, select, update
from sqlmodel import Session

from filiere_platform.domain.record import KIND_CODES, KINDS_BY_CODE
from filiere_platform.domain.recovery import Missing
from filiere_platform.store.tables_recovery import LOST_RECORD, MISSING_RECORD

_COLUMNS = [MISSING_RECORD.c[name] for name in Missing._fields]
_BLOCK = 1_000
_INDEX: Column[int] = MISSING_RECORD.c.log_index


class RecoveryStore:
    """Reads and writes them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def miss(self, entries: Iterable[Missing]) -> None:
        """Note entries as missing."""
        rows = [each._asdict() | {"kind": KIND_CODES[each.kind]} for each in entries]
        for start in range(0, len(rows), _BLOCK):
            self._session.execute(insert(MISSING_RECORD), rows[start : start + _BLOCK])

    def without_record(self, *, after: int, limit: int) -> list[Missing]:
        """Read the entries behind an index whose record nobody has brought yet, in log order."""
        return self._read(select(*_COLUMNS).where(MISSING_RECORD.c.body.is_(None), after < _INDEX).limit(limit))

    def from_index(self, start: int, limit: int) -> list[Missing]:
        """Read the entries from an index on, in log order."""
        return self._read(select(*_COLUMNS).where(start <= _INDEX).limit(limit))

    def of_digest(self, sha256: bytes) -> Missing | None:
        """Find a missing entry by its digest."""
        found = self._read(select(*_COLUMNS).where(MISSING_RECORD.c.sha256.in_([sha256])).limit(1))
        return found[0] if found else None

    def at(self, index: int) -> Missing | None:
        """Find a missing entry by its place."""
        found = self._read(select(*_COLUMNS).where(_INDEX.in_([index])))
        return found[0] if found else None

    def bring(self, index: int, **values: object) -> None:
        """Keep what was brought of an entry."""
        self._session.execute(update(MISSING_RECORD).where(_INDEX.in_([index])).values(**values))

    def last(self) -> int:
        """Give the highest index that is missing; -1 where none is."""
        return int(self._session.execute(select(func.coalesce(func.max(_INDEX), -1))).scalar_one())

    def forget_unbrought(self, start: int) -> None:
        """Forget, from the first entry at or behind an index that nobody has brought, that one and all behind it."""
        unbrought = select(func.min(_INDEX)).where(start <= _INDEX, MISSING_RECORD.c.body.is_(None))
        first = self._session.execute(unbrought).scalar()
        if first is not None:
            self._session.execute(delete(MISSING_RECORD).where(first <= _INDEX))

    def drop(self, below: int | None = None) -> int:
        """Forget the entries below an index, or all of them; gives how many."""
        statement = delete(MISSING_RECORD) if below is None else delete(MISSING_RECORD).where(below > _INDEX)
        return len(self._session.execute(statement.returning(_INDEX)).all())

    def declare_lost(self, indexes: Iterable[int], incident: int) -> None:
        """Note entries as lost in an incident."""
        rows = [{"log_index": index, "incident": incident} for index in indexes]
        for start in range(0, len(rows), _BLOCK):
            self._session.execute(insert(LOST_RECORD), rows[start : start + _BLOCK])

    def lost(self, start: int, stop: int) -> list[int]:
        """List the entries between two indexes that were declared lost."""
        index = LOST_RECORD.c.log_index
        return list(
            self._session.execute(select(index).where(index.between(start, stop - 1)).order_by(index)).scalars()
        )

    def _read(self, chosen: Select[Any]) -> list[Missing]:
        rows = self._session.execute(chosen.order_by(_INDEX))
        return [Missing(row[0], KINDS_BY_CODE[row[1]], *row[2:]) for row in rows]
