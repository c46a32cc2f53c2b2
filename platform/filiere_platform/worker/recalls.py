"""The worker that widens recalls that are under way by what is stored later, and warns whom that concerns."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.standing import State
from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.links import LinksMoved
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.usecases.recall import recalls_behind, update_sent_recall
from filiere_platform.worker.following import follow_log

LEADERSHIP: Final = "recalls"
PAUSE: Final = 2.0  # seconds: a scope is a trace

log = logging.getLogger(__name__)


class RecallFollower:
    """Looks at recalls as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self, units: UnitsOfWork, leadership: Leadership, clock: Callable[[], int], signer: ActSigner | None
    ) -> None:
        """Build a follower; without a signer it widens nothing."""
        self._units = units
        self._leadership = leadership
        self._clock = clock
        self._signer = signer

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self.follow,
            pause=PAUSE,
            moved=LinksMoved,
        )

    def follow(self) -> bool:
        """Look once at every recall that is older than the log, each in a commit of its own; there is never more to do.

        One whose scope cannot be derived is told loudly, and keeps nobody else's from being widened.
        """
        if self._signer is None:
            return True
        with self._units.unit_of_work() as uow:
            behind = recalls_behind(uow) if uow.standing.read().state is State.OPEN else []
        for recall in behind:
            try:
                with self._units.unit_of_work() as uow:
                    update_sent_recall(uow, recall, signer=self._signer, now=self._clock())
            except (StoreUnavailable, RowsRefused):
                raise
            except Exception:
                log.exception("recalls.update_failed", extra={"recall": recall.id})
        return True
