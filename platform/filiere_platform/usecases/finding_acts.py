"""Explain a finding, take that back, close it, reopen it: each is a step of its history and an act of the log.

What does not hold any more the instance closes by itself; that follows from the log, and is no act.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.finding import INSTANCE, Explaining, Finding, FindingStep, StepKind
from filiere_platform.domain.finding_acts import VERBS, read_reason, read_words, require_step
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDoing:
    """Who does something to findings that he may see, with what acts are signed, and when."""

    viewer: Viewer
    author: Author
    signer: ActSigner
    now: int
    version: int | None = None  # of the finding as its author has read it


def finding_of(uow: UnitOfWork, viewer: Viewer, number: int, *, now: int) -> Finding:
    """Find a finding that somebody may see.

    Raises:
        Refusal: code `not-found`, also for somebody else's, and for one within its grace.
    """
    found = uow.findings.visible_to(viewer).one(number, now=now)
    if found is None:
        raise not_found(f"findings/{number}")
    return found


def explain_finding(uow: UnitOfWork, doing: FindingDoing, number: int, *, reason: Explaining, text: str) -> Finding:
    """Say why a finding stands.

    Raises:
        Refusal: code `finding-words`; as `_step`.
    """
    return _step(uow, doing, number, StepKind.EXPLAINED, reason=reason.value, words=read_words(text))


def take_explanation_back(uow: UnitOfWork, doing: FindingDoing, number: int) -> Finding:
    """Leave a finding without an explanation again; what was said stays in its history.

    Raises:
        Refusal: as `_step`.
    """
    return _step(uow, doing, number, StepKind.TAKEN_BACK)


def close_finding(uow: UnitOfWork, doing: FindingDoing, number: int, *, reason: str) -> Finding:
    """Be content with an explanation.

    Raises:
        Refusal: code `finding-reason`, `finding-is-dispute`; as `_step`.
    """
    return _step(uow, doing, number, StepKind.CLOSED, reason=read_reason(reason))


def reopen_finding(uow: UnitOfWork, doing: FindingDoing, number: int, *, reason: str) -> Finding:
    """Be not content with an explanation, or not any more.

    Raises:
        Refusal: code `finding-reason`, `finding-not-holding`; as `_step`.
    """
    return _step(uow, doing, number, StepKind.REOPENED, reason=read_reason(reason))


def take_closing_step(uow: UnitOfWork, finding: Finding, author: Author, *, reason: str, act: int, now: int) -> Finding:
    """Close a finding for good, with a step of its history; the act is in the log already. Gives it as it is then."""
    step = _next(finding, StepKind.CLOSED, now, author, reason=reason, act=act)
    closed = replace(finding, closed_at=now, step=step)
    uow.findings.close(closed)
    uow.findings.take_step(finding, step)
    return closed


def note_reopening(uow: UnitOfWork, finding: Finding, now: int) -> None:
    """Keep in a finding's history that it was closed, before a rule finds the same again and it opens anew."""
    kept = replace(finding, closed_at=uow.findings.closed_since(finding))
    closed = kept.closing
    number = kept.version + 1
    if closed is not None and closed[1] == INSTANCE:
        closing = FindingStep(number=number, kind=StepKind.CLOSED, at=closed[0], actor=INSTANCE)
        uow.findings.take_step(kept, closing)
        number += 1
    uow.findings.take_step(kept, FindingStep(number=number, kind=StepKind.REOPENED, at=now, actor=INSTANCE))


def _step(
    uow: UnitOfWork, doing: FindingDoing, number: int, kind: StepKind, *, reason: str = "", words: str = ""
) -> Finding:
    """Take a step.

    Raises:
        Refusal: code `not-found`; as `require_step`.
    """
    # The lock first: of two who do something, one finds what the other has done.
    uow.capture.begin(digests=(), node_keys=())
    finding = finding_of(uow, doing.viewer, number, now=doing.now)
    require_step(finding, kind, version=doing.version, now=doing.now)
    named = {"finding": number, "rule": finding.rule, "low": finding.low, "high": finding.high}
    details = {name: str(value) for name, value in {**named, "index": finding.log_index}.items()}
    act = Act(
        act=VERBS[kind],
        author=doing.author,
        member_id=finding.member_id,
        object=finding.subject,
        details=details | ({"reason": reason} if reason else {}),
    )
    index = record_act(uow, act, signer=doing.signer, now=doing.now)
    uow.findings.take_step(
        finding, _next(finding, kind, doing.now, doing.author, reason=reason, words=words, act=index)
    )
    return finding_of(uow, doing.viewer, number, now=doing.now)


def _next(
    finding: Finding, kind: StepKind, now: int, author: Author, *, reason: str, act: int, words: str = ""
) -> FindingStep:
    return FindingStep(
        number=finding.version + 1,
        kind=kind,
        at=now,
        actor=author.actor,
        on_behalf_of=author.on_behalf_of,
        reason=reason,
        words=words,
        act=act,
    )
