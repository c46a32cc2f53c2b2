"""What the records speak of that some audiences were granted, in the order in which they were first shown it.

No contents: words, and keys of objects and places. Grants are numbered when they are given, and none is inserted
between two others: a walk in their order neither skips nor repeats, whatever is written or granted meanwhile. What a
mandate shows, and the public fields of a view, are not among it: each is found through the events.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, not_, select
from sqlmodel import Session

from filiere_platform.domain.audience import NOBODY
from filiere_platform.domain.collection import STATED_OBJECTS
from filiere_platform.domain.record import Role
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EDGE, EVENT, GRANT, NODE
from filiere_platform.store.tables_erasure import ERASURE

WORD_COLUMNS: Final = {"bizSteps": EVENT.c.biz_step, "dispositions": EVENT.c.disposition}


class CollectionStore:
    """Reads what the granted records of some audiences speak of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def changes(self) -> tuple[int, int]:
        """Give what changes whenever something that was shown is shown no longer."""
        erased = select(func.coalesce(func.max(ERASURE.c.entry_index), -1)).scalar_subquery()
        taken_back = select(func.count()).select_from(GRANT).where(GRANT.c.audience < NOBODY).scalar_subquery()
        row = self._session.execute(select(erased, taken_back)).one()
        return int(row[0]), int(row[1])

    def words(self, collection: str, audiences: Sequence[int], after: int, to: int) -> list[tuple[str, int]]:
        """Give the words of a collection in records of the grants after one number and up to another.

        With each, how many records say it, the one that was shown first before the others.
        """
        word = WORD_COLUMNS[collection]
        chosen = (
            select(word, func.count())
            .select_from(GRANT.join(EVENT, EVENT.c.log_index == GRANT.c.log_index))
            .where(*_between(audiences, after, to), word.is_not(None))
            .group_by(word)
            .order_by(func.min(GRANT.c.grant_no), word)
        )
        return [(row[0], row[1]) for row in self._session.execute(chosen)]

    def places(self, role: Role, audiences: Sequence[int], after: int, to: int) -> list[tuple[str, int]]:
        """Give the keys of the places that records have in a role, as `words` gives words."""
        found = (
            select(EDGE.c.node_id, func.count().label("records"), func.min(GRANT.c.grant_no).label("first"))
            .select_from(GRANT.join(EDGE, EDGE.c.log_index == GRANT.c.log_index))
            .where(*_between(audiences, after, to), EDGE.c.role == role)
            .group_by(EDGE.c.node_id)
            .subquery()
        )
        chosen = (
            select(NODE.c.key, found.c.records)
            .join_from(found, NODE, NODE.c.node_id == found.c.node_id)
            .order_by(found.c.first, NODE.c.key)
        )
        return [(row[0], row[1]) for row in self._session.execute(chosen)]

    def ends(self, indexes: Collection[int], limit: int) -> list[tuple[int, int, int]]:
        """Give (log index, ordinal, node) of the objects that records state, at most so many."""
        chosen = (
            select(EDGE.c.log_index, EDGE.c.ordinal, EDGE.c.node_id)
            .where(one_of(EDGE.c.log_index, sorted(indexes)), one_of(EDGE.c.role, sorted(STATED_OBJECTS)))
            .order_by(EDGE.c.log_index, EDGE.c.ordinal)
            .limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in self._session.execute(chosen)]

    def keys_not_shown(self, nodes: Iterable[int], audiences: Sequence[int], before: int) -> dict[int, str]:
        """Give the keys of those of some objects that no grant before a number shows."""
        shown = exists().where(
            EDGE.c.node_id == NODE.c.node_id,
            one_of(EDGE.c.role, sorted(STATED_OBJECTS)),
            GRANT.c.log_index == EDGE.c.log_index,
            one_of(GRANT.c.audience, audiences),
            GRANT.c.grant_no < before,
        )
        chosen = select(NODE.c.node_id, NODE.c.key).where(one_of(NODE.c.node_id, sorted(nodes)), not_(shown))
        return {row[0]: row[1] for row in self._session.execute(chosen)}


def _between(audiences: Sequence[int], after: int, to: int) -> tuple[ColumnElement[Any], ...]:
    return one_of(GRANT.c.audience, audiences), GRANT.c.grant_no > after, GRANT.c.grant_no <= to
