"""Works off capture jobs, one at a time, in the order they were taken in; picks up what a crash left.

Running a job again is safe: an event's identity decides whether it is stored already.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from filiere_platform.domain import sentences
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.capture import Outcome
from filiere_platform.domain.job import CaptureJob
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.capture import AtomicRefusal, Clock, Intake
from filiere_platform.usecases.jobs import (
    elements_to_keep,
    fail_job,
    finish_job,
    judge_master_data,
    keep_portion,
    parcel_of,
)
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.worker.intake import Overloaded
from filiere_schemas.problems import Problem, Refusal

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # jobs of other processes, and those that a crash left
PORTION = 100  # elements of master data in one commit: nobody's record is stored meanwhile
PAUSE_SECONDS = 1.0  # after the database was away or the intake was full
LEADERSHIP = "jobs"


class JobRunner:
    """A thread that works off unfinished jobs while it leads; several processes share them by lock."""

    def __init__(
        self,
        units: UnitsOfWork,
        leadership: Leadership,
        intake: Intake,
        clock: Clock,
        signer: ActSigner,
    ) -> None:
        self._units = units
        self._leadership = leadership
        self._intake = intake
        self._clock = clock
        self._signer = signer
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Say that a job was taken in."""
        self._wake.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread after the job at hand."""
        self._stop.set()
        self._wake.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._leadership(LEADERSHIP) as leading:
                    while leading and not self._stop.is_set():
                        self._work_off()
                        self._wake.wait(POLL_SECONDS)
                        self._wake.clear()
            except StoreUnavailable:
                log.warning("jobs_wait_for_database")
            except Overloaded:
                log.info("jobs_wait_for_intake")
            except AlreadyExists:
                log.info("jobs_wait_for_master_data")  # which its member is changing elsewhere at this moment
            except Exception:
                log.exception("jobs_failed")
            self._stop.wait(PAUSE_SECONDS)

    def _work_off(self) -> None:
        while not self._stop.is_set():
            with self._units.unit_of_work() as uow:
                job = uow.jobs.next_unfinished()
            if job is None:
                return
            self.run(job)

    def run(self, job: CaptureJob) -> None:
        """Store the events of one job and say how it ended.

        A job was promised to be worked off when it was taken in: it is not the sender's to try again. But a job that
        fails for a reason of its own must not keep the others waiting for ever.

        Raises:
            StoreUnavailable, Overloaded, AlreadyExists: the job stays unfinished and is tried again.
        """
        try:
            self._judge_master_data(job)
            outcomes = self._store(job)
            problems = self._keep_master_data(job, outcomes)
        except (StoreUnavailable, Overloaded, AlreadyExists):
            raise
        except Refusal as refusal:
            self._fail(job, refusal.problems)
            return
        except Exception:
            log.exception("job_failed", extra={"job": job.id})
            self._fail(job, [Problem(sentence=sentences.JOB_FAILED)])
            return
        with self._units.unit_of_work() as uow:
            finish_job(uow, job=job, outcomes=outcomes, problems=problems, now=self._clock())

    def _judge_master_data(self, job: CaptureJob) -> None:
        with self._units.unit_of_work() as uow:
            judge_master_data(uow, job, signer=self._signer, now=self._clock())

    def _store(self, job: CaptureJob) -> Sequence[Outcome]:
        try:
            return self._intake.submit(parcel_of(job)).result()
        except AtomicRefusal as refusal:
            return refusal.outcomes

    def _keep_master_data(self, job: CaptureJob, outcomes: Sequence[Outcome]) -> Sequence[Problem]:
        """Keep the master data of a job's document, some at a time; what is kept already is not kept again."""
        elements = elements_to_keep(job, outcomes)
        for start in range(0, len(elements), PORTION):
            some = elements[start : start + PORTION]
            with self._units.unit_of_work() as uow:
                problems = keep_portion(uow, job, some, signer=self._signer, now=self._clock())
            if problems:
                return problems
        return ()

    def _fail(self, job: CaptureJob, problems: Sequence[Problem]) -> None:
        with self._units.unit_of_work() as uow:
            fail_job(uow, job=job, problems=problems, now=self._clock())
