"""Read findings, each through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.finding import INSTANCE, Finding, FindingQuery, FindingState, FindingStep, StepKind
from filiere_platform.domain.instant import iso_instant
from filiere_platform.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """One page of findings as JSON objects, and after which number the next one begins (None: this is the last)."""

    findings: list[dict[str, Any]]
    next_after: int | None


def find_findings(uow: UnitOfWork, viewer: Viewer, query: FindingQuery) -> FindingPage:
    """Find what concerns a viewer; one more is fetched to know whether a next page exists."""
    found = uow.findings.visible_to(viewer).find(query.with_limit(query.limit + 1))
    shown = found[: query.limit]
    return FindingPage(
        findings=[finding_as_json(finding, now=query.now) for finding in shown],
        next_after=shown[-1].id if len(found) > query.limit else None,
    )


def finding_as_json(finding: Finding, *, now: int) -> dict[str, Any]:
    """Lay out a finding for programs and people."""
    problem, closing = finding.problem, finding.closing
    explained = finding.step if finding.state_at(now) is FindingState.EXPLAINED else None
    return {
        "id": finding.id,
        "rule": finding.rule,
        "level": finding.level,
        "state": finding.state_at(now).value,
        "subject": finding.subject,
        "low": finding.low,
        "high": finding.high,
        "index": finding.log_index,
        "firstSeen": iso_instant(finding.first_seen),
        "openedAt": iso_instant(finding.opens_at),
        "version": finding.version,
        "explanation": None if explained is None else _explanation(explained),
        "closedAt": None if closing is None else iso_instant(closing[0]),
        "closedBy": None if closing is None else closing[1],
        "evidence": finding.evidence,
        "fr": problem.message("fr"),
        "en": problem.message("en"),
    }


def finding_with_history(uow: UnitOfWork, finding: Finding, *, now: int) -> dict[str, Any]:
    """Lay out a finding that its reader may see, with everything that was done to it, in order."""
    steps = uow.findings.steps(finding)
    closing = finding.closing
    history = [_step(step) for step in steps]
    if closing is not None and closing[1] == INSTANCE:
        by_itself = FindingStep(number=len(steps) + 1, kind=StepKind.CLOSED, at=closing[0], actor=INSTANCE)
        history.append(_step(by_itself))
    return finding_as_json(finding, now=now) | {"history": history}


def _explanation(step: FindingStep) -> dict[str, Any]:
    return {
        "reason": step.reason,
        "text": step.words,
        "at": iso_instant(step.at),
        "by": step.actor,
        "for": step.on_behalf_of,
    }


def _step(step: FindingStep) -> dict[str, Any]:
    return {
        "step": step.kind.value,
        "at": iso_instant(step.at),
        "by": step.actor,
        "for": step.on_behalf_of,
        "reason": step.reason or None,
        "text": step.words or None,
        "act": step.act,
    }
