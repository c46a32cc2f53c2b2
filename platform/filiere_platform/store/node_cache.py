"""The ids of nodes seen lately: most events speak of places, parties and lots that the last ones spoke of."""

from __future__ import annotations

from collections.abc import Collection, Mapping

CAPACITY = 200_000  # keys; about 40 MB at most


class NodeCache:
    """Committed node ids by canonical key; an entry never changes, so any number of threads may share one.

    Only what a commit confirmed enters it: a rolled-back group leaves nothing to clear. Old keys go by generation:
    when the young one is full it becomes the old one, and what is asked for again moves back.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._half = max(1, capacity // 2)
        self._young: dict[str, int] = {}
        self._old: dict[str, int] = {}

    def known(self, keys: Collection[str]) -> dict[str, int]:
        """Look up keys; those that are absent have to be asked for."""
        young, old = self._young, self._old
        found = {}
        for key in keys:
            node_id = young.get(key)
            if node_id is None:
                node_id = old.get(key)
                if node_id is None:
                    continue
                young[key] = node_id
            found[key] = node_id
        return found

    def remember(self, ids: Mapping[str, int]) -> None:
        """Keep ids that the database has confirmed."""
        self._young.update(ids)
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
