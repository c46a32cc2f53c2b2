"""Take in EPCIS documents, and store their events after the sender has gone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.member import Member
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.capture import Parcel
from filiere_schemas.epcis.document import read_document
from filiere_schemas.problems import Problem, Refusal


def open_job(
    uow: UnitOfWork, *, member: Member, document: bytes, behaviour: ErrorBehaviour, most: int, now: int
) -> CaptureJob:
    """Keep a document as it was received; only its outline is read here, its events are the job's business.

    Raises:
        Refusal: it is not an EPCIS document, or holds more events than one capture may.
    """
    read = read_document(document)
    if len(read.events) > most:
        values = {"found": len(read.events), "expected": most}
        raise Refusal([Problem(sentence=sentences.TOO_MANY_RECORDS, values=values)])
    job = CaptureJob(id=str(uuid.uuid4()), member_id=member.id, document=document, behaviour=behaviour, created_at=now)
    uow.jobs.add(job)
    return job


def read_job(uow: UnitOfWork, *, job_id: str, member: Member) -> CaptureJob:
    """Read a job of one's own.

    Raises:
        Refusal: code `not-found`; another member's job does not exist for this one.
    """
    job = uow.jobs.read(job_id, member_id=member.id)
    if job is None:
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": job_id})])
    return job


def parcel_of(job: CaptureJob) -> Parcel:
    """Lay out a job's events for the intake, all or nothing if the sender asked for that."""
    document = read_document(job.document)
    return Parcel(
        sender=job.member_id,
        payloads=document.events,
        signed=False,
        atomic=job.behaviour is ErrorBehaviour.ROLLBACK,
    )


def finish_job(uow: UnitOfWork, *, job: CaptureJob, outcomes: Sequence[Outcome], now: int) -> None:
    """Say how a job ended, with every reason and the place of each in the sender's document."""
    is_refused = any(outcome.status is Status.REFUSED for outcome in outcomes)
    # Where each event stands is asked of the document only when something is wrong with one: it may be large.
    pointers = read_document(job.document).pointers if is_refused else ()
    errors = [
        problem.within(pointer)
        for pointer, outcome in zip(pointers, outcomes, strict=False)
        if outcome.status is Status.REFUSED
        for problem in outcome.problems
    ]
    uow.jobs.finish(job.id, success=not errors, errors=[_as_json(e) for e in errors], now=now)


def fail_job(uow: UnitOfWork, *, job: CaptureJob, problems: Sequence[Problem], now: int) -> None:
    """Say that a job could not be worked off at all."""
    uow.jobs.finish(job.id, success=False, errors=[_as_json(p) for p in problems], now=now)


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "type": "epcisException:ValidationException",
        "title": problem.code,
        "status": 400,
        "code": problem.code,
        "pointer": problem.pointer,
        "detail": problem.message("fr"),
        "fr": problem.message("fr"),
        "en": problem.message("en"),
    }
