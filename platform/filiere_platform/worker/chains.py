"""The worker that follows keys' chains: one process leads and reads the log as it grows; nothing waits for it."""

from __future__ import annotations

import threading

from filiere_platform.usecases.chains import ROUND, ChainsMoved, Round, forget_chains, keep_round, read_round
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.worker.following import PAUSE, follow_log

LEADERSHIP = "chains"


class ChainFollower:
    """Follows chains as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        grace: int,
        pause: float = PAUSE,
        limit: int = ROUND,
    ) -> None:
        """Build a follower; `grace` is in microseconds, `pause` in seconds, `limit` in records of one commit."""
        self._units = units
        self._leadership = leadership
        self._grace = grace
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
            moved=ChainsMoved,
        )

    def catch_up(self, *, afresh: bool = False) -> int | None:
        """Follow everything that is stored, from the first record on if asked; None where another process leads.

        Gives how many log indexes are followed then.

        Afresh, what was kept is forgotten in a commit of its own: whoever reads meanwhile sees less than there is,
        never something else, and a crash leaves the rest to the worker.

        Raises:
            StoreUnavailable: the database is away.
        """
        with self._leadership(LEADERSHIP) as leads:
            if not leads:
                return None
            if afresh:
                with self._units.unit_of_work() as uow:
                    forget_chains(uow)
            followed = self._follow()
            while not followed.is_last:
                followed = self._follow()
            return followed.stop

    def _follow(self) -> Round:
        with self._units.unit_of_work() as uow:
            found = read_round(uow, limit=self._limit)
        if not found.is_empty:
            with self._units.unit_of_work() as uow:
                keep_round(uow, found, grace=self._grace)
        return found
