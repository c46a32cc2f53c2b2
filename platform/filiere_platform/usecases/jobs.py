"""Take in EPCIS documents, and store their events after the sender has gone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.domain.audit import BY_ITSELF, ActSigner
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour, JobPlace
from filiere_platform.domain.member import Member
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.master_data import judge_elements, keep_elements
from filiere_platform.usecases.suppliers import Keeping
from filiere_schemas.epcis.master_data import VocabularyElement, read_header
from filiere_schemas.epcis.xml_document import read_sent
from filiere_schemas.problems import Problem, Refusal


def open_job(
    uow: UnitOfWork, *, member: Member, document: bytes, behaviour: ErrorBehaviour, most: int, now: int
) -> CaptureJob:
    """Keep a document as it was received; only its outline is read here, its events are the job's business.

    Raises:
        Refusal: it is not an EPCIS document, its master data does not hold, or it has more events than one capture may.
    """
    read = read_sent(document)
    read_header(read)  # what is wrong with it is said at once
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


def list_jobs(uow: UnitOfWork, *, member: Member, after: str | None, limit: int) -> tuple[list[CaptureJob], str | None]:
    """List a member's jobs, the latest first, and give where the next page begins (None: this is the last).

    A job that is taken in while somebody turns the pages stands before the first of them: none is skipped or repeated.
    """
    before = None if after is None else JobPlace.read(after)
    found = uow.jobs.of_member(member.id, before=before, limit=limit + 1)
    shown = found[:limit]
    return shown, str(JobPlace.of(shown[-1])) if len(found) > limit else None


def parcel_of(job: CaptureJob) -> Parcel:
    """Lay out a job's events for the intake, all or nothing if the sender asked for that."""
    document = read_sent(job.document)
    return Parcel(
        sender=job.member_id,
        payloads=document.events,
        signed=False,
        atomic=job.behaviour is ErrorBehaviour.ROLLBACK,
    )


def elements_to_keep(job: CaptureJob, outcomes: Sequence[Outcome]) -> list[VocabularyElement]:
    """Give the master data of a job's document, as far as it is kept: with `rollback` only if every event is."""
    if job.behaviour is ErrorBehaviour.ROLLBACK and _is_any_refused(outcomes):
        return []
    return _elements_of(job)


def judge_master_data(uow: UnitOfWork, job: CaptureJob, *, signer: ActSigner, now: int) -> None:
    """Judge the master data of a job that is all or nothing, before any of its events is stored.

    What is asked here may change until the master data is kept: by another document of the same member, or by an
    identifier that another one claims at that moment. The events have a commit of their own, which waits for nobody.

    Raises:
        Refusal: something of it cannot be kept.
    """
    elements = _elements_of(job) if job.behaviour is ErrorBehaviour.ROLLBACK else []
    if elements:
        keeping, parties = _keeping(uow, job, signer=signer, now=now)
        judge_elements(uow, keeping, elements, parties)


def keep_portion(
    uow: UnitOfWork, job: CaptureJob, elements: Sequence[VocabularyElement], *, signer: ActSigner, now: int
) -> Sequence[Problem]:
    """Keep some of the master data of a job's document; gives why nothing of it was kept.

    Raises:
        AlreadyExists: the sender's master data was changed elsewhere meanwhile; the job is to be tried again.
    """
    keeping, parties = _keeping(uow, job, signer=signer, now=now)
    try:
        keep_elements(uow, keeping, elements, parties)
    except AlreadyExists:
        raise
    except Refusal as refused:
        return refused.problems
    return ()


def finish_job(
    uow: UnitOfWork, *, job: CaptureJob, outcomes: Sequence[Outcome], problems: Sequence[Problem] = (), now: int
) -> None:
    """Say how a job ended, with every reason and the place of each in the sender's document.

    `problems` are those of its master data.
    """
    # Where each event stands is asked of the document only when something is wrong with one: it may be large.
    document = read_sent(job.document) if _is_any_refused(outcomes) else None
    errors = [
        problem if document is None else document.told(at, problem)
        for at, outcome in enumerate(outcomes)
        if outcome.status is Status.REFUSED
        for problem in outcome.problems
    ]
    errors += problems
    uow.jobs.finish(job.id, success=not errors, errors=[_as_json(e) for e in errors], now=now)


def fail_job(uow: UnitOfWork, *, job: CaptureJob, problems: Sequence[Problem], now: int) -> None:
    """Say that a job could not be worked off at all."""
    uow.jobs.finish(job.id, success=False, errors=[_as_json(p) for p in problems], now=now)


def _elements_of(job: CaptureJob) -> list[VocabularyElement]:
    return read_header(read_sent(job.document))


def _keeping(uow: UnitOfWork, job: CaptureJob, *, signer: ActSigner, now: int) -> tuple[Keeping, Mapping[str, int]]:
    directory = uow.directory()
    author = replace(BY_ITSELF, on_behalf_of=directory.members[job.member_id].uri)
    return Keeping(member_id=job.member_id, author=author, signer=signer, now=now), directory.parties


def _is_any_refused(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.status is Status.REFUSED for outcome in outcomes)


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "title": problem.code,
        "code": problem.code,
        "pointer": problem.pointer,
        **problem.place_in_xml,
        "detail": problem.message("fr"),
        "fr": problem.message("fr"),
        "en": problem.message("en"),
    }
