"""Grants in order of their number: what the relay and every member's stream follow, each with a cursor."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, func, select, update
from sqlmodel import Session

from filiere_platform.domain.audience import NOBODY
from filiere_platform.domain.deliveries import SharedRecord
from filiere_platform.domain.record import KINDS_BY_CODE, GrantRow
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EVENT, GRANT, MEMBER, RECORD

_GRANT_COLUMNS = [GRANT.c[name] for name in GrantRow._fields]


class GrantStore:
    """Reads grants, and what a delivery says of the records they open."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def after(self, grant_no: int, limit: int) -> list[GrantRow]:
        """Read up to `limit` grants behind a number, in order. They are numbered from 1 without a gap."""
        return self._read(select(*_GRANT_COLUMNS).where(GRANT.c.grant_no > grant_no), limit)

    def for_audiences(self, audiences: Collection[int], after: int, limit: int) -> list[GrantRow]:
        """Read up to `limit` grants to any of some audiences behind a number, in order: a member's stream."""
        chosen = select(*_GRANT_COLUMNS).where(GRANT.c.grant_no > after, one_of(GRANT.c.audience, audiences))
        return self._read(chosen, limit)

    def first_of_last_below(self, log_index: int) -> int:
        """Find the first grant of the last record below an index that has any; 0 where none has.

        Grants are numbered when they are given: every one that was given since that record came has a higher number.
        """
        last = select(func.max(GRANT.c.log_index)).where(GRANT.c.log_index < log_index).scalar_subquery()
        found = self._session.execute(select(func.min(GRANT.c.grant_no)).where(GRANT.c.log_index == last)).scalar()
        return 0 if found is None else int(found)

    def among(self, audiences: Collection[int], indexes: Collection[int]) -> list[GrantRow]:
        """Read the grants of some audiences to some records."""
        if not indexes:
            return []
        here = (one_of(GRANT.c.audience, sorted(audiences)), one_of(GRANT.c.log_index, sorted(indexes)))
        return [GrantRow(*row) for row in self._session.execute(select(*_GRANT_COLUMNS).where(*here))]

    def latest(self, audiences: Collection[int], limit: int) -> list[int]:
        """Find the last log indexes granted to any of some audiences, in descending order."""
        found: set[int] = set()
        for audience in audiences:  # each by its own end of the key, and not a sort of all of them
            chosen = select(GRANT.c.log_index).where(GRANT.c.audience == audience)
            found.update(self._session.execute(chosen.order_by(GRANT.c.log_index.desc()).limit(limit)).scalars())
        return sorted(found, reverse=True)[:limit]

    def causes(self, indexes: Collection[int]) -> dict[tuple[int, int], int]:
        """Read the cause of every grant to some records, by log index and audience."""
        chosen = select(GRANT.c.log_index, GRANT.c.audience, GRANT.c.cause).where(
            one_of(GRANT.c.log_index, sorted(indexes))
        )
        return {(row.log_index, row.audience): row.cause for row in self._session.execute(chosen)} if indexes else {}

    def set_cause(self, log_index: int, audience: int, cause: int) -> None:
        """Say another reason for a grant; it keeps its number, so that it is delivered once."""
        here = (GRANT.c.log_index == log_index, GRANT.c.audience == audience)
        self._session.execute(update(GRANT).where(*here).values(cause=cause))

    def take_back(self, log_index: int, audience: int) -> None:
        """Turn a grant that was never due into one to nobody; it keeps its number, since numbers have no gap."""
        here = (GRANT.c.log_index == log_index, GRANT.c.audience == audience)
        self._session.execute(update(GRANT).where(*here).values(audience=NOBODY - GRANT.c.grant_no))

    def records(self, indexes: Collection[int]) -> dict[int, SharedRecord]:
        """Read what a delivery says of records, by log index; the caller delivers each to grantees alone."""
        chosen = (
            select(
                RECORD.c.log_index,
                RECORD.c.kind,
                RECORD.c.sha256,
                RECORD.c.stored_at,
                MEMBER.c.uri,
                EVENT.c.event_id,
                RECORD.c.body,
            )
            .select_from(
                RECORD.outerjoin(EVENT, EVENT.c.log_index == RECORD.c.log_index).outerjoin(
                    MEMBER, MEMBER.c.id == RECORD.c.member_id
                )
            )
            .where(one_of(RECORD.c.log_index, sorted(indexes)))
        )
        rows = self._session.execute(chosen)
        return {row[0]: SharedRecord(row[0], KINDS_BY_CODE[row[1]], *row[2:]) for row in rows}

    def _read(self, chosen: Select[tuple[int, ...]], limit: int) -> list[GrantRow]:
        rows = self._session.execute(chosen.order_by(GRANT.c.grant_no).limit(limit))
        return [GrantRow(*row) for row in rows]
