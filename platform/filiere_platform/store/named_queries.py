"""Named queries, each under its member's name for it."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, insert, select
from sqlmodel import Session

from filiere_platform.domain.named_query import NamedQuery
from filiere_platform.store.tables_subscription import NAMED_QUERY

_Q = NAMED_QUERY.c


class NamedQueryStore:
    """Keeps named queries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, query: NamedQuery) -> None:
        """Keep a new one.

        Raises:
            RowsRefused: the member has one of this name (`uq_named_query_name`).
        """
        values = {"id": query.id, "member_id": query.member_id, "name": query.name, "made_at": query.made_at}
        self._session.execute(insert(NAMED_QUERY).values(**values, query=orjson.dumps(query.query).decode()))

    def named(self, name: str, *, member_id: int) -> NamedQuery | None:
        """Find a member's query by its name."""
        return next(iter(self._read(_Q.member_id == member_id, _Q.name == name)), None)

    def by_id(self, query_id: str) -> NamedQuery | None:
        """Find one by its id, whoever's it is."""
        return next(iter(self._read(_Q.id == query_id)), None)

    def of_member(self, member_id: int, *, after: str = "", limit: int | None = None) -> list[NamedQuery]:
        """List a member's behind a name, in the order of their names."""
        return self._read(_Q.member_id == member_id, _Q.name > after, limit=limit)

    def remove(self, query_id: str) -> None:
        """Forget one that nothing subscribes to."""
        self._session.execute(delete(NAMED_QUERY).where(_Q.id == query_id))

    def _read(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[NamedQuery]:
        chosen = select(NAMED_QUERY).where(*conditions).order_by(_Q.name).limit(limit)
        return [_query(row) for row in self._session.execute(chosen).mappings()]


def _query(row: Any) -> NamedQuery:
    return NamedQuery(**{**row, "query": orjson.loads(row["query"])})
