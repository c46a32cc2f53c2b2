"""Whom owners named afterwards, record by record: what a grant rests on that no event tells."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session

from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables_sharing import GIVEN_ACCESS, GivenAccessTable


class GivenAccessStore:
    """Keeps who was named; nothing is ever taken back."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, indexes: Collection[int], member_id: int, now: int) -> None:
        """Keep that a member was named for some records; what is there already stays."""
        known = {index for index, member in self.of(indexes) if member == member_id}
        self._session.add_all(
            [
                GivenAccessTable(log_index=index, member_id=member_id, given_at=now)
                for index in sorted(set(indexes) - known)
            ]
        )
        self._session.flush()

    def of(self, indexes: Collection[int]) -> list[tuple[int, int]]:
        """Read which members were named for which of some records."""
        chosen = select(GIVEN_ACCESS.c.log_index, GIVEN_ACCESS.c.member_id).where(
            one_of(GIVEN_ACCESS.c.log_index, sorted(indexes))
        )
        return [(row.log_index, row.member_id) for row in self._session.execute(chosen)] if indexes else []
