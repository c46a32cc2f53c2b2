"""Objects, parties and places by key and by number. What happened to them is the gate's to tell."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session

from filiere_platform.domain.record import NodeRow
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import NODE


class NodeStore:
    """Looks nodes up."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ids(self, keys: Collection[str]) -> dict[str, int]:
        """Give the ids of canonical keys; those that nobody ever mentioned are left out."""
        found = self._session.execute(select(NODE.c.key, NODE.c.node_id).where(one_of(NODE.c.key, keys)))
        return {row.key: row.node_id for row in found}

    def names(self, node_ids: Collection[int]) -> dict[int, tuple[str, int]]:
        """Give keys and kinds of very many nodes, by id."""
        found = self._session.execute(
            select(NODE.c.node_id, NODE.c.key, NODE.c.kind).where(one_of(NODE.c.node_id, node_ids))
        )
        return {node_id: (key, kind) for node_id, key, kind in found.all()}

    def read(self, node_ids: Collection[int]) -> dict[int, NodeRow]:
        """Give the nodes of some ids."""
        found = self._session.execute(
            select(NODE.c.node_id, NODE.c.key, NODE.c.kind).where(one_of(NODE.c.node_id, node_ids))
        )
        return {row.node_id: NodeRow(*row) for row in found}
