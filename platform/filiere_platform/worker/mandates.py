"""The worker that turns mandates into grants: one process leads, reads the log as it grows, stops with each mandate."""

from __future__ import annotations

import threading
from collections.abc import Callable

from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.standing import State
from filiere_platform.usecases.looks import state_looks
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
LOOK_AGAIN = 60_000_000  # microseconds


class MandateFollower:
    """Grants what mandates cover as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        clock: Callable[[], int],
        signer: ActSigner | None = None,
        pause: float = PAUSE,
        span: int = SPAN,
        piece: int = PIECE,
    ) -> None:
        """Build a follower; `pause` is in seconds, `span` in log indexes of a round, `piece` in grants of a commit.

        Without a signer it states no looks in the log.
        """
        self._units = units
        self._leadership = leadership
        self._clock = clock
        self._signer = signer
        self._pause = pause
        self._span = span
        self._piece = piece
        self._state_at = 0  # when it is asked again whose looks are to be stated

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self._round,
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
            while not self.follow().is_last:
                pass
            return True

    def state(self) -> int:
        """Sign what has been written down of looks since it was last done, for each member; gives for how many."""
        if self._signer is None:
            return 0
        with self._units.unit_of_work() as uow:
            if uow.standing.read().state is not State.OPEN:
                return 0
            return state_looks(uow, signer=self._signer, now=self._clock())

    def _round(self) -> bool:
        is_last = self.follow().is_last
        if is_last and self._clock() >= self._state_at:
            self.state()
            self._state_at = self._clock() + LOOK_AGAIN
        return is_last

    def follow(self) -> MandateRound:
        """Grant one round."""
        with self._units.unit_of_work() as uow:
            found = read_mandates(uow, now=self._clock(), span=self._span, piece=self._piece)
        for piece in found.pieces:
            with self._units.unit_of_work() as uow:
                keep_piece(uow, piece)
        return found
