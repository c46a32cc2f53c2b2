"""Erasures: what was removed of which record, and the removal itself, under the lock of the log's head."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, exists, insert, select, update
from sqlmodel import Session

from filiere_platform.domain.erasure import ErasureMark, Remains
from filiere_platform.domain.record import EdgeRow, GrantRow
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import DIGEST, EDGE, EVENT, GRANT, RECORD
from filiere_platform.store.tables_erasure import ERASURE
from filiere_schemas.provenance.erasure import Erased

_EDGE_COLUMNS = [EDGE.c[name] for name in EdgeRow._fields]
_GRANT_COLUMNS = [GRANT.c[name] for name in GrantRow._fields]


class ErasureStore:
    """Says what was erased, and erases."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, indexes: Collection[int]) -> dict[int, tuple[ErasureMark, ...]]:
        """Give every erasure of some records, by log index, in the order of the log."""
        chosen = (
            select(ERASURE)
            .where(one_of(ERASURE.c.log_index, sorted(indexes)))
            .order_by(ERASURE.c.log_index, ERASURE.c.entry_index)
        )
        found: dict[int, tuple[ErasureMark, ...]] = {}
        for row in self._session.execute(chosen) if indexes else ():
            mark = ErasureMark(
                index=row.log_index,
                entry=row.entry_index,
                what=Erased(row.what),
                rule=row.rule,
                erased_at=row.erased_at,
            )
            found[mark.index] = (*found.get(mark.index, ()), mark)
        return found

    def payloads_of(self, indexes: Collection[int]) -> dict[int, ErasureMark]:
        """Give, of some records, the erasure of those whose payload is gone."""
        marks = (mark for several in self.of(indexes).values() for mark in several)
        return {mark.index: mark for mark in marks if mark.what is Erased.PAYLOAD}

    def edges_of(self, index: int) -> tuple[EdgeRow, ...]:
        """Read the edges of a record that is about to be erased."""
        chosen = select(*_EDGE_COLUMNS).where(EDGE.c.log_index == index).order_by(EDGE.c.ordinal)
        return tuple(EdgeRow(*row) for row in self._session.execute(chosen))

    def grants_of(self, index: int) -> list[GrantRow]:
        """Read who may see a record, in the order in which they were given."""
        chosen = select(*_GRANT_COLUMNS).where(GRANT.c.log_index == index).order_by(GRANT.c.grant_no)
        return [GrantRow(*row) for row in self._session.execute(chosen)]

    def apply(self, remains: Remains, mark: ErasureMark) -> None:
        """Leave of a record what remains, in every row that knew more, and note the erasure."""
        execute, index = self._session.execute, remains.index
        execute(
            update(RECORD).where(RECORD.c.log_index == index).values(body=remains.body, disclosures=remains.disclosures)
        )
        execute(update(EVENT).where(EVENT.c.log_index == index).values(**remains.event._asdict()))
        execute(delete(EDGE).where(EDGE.c.log_index == index))
        if remains.edges:
            execute(insert(EDGE), [edge._asdict() for edge in remains.edges])
        if remains.identity is not None:
            execute(update(DIGEST).where(DIGEST.c.digest == remains.identity).values(content=None))
        noted = {"log_index": index, "entry_index": mark.entry, "what": mark.what.value}
        execute(insert(ERASURE).values(**noted, rule=mark.rule, erased_at=mark.erased_at))

    def candidates(self, *, before: int, after: int, limit: int) -> list[int]:
        """List records of events that surely happened before an instant and still have their payload, in log order."""
        kept = exists().where(RECORD.c.log_index == EVENT.c.log_index, RECORD.c.body.is_not(None))
        chosen = (
            select(EVENT.c.log_index)
            .where(EVENT.c.latest < before, EVENT.c.log_index > after, kept)
            .order_by(EVENT.c.log_index)
            .limit(limit)
        )
        return list(self._session.execute(chosen).scalars())
