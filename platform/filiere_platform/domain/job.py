"""A capture job: a whole EPCIS document, taken in first and worked off after.

Source: EPCIS 2.0, 8.2.7 (capture interface): `rollback` stores all events or none, `proceed` each that can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self


class ErrorBehaviour(StrEnum):
    """What a job does about an event that cannot be stored."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureJob:
    """A job and how it ended. `success` means that every event is stored (or was known already)."""

    id: str
    member_id: int
    document: bytes
    behaviour: ErrorBehaviour
    created_at: int  # microseconds since 1970
    finished_at: int | None = None
    success: bool = True
    errors: Sequence[dict[str, Any]] = ()  # problem documents

    @property
    def is_running(self) -> bool:
        """Whether its events are still being stored."""
        return self.finished_at is None


class JobPlace(NamedTuple):
    """Where a job stands among those of its sender: by when it was taken in, then by its id."""

    created_at: int
    id: str

    @classmethod
    def of(cls, job: CaptureJob) -> Self:
        """Give the place of a job."""
        return cls(job.created_at, job.id)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a place as it was written."""
        created_at, _, job_id = text.partition(" ")
        return cls(int(created_at), job_id)

    def __str__(self) -> str:
        """Write the place down."""
        return f"{self.created_at} {self.id}"
