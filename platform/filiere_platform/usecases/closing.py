"""Close an instance by itself when its database has lost what was signed, so that no place in the log is given twice.

A replica that was promoted late, or an older database that somebody put in place by hand, knows nothing of the records
that it misses: the anchor and the served checkpoint do. They are asked at three moments:

1. under the log head's lock before every commit, in every process: nothing is stored below what was signed;
2. when a process begins to serve, before it takes a record;
3. when the publisher refuses to sign: from then on the standing says so to everybody, connectors included.

Witnesses are not asked: one that names a size which this log never had would close the instance.
"""

from __future__ import annotations

import logging

from filiere_platform.domain import log_sentences
from filiere_platform.domain.standing import Standing, State
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.publish import CHECKPOINT_NAME, SigningRefused
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import parse_note

log = logging.getLogger(__name__)

# What the publisher says of a database that is not what was signed; other refusals are about files and witnesses.
DIFFERS = frozenset({log_sentences.LOG_ENTRY_CHANGED.code, log_sentences.LOG_DIFFERS_FROM_CHECKPOINT.code})


def promised_size(files: LogFiles) -> int:
    """Read the greatest size that was signed, unverified: the files are ours; 0 where none can be read."""
    return max(_size(files.read_anchor()), _size(files.read(CHECKPOINT_NAME)))


def close_if_behind(units: UnitsOfWork, files: LogFiles, *, now: int) -> bool:
    """Close the instance where its database holds less than was signed; says whether it did. `now` in microseconds.

    Raises:
        StoreUnavailable: the database is away, or a standby that takes no writes.
    """
    return _close(units, promised_size(files), now=now)


def close_if_refused(units: UnitsOfWork, files: LogFiles, refusal: SigningRefused, *, now: int) -> bool:
    """Close the instance where the publisher found that its database lost or changed what was signed.

    Raises:
        StoreUnavailable: as `close_if_behind`.
    """
    problem = refusal.problems[0]
    first = int(str(problem.values.get("index", 0))) if problem.code in DIFFERS else None
    return _close(units, promised_size(files), first=first, now=now)


def _close(units: UnitsOfWork, promised: int, *, now: int, first: int | None = None) -> bool:
    """Close the instance from the first record that is lost or changed; where none is named, from the head on."""
    with units.unit_of_work() as unit:
        if unit.standing.read().state is not State.OPEN:
            return False
        start = unit.log.head().size if first is None else first
        if start >= promised:
            return False
        # Nobody stores anything between this look and the change: each commit asks for what was promised itself.
        unit.standing.change(Standing(state=State.RECOVERING, since=now, start=start, stop=promised))
    log.error("instance_closed", extra={"start": start, "stop": promised})
    return True


def _size(note: bytes | None) -> int:
    try:
        return parse_checkpoint_text(parse_note(note).text).size if note else 0
    except Refusal:
        return 0  # the publisher says so, and signs nothing
