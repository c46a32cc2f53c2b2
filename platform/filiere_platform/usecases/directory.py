"""The members, keys and tokens of the instance, kept in memory and never trusted for longer than they are true.

Capture decides with a snapshot and learns under the log head's lock whether it was current: a suspension or a
revocation takes effect with the next commit, in every process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from filiere_platform.domain.member import Directory
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_schemas.problems import Refusal

Answer = TypeVar("Answer")


class DirectoryChanged(Exception):  # noqa: N818 - a state of the world: decide again with the new one
    """The snapshot that a group was decided with is no longer the current one."""


class DirectoryCache:
    """A snapshot of the directory, reloaded when it is known or suspected to be old. Safe for any thread."""

    def __init__(self, load: Callable[[], Directory], read_version: Callable[[], int]) -> None:
        self._load = load
        self._read_version = read_version
        self._lock = threading.Lock()
        self._snapshot: Directory | None = None

    @property
    def loaded(self) -> Directory | None:
        """The latest snapshot that was loaded, if any was; never waits."""
        return self._snapshot

    def snapshot(self) -> Directory:
        """The latest snapshot that was loaded; capture checks its version under the lock."""
        snapshot = self._snapshot
        return snapshot if snapshot is not None else self.current()

    def current(self) -> Directory:
        """A snapshot that was current during this call; costs one small query."""
        version = self._read_version()
        with self._lock:
            if self._snapshot is None or self._snapshot.version != version:
                self._snapshot = self._load()
            return self._snapshot

    def decide(self, decision: Callable[[Directory], Answer]) -> Answer:
        """Decide with the latest snapshot; before refusing somebody, make sure that it was current.

        A member admitted a moment ago by another process must not be turned away for our old snapshot.

        Raises:
            Refusal: what the decision raised with a current snapshot.
        """
        snapshot = self.snapshot()
        try:
            return decision(snapshot)
        except Refusal:
            current = self.current()
            if current is snapshot:
                raise
        return decision(current)


def directory_of(units: UnitsOfWork) -> DirectoryCache:
    """Build the cache of a database's directory."""

    def load_version() -> int:
        with units.unit_of_work() as uow:
            return uow.log.head().directory_version

    def load() -> Directory:
        with units.unit_of_work() as uow:
            return uow.directory()

    return DirectoryCache(load, load_version)
