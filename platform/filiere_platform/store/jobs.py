"""Capture jobs: documents kept whole from the moment they were accepted until their events are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, literal, select, tuple_, update
from sqlmodel import Session

from filiere_platform.domain.job import CaptureJob, ErrorBehaviour, JobPlace
from filiere_platform.store.tables import CAPTURE_JOB, CaptureJobTable

_PLACE = (CAPTURE_JOB.c.created_at, CAPTURE_JOB.c.id)
_WITHOUT_DOCUMENT = (
    *(column for column in CAPTURE_JOB.c if column.name != "document"),
    literal(b"").label("document"),
)


class JobStore:
    """Keeps capture jobs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job: CaptureJob) -> None:
        """Keep a new job.

        Raises:
            RowsRefused: a job of this id is kept already (`pk_capture_job`).
        """
        self._session.add(
            CaptureJobTable(
                id=job.id,
                member_id=job.member_id,
                created_at=job.created_at,
                behaviour=job.behaviour.value,
                document=job.document,
                finished_at=job.finished_at,
                success=job.success,
                errors=json.dumps(list(job.errors)),
            )
        )
        self._session.flush()

    def read(self, job_id: str, *, member_id: int) -> CaptureJob | None:
        """Read a member's job; another member's is None."""
        chosen = select(CAPTURE_JOB).where(CAPTURE_JOB.c.id == job_id, CAPTURE_JOB.c.member_id == member_id)
        row = self._session.execute(chosen).mappings().one_or_none()
        return None if row is None else _job(row)

    def of_member(self, member_id: int, *, before: JobPlace | None, limit: int) -> list[CaptureJob]:
        """Read a member's jobs, the latest first, from behind a place on; their documents are left where they are."""
        chosen = select(*_WITHOUT_DOCUMENT).where(CAPTURE_JOB.c.member_id == member_id)
        if before is not None:
            chosen = chosen.where(tuple_(*_PLACE) < tuple_(literal(before.created_at), literal(before.id)))
        rows = self._session.execute(chosen.order_by(*(column.desc() for column in _PLACE)).limit(limit)).mappings()
        return [_job(row) for row in rows]

    def finish(self, job_id: str, *, success: bool, errors: Sequence[dict[str, Any]], now: int) -> None:
        """Say how a job ended; `now` is in microseconds since 1970. A job ends once: the first end stands.

        Its document goes: what was stored of it is in records, and what a record loses must not survive here.
        """
        self._session.execute(
            update(CAPTURE_JOB)
            .where(CAPTURE_JOB.c.id == job_id, CAPTURE_JOB.c.finished_at.is_(None))
            .values(finished_at=now, success=success, errors=json.dumps(list(errors)), document=b"")
        )

    def next_unfinished(self) -> CaptureJob | None:
        """Read the oldest job that has not ended."""
        unfinished = select(CAPTURE_JOB).where(CAPTURE_JOB.c.finished_at.is_(None))
        row = self._session.execute(unfinished.order_by(*_PLACE).limit(1)).mappings().first()
        return None if row is None else _job(row)

    def unfinished(self) -> list[str]:
        """List the ids of the jobs that have not ended, oldest first."""
        chosen = select(CAPTURE_JOB.c.id).where(CAPTURE_JOB.c.finished_at.is_(None)).order_by(*_PLACE)
        return list(self._session.execute(chosen).scalars())


def _job(row: RowMapping) -> CaptureJob:
    return CaptureJob(
        id=row["id"],
        member_id=row["member_id"],
        document=row["document"],
        behaviour=ErrorBehaviour(row["behaviour"]),
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        success=row["success"],
        errors=tuple(json.loads(row["errors"])),
    )
