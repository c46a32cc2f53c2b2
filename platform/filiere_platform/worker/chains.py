"""The worker that follows keys' chains: one process leads and reads the log as it grows; nothing waits for it."""

from __future__ import annotations

import logging
import threading

from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.chains import ROUND, ChainsMoved, Round, forget_chains, keep_round, read_round
from filiere_platform.usecases.ports import Leadership, Leading, UnitsOfWork

log = logging.getLogger(__name__)

LEADERSHIP = "chains"
# Seconds until the worker looks again: for new records, for leadership, after a failure.
PAUSE = 1.0
STANDBY_PAUSE = 2.0
FAILURE_PAUSE = 2.0


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
        while not stop.is_set():
            try:
                with self._leadership(LEADERSHIP) as leads:
                    self._lead(stop, leads)
                stop.wait(STANDBY_PAUSE)
            except (StoreUnavailable, RowsRefused, ChainsMoved) as error:
                log.warning("chains_wait", extra={"reason": str(error) or type(error).__name__})
                stop.wait(FAILURE_PAUSE)
            except Exception:
                # A follower that ended would be missed by nobody until a gap goes untold; one that goes on is heard.
                log.exception("chains_failed")
                stop.wait(FAILURE_PAUSE)

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

    def _lead(self, stop: threading.Event, leads: Leading) -> None:
        while leads and not stop.is_set():
            if self._follow().is_last:
                stop.wait(self._pause)

    def _follow(self) -> Round:
        with self._units.unit_of_work() as uow:
            found = read_round(uow, limit=self._limit)
        if not found.is_empty:
            with self._units.unit_of_work() as uow:
                keep_round(uow, found, grace=self._grace)
        return found
