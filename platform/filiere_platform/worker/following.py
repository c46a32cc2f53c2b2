"""What every follower of the log does: lead while nobody else does, keep round after round, wait out what is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.ports import Leadership, Leading

log = logging.getLogger(__name__)

# Seconds until a follower looks again: for new records, for leadership, after a failure.
PAUSE = 1.0
STANDBY_PAUSE = 2.0
FAILURE_PAUSE = 2.0


def follow_log(
    stop: threading.Event,
    *,
    name: str,
    leadership: Leadership,
    keep_round: Callable[[], bool],
    pause: float,
    moved: type[Exception],
) -> None:
    """Follow the log under a name of which one process leads, until told to stop.

    `keep_round` keeps the next round and says whether it was the last that there is; `moved` is what it raises where
    somebody else has followed meanwhile. `pause` is in seconds.
    """
    while not stop.is_set():
        try:
            with leadership(name) as leads:
                _lead(stop, leads, keep_round, pause)
            stop.wait(STANDBY_PAUSE)
        except (StoreUnavailable, RowsRefused, moved) as error:
            log.warning("follower_waits", extra={"follower": name, "reason": str(error) or type(error).__name__})
            stop.wait(FAILURE_PAUSE)
        except Exception:
            # A follower that ended would be missed by nobody until what it tells is missed; one that goes on is heard.
            log.exception("follower_failed", extra={"follower": name})
            stop.wait(FAILURE_PAUSE)


def _lead(stop: threading.Event, leads: Leading, keep_round: Callable[[], bool], pause: float) -> None:
    while leads and not stop.is_set():
        if keep_round():
            stop.wait(pause)
