"""The worker that extends grants: one process leads and reads the log as it grows."""

from __future__ import annotations

import logging
import threading

from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.links import ROUND, LinksMoved, Round, keep_round, read_round
from filiere_platform.usecases.ports import Leadership, Leading, UnitsOfWork

log = logging.getLogger(__name__)

LEADERSHIP = "links"
# Seconds until the worker looks again: for new records, for leadership, after a failure.
PAUSE = 1.0
STANDBY_PAUSE = 2.0
FAILURE_PAUSE = 2.0


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
        while not stop.is_set():
            try:
                with self._leadership(LEADERSHIP) as leads:
                    self._lead(stop, leads)
                stop.wait(STANDBY_PAUSE)
            except (StoreUnavailable, RowsRefused, LinksMoved) as error:
                log.warning("links_wait", extra={"reason": str(error) or type(error).__name__})
                stop.wait(FAILURE_PAUSE)
            except Exception:
                # A follower that ended would be missed by nobody until somebody is not shown what he is entitled to.
                log.exception("links_failed")
                stop.wait(FAILURE_PAUSE)

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

    def _lead(self, stop: threading.Event, leads: Leading) -> None:
        while leads and not stop.is_set():
            if self._follow().is_last:
                stop.wait(self._pause)

    def _follow(self) -> Round:
        with self._units.unit_of_work() as uow:
            found = read_round(uow, limit=self._limit)
        if not found.is_empty:
            with self._units.unit_of_work() as uow:
                keep_round(uow, found)
        return found
