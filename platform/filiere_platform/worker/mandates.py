"""The worker that turns mandates into grants: one process leads, reads the log as it grows, stops with each mandate."""

from __future__ import annotations

import threading
from collections.abc import Callable

from filiere_platform.usecases.mandate_grants import (
    PIECE,
    SPAN,
    MandateRound,
    MandatesMoved,
    keep_piece,
    read_mandates,
)
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.worker.following import PAUSE, follow_log

LEADERSHIP = "mandates"


class MandateFollower:
    """Grants what mandates cover as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        clock: Callable[[], int],
        pause: float = PAUSE,
        span: int = SPAN,
        piece: int = PIECE,
    ) -> None:
        """Build a follower; `pause` is in seconds, `span` in log indexes of a round, `piece` in grants of a commit."""
        self._units = units
        self._leadership = leadership
        self._clock = clock
        self._pause = pause
        self._span = span
        self._piece = piece

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=lambda: self._follow().is_last,
            pause=self._pause,
            moved=MandatesMoved,
        )

    def catch_up(self) -> bool:
        """Grant everything that mandates in force cover by now; False where another process leads.

        Raises:
            StoreUnavailable: the database is away.
        """
        with self._leadership(LEADERSHIP) as leads:
            if not leads:
                return False
            while not self._follow().is_last:
                pass
            return True

    def _follow(self) -> MandateRound:
        with self._units.unit_of_work() as uow:
            found = read_mandates(uow, now=self._clock(), span=self._span, piece=self._piece)
        for piece in found.pieces:
            with self._units.unit_of_work() as uow:
                keep_piece(uow, piece)
        return found
