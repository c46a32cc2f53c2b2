"""Follow the log for events whose eventID is an event hash, and not theirs."""

from __future__ import annotations

from filiere_platform.domain.event_hash import BEGINNING, finding_of
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.finding_round import ROUND, FindingRound, open_round

CURSOR = "event_hash"


def read_hash_round(uow: UnitOfWork, *, limit: int = ROUND) -> FindingRound:
    """Judge what is past the cursor, at most so many log indexes; nothing is changed."""
    found = open_round(uow, CURSOR, limit=limit)
    indexes = uow.log.named(found.after, found.stop, beginning=BEGINNING) if found.stop > found.after else []
    records = [record for index in indexes for record in uow.log.records(index, index + 1)]
    return found.with_findings([finding for record in records if (finding := finding_of(record)) is not None])
