"""What every rule that reads the log does: judge what is past its cursor, and move cursor and findings in one commit.

Reading is one transaction, keeping another. A crash at any point repeats the round and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from filiere_platform.domain.counter_watch import Entry
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.standing import State
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.finding_acts import note_reopening

ROUND = 1_000  # log indexes of one commit


class RoundMoved(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved the cursor since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRound:
    """What a rule found between two log indexes; `cursor` is the rule's own."""

    cursor: str
    after: int
    stop: int
    findings: Sequence[Finding] = ()
    closed: Sequence[Finding] = ()  # with since when; None: it holds again, since `at`
    at: int = 0  # when the last record of the round was stored
    forgotten: Sequence[Finding] = ()  # never told
    restated: Sequence[Finding] = ()  # the same, with another level, evidence or instant
    entries: Sequence[Entry] = ()  # of accounts
    is_last: bool

    def with_findings(self, findings: Sequence[Finding]) -> FindingRound:
        """The same round with what was found in it."""
        return replace(self, findings=findings)


def open_round(uow: UnitOfWork, cursor: str, *, limit: int) -> FindingRound:
    """Say what is past a rule's cursor, at most so many log indexes."""
    after, size = uow.cursors.read(cursor), uow.log.head().size
    if uow.standing.read().state is not State.OPEN:
        size = after  # a restored database is followed once it is whole
    stop = min(size, after + limit)
    return FindingRound(cursor=cursor, after=after, stop=max(after, stop), is_last=stop >= size)


def keep_finding_round(uow: UnitOfWork, found: FindingRound) -> None:
    """Keep what a round found.

    Raises:
        RoundMoved: another worker was here meanwhile; roll back.
    """
    if not uow.cursors.advance(found.cursor, found.after, found.stop):
        raise RoundMoved
    uow.counter_entries.add(found.entries)
    uow.findings.add(found.findings)
    for finding in found.closed:
        if finding.closed_at is None:
            note_reopening(uow, finding, found.at)
        uow.findings.close(finding)
    for finding in found.restated:
        uow.findings.restate(finding)
    for finding in found.forgotten:
        uow.findings.forget(finding)
