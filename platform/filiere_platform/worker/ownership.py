"""The worker that looks for declarations under identifiers of others: one process leads; nothing waits for it."""

from __future__ import annotations

import logging
import threading

from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.ownership import (
    ROUND,
    OwnershipMoved,
    keep_ownership_round,
    read_ownership_round,
)
from filiere_platform.usecases.ports import Leadership, Leading, UnitsOfWork

log = logging.getLogger(__name__)

LEADERSHIP = "ownership"
# Seconds until the worker looks again: for new records, for leadership, after a failure.
PAUSE = 1.0
STANDBY_PAUSE = 2.0
FAILURE_PAUSE = 2.0


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
        while not stop.is_set():
            try:
                with self._leadership(LEADERSHIP) as leads:
                    self._lead(stop, leads)
                stop.wait(STANDBY_PAUSE)
            except (StoreUnavailable, RowsRefused, OwnershipMoved) as error:
                log.warning("ownership_waits", extra={"reason": str(error) or type(error).__name__})
                stop.wait(FAILURE_PAUSE)
            except Exception:
                # A follower that ended would be missed by nobody; one that goes on is heard.
                log.exception("ownership_failed")
                stop.wait(FAILURE_PAUSE)

    def follow(self) -> bool:
        """Keep one round; gives whether everything that is stored was followed."""
        with self._units.unit_of_work() as uow:
            found = read_ownership_round(uow, limit=self._limit)
        if found.stop > found.after:
            with self._units.unit_of_work() as uow:
                keep_ownership_round(uow, found)
        return found.is_last

    def _lead(self, stop: threading.Event, leads: Leading) -> None:
        while leads and not stop.is_set():
            if self.follow():
                stop.wait(self._pause)
