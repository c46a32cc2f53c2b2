"""Read findings, each through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.finding import Finding, FindingQuery
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
    problem = finding.problem
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
        "closedAt": None if finding.closed_at is None else iso_instant(finding.closed_at),
        "evidence": finding.evidence,
        "fr": problem.message("fr"),
        "en": problem.message("en"),
    }
