"""The worker that extends grants: one process leads and reads the log as it grows."""

from __future__ import annotations

import threading

from filiere_platform.usecases.links import ROUND, LinksMoved, Round, keep_round, read_round
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.worker.following import PAUSE, follow_log

LEADERSHIP = "links"


class LinkFollower:
    """Extends grants as long as it runs and leads; `run` is a thread's body."""

    def __init__(self, *, units: UnitsOfWork, leadership: Leadership, pause: float = PAUSE, limit: int = ROUND) -> None:
        """Build a follower; `pause` is in seconds, `limit` in records of one commit."""
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
            keep_round=lambda: self._follow().is_last,
            pause=self._pause,
            moved=LinksMoved,
        )

    def catch_up(self) -> int | None:
        """Follow everything that is stored; gives how many log indexes are followed then, None where another leads.

        Raises:
            StoreUnavailable: the database is away.
        """
        with self._leadership(LEADERSHIP) as leads:
            if not leads:
                return None
            followed = self._follow()
            while not followed.is_last:
                followed = self._follow()
            return followed.stop

    def _follow(self) -> Round:
        with self._units.unit_of_work() as uow:
            found = read_round(uow, limit=self._limit)
        if not found.is_empty:
            with self._units.unit_of_work() as uow:
                keep_round(uow, found)
        return found
