"""Try a version of a sector's profile on past events; reads, and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from filiere_platform.domain.sector_rules import judged_event
from filiere_platform.domain.sector_trial import Trial
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_schemas.sectors.judging import CompiledProfile

AT_ONCE: Final = 1_000  # log indexes of one transaction: a trial of years keeps no snapshot open

log = logging.getLogger(__name__)


def try_profile(
    units: UnitsOfWork, before: CompiledProfile, after: CompiledProfile, *, start: int = 0, limit: int | None = None
) -> Iterator[Trial]:
    """Judge what is stored from a log index on by two versions; gives the trial after each stretch.

    Args:
        units: of the instance.
        before: the version in force.
        after: the one that is tried.
        start: the first log index.
        limit: so many log indexes at most.
    """
    trial = Trial(before=before, after=after)
    with units.unit_of_work() as uow:
        size = uow.log.head().size
    end = size if limit is None else min(size, start + limit)
    for at in range(start, end, AT_ONCE):
        with units.unit_of_work() as uow:
            _judge(uow, trial, at, min(end, at + AT_ONCE))
        yield trial
    if start >= end:
        yield trial


def _judge(uow: UnitOfWork, trial: Trial, start: int, stop: int) -> None:
    for record in uow.log.records(start, stop):
        try:
            event = judged_event(record)
            if event is not None:
                trial.judge(record.log_index, event)
        except Exception:
            # As the worker does: one that the judgement fails at keeps nobody else's from being judged.
            log.exception("sector_trial.record_failed", extra={"index": record.log_index})
