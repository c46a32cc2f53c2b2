"""Applies the sector's retention rules, or counts what they would erase: one process leads, once an hour.

An operator who never decided to erase must not find records erased: unless the setting says `apply`, this only reports.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.usecases.retention import Applied, apply_retention
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.sectors.retention import Retention

log = logging.getLogger(__name__)

LEADERSHIP = "retention"
PERIOD = 3_600.0  # seconds between two looks
STANDBY_PAUSE = 60.0  # seconds until a process that does not lead looks again


class Store(UnitsOfWork, Protocol):
    """The store, which can also bring what was erased out of its own logs."""

    def scrub(self) -> None:
        """Bring what was erased out of the database's logs."""


class RetentionKeeper:
    """Looks for what is due as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self,
        *,
        store: Store,
        leadership: Leadership,
        retention: Retention,
        receipt_key: SigningKey | None,
        origin: str,
        clock: Callable[[], int],
        period: float = PERIOD,
    ) -> None:
        """Build a keeper; without `receipt_key` it counts and erases nothing."""
        self._store = store
        self._leadership = leadership
        self._retention = retention
        self._receipt_key = receipt_key
        self._origin = origin
        self._clock = clock
        self._period = period

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop. Without rules there is nothing to do."""
        if not self._retention.rules:
            stop.wait()
        while not stop.is_set():
            try:
                with self._leadership(LEADERSHIP) as leads:
                    while leads and not stop.is_set():
                        self.run_once(lambda: bool(leads) and not stop.is_set())
                        stop.wait(self._period)
            except StoreUnavailable:
                log.warning("retention_waits_for_database")
            except Exception:
                log.exception("retention_failed")
            stop.wait(STANDBY_PAUSE)

    def run_once(self, may_go_on: Callable[[], bool] = lambda: True) -> Applied:
        """Look once; erase what is due, if a key was given."""
        applied = apply_retention(
            self._store,
            self._retention,
            receipt_key=self._receipt_key,
            origin=self._origin,
            clock=self._clock,
            may_go_on=may_go_on,
        )
        if applied.erased:
            self._store.scrub()
        if applied.due:
            log.info("retention_due", extra={"due": dict(applied.due), "erased": applied.erased})
        return applied
