"""Follow the log for declarations under identifiers of others; close the disputes that they make.

Reading records is one transaction, keeping findings another. Cursor and findings move in one commit, so that a crash
at any point repeats the round and changes nothing. Whose an identifier is is asked at the time of following.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.finding import Finding, FindingQuery, FindingState
from filiere_platform.domain.ownership import (
    OWNERSHIP_RULES,
    findings_of,
    foreign_declarations,
)
from filiere_platform.domain.ownership_sentences import DISPUTE_REASON, NO_DISPUTE
from filiere_platform.domain.standing import State
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.findings import FindingPage, find_findings
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.audit import LONGEST_DETAIL

CURSOR = "ownership"
ROUND = 1_000  # log indexes of one commit


class OwnershipMoved(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved the cursor since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipRound:
    """What one round found between two log indexes."""

    after: int
    stop: int
    findings: Sequence[Finding]
    is_last: bool


def read_ownership_round(uow: UnitOfWork, *, limit: int = ROUND) -> OwnershipRound:
    """Judge what is past the cursor, at most so many log indexes; nothing is changed."""
    after, size = uow.cursors.read(CURSOR), uow.log.head().size
    if uow.standing.read().state is not State.OPEN:
        size = after  # a restored database is followed once it is whole
    stop = min(size, after + limit)
    findings: list[Finding] = []
    if stop > after:
        events, ends = uow.log.event_rows(after, stop), uow.log.ends(after, stop)
        for declaration in foreign_declarations(events, ends, uow.directory().parties):
            key, index = declaration.key, declaration.index
            if declaration.how.is_trade and uow.log.was_touched_by(declaration.owner, key, below=index):
                continue
            (record,) = uow.log.records(index, index + 1)
            findings += findings_of(declaration, record)
    return OwnershipRound(after=after, stop=max(after, stop), findings=findings, is_last=stop >= size)


def keep_ownership_round(uow: UnitOfWork, found: OwnershipRound) -> None:
    """Keep what a round found.

    Raises:
        OwnershipMoved: another worker was here meanwhile; roll back.
    """
    if not uow.cursors.advance(CURSOR, found.after, found.stop):
        raise OwnershipMoved
    uow.findings.add(found.findings)


def find_disputes(uow: UnitOfWork, query: FindingQuery) -> FindingPage:
    """Find disputes about identifiers, for the sector body: it sees both sides of each, and no other finding."""
    return find_findings(uow, OPERATOR, replace(query, rules=OWNERSHIP_RULES))


def close_dispute(
    uow: UnitOfWork, finding_id: int, *, reason: str, author: Author, signer: ActSigner, now: int
) -> list[Finding]:
    """Close a dispute about an identifier as the sector body, with its twin that the other member sees.

    Raises:
        Refusal: code `no-dispute`: there is no such finding, its rule is another, or it is closed already;
            `dispute-reason`.
    """
    if not 0 < len(reason.strip()) <= LONGEST_DETAIL:
        raise Refusal([Problem(sentence=DISPUTE_REASON, values={"limit": LONGEST_DETAIL})])
    # The lock first: of two who close it, one finds it closed.
    uow.capture.begin(digests=(), node_keys=())
    asked = FindingQuery(now=now, state=FindingState.OPEN, after=finding_id - 1, limit=1)
    found = next(iter(uow.findings.visible_to(OPERATOR).find(asked)), None)
    if found is None or found.id != finding_id or found.rule not in OWNERSHIP_RULES:
        raise Refusal([Problem(sentence=NO_DISPUTE, values={"id": finding_id})])
    both = [
        each
        for rule in OWNERSHIP_RULES
        for each in uow.findings.not_closed(rule, found.subject, low=found.low, high=found.high)
    ]
    for each in both:
        uow.findings.close(replace(each, closed_at=now))
        act = Act(
            act="dispute.close",
            author=author,
            member_id=each.member_id,
            object=each.subject,
            details={"finding": str(each.id), "index": str(each.log_index), "reason": reason.strip()},
        )
        record_act(uow, act, signer=signer, now=now)
    return both
