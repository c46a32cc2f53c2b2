"""Follow the log for events that break the rules of their sector's profile."""

from __future__ import annotations

import logging

from filiere_platform.domain.finding import Finding
from filiere_platform.domain.record import RecordRow
from filiere_platform.domain.sector_rules import sector_findings_of
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.finding_round import ROUND, FindingRound, open_round
from filiere_schemas.sectors.judging import CompiledProfile

CURSOR = "sector_rules"

log = logging.getLogger(__name__)


def read_sector_round(uow: UnitOfWork, profile: CompiledProfile, *, limit: int = ROUND) -> FindingRound:
    """Judge what is past the cursor by a profile, at most so many log indexes; nothing is changed."""
    found = open_round(uow, CURSOR, limit=limit)
    records = uow.log.records(found.after, found.stop)
    return found.with_findings([finding for record in records for finding in _judged(record, profile)])


def _judged(record: RecordRow, profile: CompiledProfile) -> list[Finding]:
    """Judge a record; one that the judgement fails at is left out loudly, and keeps nobody else's from being judged."""
    try:
        return sector_findings_of(record, profile)
    except Exception:
        log.exception("sector_rules.record_failed", extra={"index": record.log_index})
        return []
