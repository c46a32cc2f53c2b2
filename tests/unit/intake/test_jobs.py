"""A job that was promised is worked off: a full queue only delays it, and a failing one never stops the others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from builders.events import a_document, an_object_event, as_bytes
from builders.intake import Desk
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.sentences import OVERLOADED
from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.jobs import open_job
from filiere_platform.worker.intake import Overloaded
from filiere_platform.worker.jobs import JobRunner
from filiere_schemas.problems import Problem


@dataclass
class Answering:
    """An intake that answers each parcel with what a test lays before it."""

    answers: list[BaseException | list[Outcome]] = field(default_factory=list)

    def submit(self, parcel: Parcel) -> Future[list[Outcome]]:
        assert parcel.atomic
        answer = self.answers.pop(0)
        if isinstance(answer, Overloaded):
            raise answer
        future: Future[list[Outcome]] = Future()
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future


@contextmanager
def leading(_: str) -> Iterator[bool]:
    yield True


@pytest.fixture
def intake() -> Answering:
    return Answering()


@pytest.fixture
def runner(desk: Desk, intake: Answering) -> JobRunner:
    signer = ActSigner(key=desk.platform.capture.receipt_key, origin=desk.platform.instance.origin)
    return JobRunner(desk.platform.database, leading, intake, desk.platform.clock, signer)


@pytest.fixture
def job(desk: Desk) -> CaptureJob:
    desk.member(1)
    with desk.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(desk.uri(1))
        assert member is not None
        document = as_bytes(a_document([an_object_event()]))
        return open_job(
            uow, member=member, document=document, behaviour=ErrorBehaviour.ROLLBACK, most=9, now=desk.platform.clock()
        )


def read(desk: Desk, job: CaptureJob) -> CaptureJob:
    with desk.platform.database.unit_of_work() as uow:
        found = uow.jobs.read(job.id, member_id=job.member_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "passing", [Overloaded([Problem(sentence=OVERLOADED, values={"seconds": 1})]), StoreUnavailable()]
)
def test_a_job_that_cannot_be_worked_off_now_stays_unfinished_and_is_worked_off_later(
    desk: Desk, intake: Answering, runner: JobRunner, job: CaptureJob, passing: Exception
) -> None:
    intake.answers = [passing, [Outcome(status=Status.STORED)]]
    with pytest.raises(type(passing)):
        runner.run(job)
    assert read(desk, job).is_running
    runner.run(job)
    assert (read(desk, job).is_running, read(desk, job).success) == (False, True)


@pytest.mark.parametrize("failure", [RowsRefused("ck_event", "the test objects"), ZeroDivisionError()])
def test_a_job_that_fails_for_a_reason_of_its_own_is_ended_and_says_so(
    desk: Desk, intake: Answering, runner: JobRunner, job: CaptureJob, failure: Exception
) -> None:
    intake.answers = [failure]
    runner.run(job)
    ended = read(desk, job)
    assert (ended.is_running, ended.success) == (False, False)
    assert [error["code"] for error in ended.errors] == ["job-failed"]
    assert ended.errors[0]["fr"] != ended.errors[0]["en"]
    with desk.platform.database.unit_of_work() as uow:
        assert uow.jobs.next_unfinished() is None
