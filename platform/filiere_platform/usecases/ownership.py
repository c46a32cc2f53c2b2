"""Follow the log for declarations under identifiers of others; close the disputes that they make.

Whose an identifier is is asked at the time of following.
"""

from __future__ import annotations

from dataclasses import replace

from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.finding import Finding, FindingQuery, FindingState
from filiere_platform.domain.ownership import (
    DECLARING_ROLES,
    OWNERSHIP_RULES,
    findings_of,
    foreign_declarations,
)
from filiere_platform.domain.ownership_sentences import DISPUTE_REASON, NO_DISPUTE
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.finding_acts import take_closing_step
from filiere_platform.usecases.finding_round import ROUND, FindingRound, open_round
from filiere_platform.usecases.findings import FindingPage, find_findings
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.audit import LONGEST_DETAIL

CURSOR = "ownership"


def read_ownership_round(uow: UnitOfWork, *, limit: int = ROUND) -> FindingRound:
    """Judge what is past the cursor, at most so many log indexes; nothing is changed."""
    found = open_round(uow, CURSOR, limit=limit)
    if found.stop == found.after:
        return found
    findings: list[Finding] = []
    events = uow.log.event_rows(found.after, found.stop)
    ends = uow.log.ends(found.after, found.stop, roles=DECLARING_ROLES)
    for declaration in foreign_declarations(events, ends, uow.directory().parties):
        key, index = declaration.key, declaration.index
        if declaration.how.is_trade and uow.log.was_touched_by(declaration.owner, key, below=index):
            continue
        (record,) = uow.log.records(index, index + 1)
        findings += findings_of(declaration, record)
    return found.with_findings(findings)


def find_disputes(uow: UnitOfWork, query: FindingQuery) -> FindingPage:
    """Find disputes about identifiers, for the sector body: it sees both sides of each, and no other finding.

    Of one that is explained it decides as well: what is open has both.
    """
    is_open = query.state is FindingState.OPEN
    asked = replace(query, state=None, unsettled=True) if is_open else query
    return find_findings(uow, OPERATOR, replace(asked, rules=OWNERSHIP_RULES))


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
    asked = FindingQuery(now=now, unsettled=True, after=finding_id - 1, limit=1)
    found = next(iter(uow.findings.visible_to(OPERATOR).find(asked)), None)
    if found is None or found.id != finding_id or found.rule not in OWNERSHIP_RULES:
        raise Refusal([Problem(sentence=NO_DISPUTE, values={"id": finding_id})])
    both = [
        each
        for rule in OWNERSHIP_RULES
        for each in uow.findings.not_closed(rule, found.subject, low=found.low, high=found.high)
    ]
    closed = []
    for each in both:
        act = Act(
            act="dispute.close",
            author=author,
            member_id=each.member_id,
            object=each.subject,
            details={"finding": str(each.id), "index": str(each.log_index), "reason": reason.strip()},
        )
        index = record_act(uow, act, signer=signer, now=now)
        closed.append(take_closing_step(uow, each, author, reason=reason.strip(), act=index, now=now))
    return closed
