"""The worker that looks for declarations under identifiers of others: one process leads; nothing waits for it."""

from __future__ import annotations

import threading

from filiere_platform.usecases.ownership import (
    ROUND,
    OwnershipMoved,
    keep_ownership_round,
    read_ownership_round,
)
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.worker.following import PAUSE, follow_log

LEADERSHIP = "ownership"


class OwnershipFollower:
    """Follows the log as long as it runs and leads; `run` is a thread's body."""

    def __init__(self, *, units: UnitsOfWork, leadership: Leadership, pause: float = PAUSE, limit: int = ROUND) -> None:
        """Build a follower; `pause` is in seconds, `limit` in log indexes of one commit."""
        self._units = units
        self._leadership = leadership
        self._pause = pause
        self._limit = limit

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self.follow,
            pause=self._pause,
            moved=OwnershipMoved,
        )

    def follow(self) -> bool:
        """Keep one round; gives whether everything that is stored was followed."""
        with self._units.unit_of_work() as uow:
            found = read_ownership_round(uow, limit=self._limit)
        if found.stop > found.after:
            with self._units.unit_of_work() as uow:
                keep_ownership_round(uow, found)
        return found.is_last
