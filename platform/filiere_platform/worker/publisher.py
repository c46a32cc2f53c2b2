"""The publisher: one process leads, and signs a checkpoint over what was stored since the last one, at a pace.

A publisher that finds the database in contradiction with what was signed refuses: it says so loudly, keeps looking,
and signs again by itself only once the contradiction is gone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.publication import KnownHead
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.closing import close_if_refused
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import Leadership, Leading, UnitsOfWork
from filiere_platform.usecases.publish import HeadMoved, Published, Signer, SigningRefused, gather, publish
from filiere_platform.usecases.resume import resume
from filiere_platform.usecases.statements import StatementFiles, read_statements
from filiere_platform.usecases.witnessing import Unwitnessed
from filiere_schemas.problems import Refusal

log = logging.getLogger(__name__)

LEADERSHIP = "publisher"
# Seconds until a publisher that does not lead, cannot work or refuses to sign looks again.
STANDBY_PAUSE = 2.0
FAILURE_PAUSE = 1.0
REFUSAL_PAUSE = 5.0


class PublisherState(StrEnum):
    """What the publisher of this process is doing."""

    STANDBY = "standby"  # another process leads
    PUBLISHING = "publishing"
    REFUSING = "refusing"  # the database contradicts what was signed
    UNWITNESSED = "unwitnessed"  # too few witnesses have cosigned
    WAITING = "waiting"  # the database or the disk is away


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherStatus:
    """The publisher's state and the size it has published, None before the first look."""

    state: PublisherState
    size: int | None


def nobody_else() -> Sequence[KnownHead]:
    """Give the heads that others keep: none."""
    return ()


class Publisher:
    """Publishes the log as long as it runs and leads; `run` is a thread's body, `run_once` a command's."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        files: LogFiles,
        signer: Callable[[], Signer],
        pause: float,
        clock: Callable[[], datetime],
        statements: StatementFiles | None = None,
        known_heads: Callable[[], Sequence[KnownHead]] = nobody_else,
    ) -> None:
        """Build a publisher.

        Args:
            units: the records.
            leadership: who publishes of all processes.
            files: where to.
            signer: gives the log's name and key; asked before every run, since a key may be followed by another.
            pause: seconds between the end of a run and the beginning of the next.
            clock: the time.
            statements: where a restore looks for those that its database has lost; None keeps none.
            known_heads: asked before every run for the greatest heads of this log that others have kept, such as
                witnesses. Where they have changed, what is stored is compared with them before anything is signed.
        """
        self._statements = statements
        self._units = units
        self._leadership = leadership
        self._files = files
        self._signer = signer
        self._pause = pause
        self._clock = clock
        self._known_heads = known_heads
        self._known: tuple[KnownHead, ...] = ()
        self._last: Published | None = None
        self.status = PublisherStatus(state=PublisherState.STANDBY, size=None)

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop; what is stored by then is published first."""
        while not stop.is_set():
            try:
                with self._leadership(LEADERSHIP) as leads:
                    if leads:
                        # Whoever led before may be stopped, and still hold the files.
                        with self._files.exclusive(take_over=True):
                            self._lead(stop, leads)
                        continue
                self._become(PublisherState.STANDBY)
                stop.wait(STANDBY_PAUSE)
            except (StoreUnavailable, HeadMoved, OSError) as error:
                # Leadership is asked for anew: it may have gone with the connection.
                log.warning("publisher_waits", extra={"reason": str(error) or type(error).__name__})
                self._wait_out(stop)
            except Exception:
                # A publisher that ended would be noticed by its lag alone; one that goes on is heard, and may recover.
                log.exception("publisher_failed")
                self._wait_out(stop)

    def run_once(self) -> Published | None:
        """Publish everything stored so far; None where another process leads, which then does.

        Raises:
            SigningRefused: the database contradicts what was signed.
            Unwitnessed: too few witnesses have cosigned.
            StoreUnavailable: the database is away.
            HeadMoved: another process signed meanwhile, although this one led.
            OSError: the files cannot be written.
        """
        with self._leadership(LEADERSHIP) as leads:
            if not leads:
                return None
            with self._files.exclusive(take_over=True):
                self._last = None
                published = self._publish()
                while published.seen is None:
                    published = self._publish()
                return published

    def _lead(self, stop: threading.Event, leads: Leading) -> None:
        self._last = None  # whoever led before may have published since
        while leads:
            stopping = stop.is_set()
            try:
                published = self._publish()
            except SigningRefused:
                pause = REFUSAL_PAUSE
            except Unwitnessed:
                pause = FAILURE_PAUSE
            else:
                # A run takes a bounded number of entries: after a long absence the next one follows at once.
                pause = self._pause if published.seen is not None else 0.0
            if stopping:
                return
            stop.wait(pause)

    def _publish(self) -> Published:
        last, self._last = self._last, None  # forgotten unless this run succeeds
        signer = self._signer()
        try:
            known = tuple(self._known_heads())
            with self._units.unit_of_work() as unit:
                if last is None or known != self._known:
                    last = resume(unit.log, self._files, signer, known)
                    self._known = known
                gathered = gather(unit.log, last, signer)
                entries = gathered.entries if gathered is not None else ()
                kept = read_statements(unit, entries, last.size) if self._statements is not None else []
            if self._statements is not None:
                self._statements.keep(kept)
            if gathered is not None:
                last = publish(gathered, last, self._files, signer)
        except SigningRefused as refusal:
            self._report(refusal)
            self.status = PublisherStatus(state=PublisherState.REFUSING, size=None)
            with contextlib.suppress(StoreUnavailable):  # such as a standby's, which stores nothing in any case
                close_if_refused(self._units, self._files, refusal, now=microseconds(self._clock()))
            raise
        except Unwitnessed as refusal:
            self._report(refusal)
            self.status = PublisherStatus(state=PublisherState.UNWITNESSED, size=None)
            raise
        self._last = last
        self._become(PublisherState.PUBLISHING)
        return last

    def _wait_out(self, stop: threading.Event) -> None:
        self._become(PublisherState.WAITING)
        stop.wait(FAILURE_PAUSE)

    def _become(self, state: PublisherState) -> None:
        if state is PublisherState.PUBLISHING and self._files.read_refusal() is not None:
            self._files.write_refusal(None)
            log.warning("publisher_signs_again")
        self.status = PublisherStatus(state=state, size=self._last.size if self._last else None)

    def _report(self, refusal: Refusal) -> None:
        """Say it loudly, and leave word for the processes that only serve; when it began stays as it was."""
        problems = {"problems": [p.message("en") for p in refusal.problems]}
        if isinstance(refusal, SigningRefused):
            log.error("publisher_refuses_to_sign", extra=problems)
        else:
            log.warning("publisher_waits_for_witnesses", extra=problems)
        known = json.loads(self._files.read_refusal() or b"{}")
        problem = refusal.problems[0]
        report = {"code": problem.code, "fr": problem.message("fr"), "en": problem.message("en")}
        if {name: known.get(name) for name in report} != report:
            report["since"] = known.get("since") or self._clock().isoformat()
            self._files.write_refusal(json.dumps(report, ensure_ascii=False, indent=1).encode())
