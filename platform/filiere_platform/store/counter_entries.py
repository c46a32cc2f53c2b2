"""Which events enter which accounts: an index that says nothing of an event but where it counts.

It holds events that a reader may not see: whoever reads an account asks the gate for each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from filiere_platform.domain.counter_watch import Entry
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables_counters import COUNTER_ENTRY

_ENTRY = COUNTER_ENTRY.c


class CounterEntryStore:
    """Keeps entries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entries: Iterable[Entry]) -> None:
        """Keep new entries, each once."""
        rows = [entry._asdict() for entry in dict.fromkeys(entries)]
        if rows:
            self._session.execute(insert(COUNTER_ENTRY), rows)

    def indexes(self, counters: Collection[str], subjects: Collection[str], *, limit: int) -> list[int]:
        """Give the log indexes of what enters accounts of some subjects, in order, so many at most."""
        enters = one_of(_ENTRY.counter, sorted(counters)), one_of(_ENTRY.subject, sorted(subjects))
        chosen = select(_ENTRY.log_index).where(*enters).distinct().order_by(_ENTRY.log_index).limit(limit)
        return [int(index) for index in self._session.execute(chosen).scalars()]

    def of_records(self, indexes: Collection[int]) -> list[Entry]:
        """Give the entries of some records."""
        chosen = select(_ENTRY.counter, _ENTRY.subject, _ENTRY.log_index).where(
            one_of(_ENTRY.log_index, sorted(indexes))
        )
        return [Entry(*row) for row in self._session.execute(chosen)] if indexes else []

    def clear(self) -> None:
        """Forget every entry, to read the log again."""
        self._session.execute(delete(COUNTER_ENTRY))
