"""Requests for access, and what members say of being named behind sealed nodes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import Session

from filiere_platform.domain.access_request import AccessRequest, AccessState
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables_sharing import ACCESS_REQUEST, NAMED_MEMBER, AccessRequestTable, NamedMemberTable

_NAMES = tuple(AccessRequest.__dataclass_fields__)
_COLUMNS = [ACCESS_REQUEST.c[name] for name in _NAMES]


class AccessRequestStore:
    """Keeps requests; answers are given once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, request: AccessRequest) -> None:
        """Keep a request.

        Raises:
            RowsRefused: the member asked for this record before (`uq_access_request_asker_id`).
        """
        self._session.add(AccessRequestTable(**{name: getattr(request, name) for name in _NAMES}))
        self._session.flush()

    def by_id(self, request_id: str) -> AccessRequest | None:
        """Find a request."""
        found = self._read(ACCESS_REQUEST.c.id == request_id)
        return found[0] if found else None

    def of_asker(self, asker_id: int, log_index: int) -> AccessRequest | None:
        """Find what a member asked about a record."""
        found = self._read(ACCESS_REQUEST.c.asker_id == asker_id, ACCESS_REQUEST.c.log_index == log_index)
        return found[0] if found else None

    def asked_by(self, member_id: int, *, limit: int) -> list[AccessRequest]:
        """Read a member's own requests, the newest first."""
        return self._read(ACCESS_REQUEST.c.asker_id == member_id, limit=limit)

    def asked_of(self, member_id: int, *, limit: int) -> list[AccessRequest]:
        """Read the requests for a member's records, the newest first."""
        return self._read(ACCESS_REQUEST.c.owner_id == member_id, limit=limit)

    def answer(self, request_id: str, state: AccessState, now: int) -> bool:
        """Answer an open request; False where it is answered already."""
        open_one = (ACCESS_REQUEST.c.id == request_id, ACCESS_REQUEST.c.state == AccessState.OPEN.value)
        changed = (
            update(ACCESS_REQUEST)
            .where(*open_one)
            .values(state=state.value, answered_at=now)
            .returning(ACCESS_REQUEST.c.id)
        )
        return self._session.execute(changed).first() is not None

    def granted(self, indexes: Collection[int]) -> list[tuple[int, int]]:
        """Read which members were granted access to which of some records."""
        chosen = select(ACCESS_REQUEST.c.log_index, ACCESS_REQUEST.c.asker_id).where(
            one_of(ACCESS_REQUEST.c.log_index, sorted(indexes)), ACCESS_REQUEST.c.state == AccessState.GRANTED.value
        )
        rows = self._session.execute(chosen) if indexes else ()
        return [(log_index, asker_id) for log_index, asker_id in rows]

    def set_named(self, member_id: int, *, is_named: bool | None) -> None:
        """Keep what a member says of being named; None: nothing."""
        here = NAMED_MEMBER.c.member_id == member_id
        if is_named is None:
            self._session.execute(delete(NAMED_MEMBER).where(here))
            return
        changed = update(NAMED_MEMBER).where(here).values(is_named=is_named).returning(NAMED_MEMBER.c.member_id)
        if self._session.execute(changed).first() is None:
            self._session.add(NamedMemberTable(member_id=member_id, is_named=is_named))
            self._session.flush()

    def named(self, members: Collection[int]) -> dict[int, bool]:
        """Read what some members say of being named; who says nothing is left out."""
        chosen = select(NAMED_MEMBER.c.member_id, NAMED_MEMBER.c.is_named).where(
            one_of(NAMED_MEMBER.c.member_id, sorted(members))
        )
        return {row.member_id: row.is_named for row in self._session.execute(chosen)} if members else {}

    def _read(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[AccessRequest]:
        newest = (ACCESS_REQUEST.c.asked_at.desc(), ACCESS_REQUEST.c.id)
        rows: Any = self._session.execute(select(*_COLUMNS).where(*conditions).order_by(*newest).limit(limit))
        return [AccessRequest(**{**row, "state": AccessState(row["state"])}) for row in rows.mappings()]
