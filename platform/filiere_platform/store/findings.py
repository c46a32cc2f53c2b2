"""Findings: how rules keep them, and the gate through which everybody else reads them.

`visible_to(viewer)` restricts every statement to findings about the viewer's own; the operator sees all. A lint test
(tests/architecture/test_gate.py) forbids reading the table elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, false, func, select, true, update
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.finding import Finding, FindingQuery, FindingState
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables_chains import FINDING, FindingTable

_NAMES = tuple(Finding.__dataclass_fields__)


class FindingStore:
    """Keeps findings; what a rule wrote is the rule's to change."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def visible_to(self, viewer: Viewer) -> VisibleFindings:
        """Open the gate as far as a viewer may look."""
        return VisibleFindings(self._session, viewer)

    def add(self, findings: Iterable[Finding]) -> None:
        """Keep new findings; they are numbered in this order."""
        for finding in findings:
            values = {name: getattr(finding, name) for name in _NAMES}
            evidence = json.dumps(finding.evidence, sort_keys=True, ensure_ascii=False)
            self._session.add(FindingTable(**{**values, "evidence": evidence}))
            self._session.flush()

    def close(self, finding: Finding) -> None:
        """Note since when a finding does not hold any more."""
        self._session.execute(update(FINDING).where(FINDING.c.id == finding.id).values(closed_at=finding.closed_at))

    def forget(self, finding: Finding) -> None:
        """Remove a finding that never opened."""
        self._session.execute(delete(FINDING).where(FINDING.c.id == finding.id))

    def not_closed(self, rule: str, subject: str, *, low: int, high: int) -> list[Finding]:
        """Read the findings of a rule about a subject that still hold and touch a range of numbers."""
        return self._read(
            FINDING.c.rule == rule,
            FINDING.c.subject == subject,
            FINDING.c.closed_at.is_(None),
            FINDING.c.low <= high,
            FINDING.c.high >= low,
        )

    def count(self, rule: str, subject: str) -> int:
        """Count the findings of a rule about a subject."""
        counted = select(func.count()).where(FINDING.c.rule == rule, FINDING.c.subject == subject)
        return int(self._session.execute(counted).scalar_one())

    def of_rules(self, rules: Collection[str]) -> list[Finding]:
        """Read every finding of some rules, for a comparison with what they follow from."""
        return self._read(one_of(FINDING.c.rule, sorted(rules)))

    def clear(self, rules: Collection[str]) -> None:
        """Forget every finding of some rules, to derive them again."""
        self._session.execute(delete(FINDING).where(one_of(FINDING.c.rule, sorted(rules))))

    def open_by_rule(self, now: int) -> dict[str, int]:
        """Count the findings that are open at an instant, by rule: a figure for the operator, no contents."""
        is_open = (FINDING.c.closed_at.is_(None), FINDING.c.opens_at <= now)
        counted = select(FINDING.c.rule, func.count()).where(*is_open).group_by(FINDING.c.rule)
        return {rule: int(count) for rule, count in self._session.execute(counted)}

    def _read(self, *conditions: ColumnElement[bool]) -> list[Finding]:
        return _findings(self._session, *conditions)


class VisibleFindings:
    """The findings that one viewer may see, and no others."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def find(self, query: FindingQuery) -> list[Finding]:
        """Find findings in the order in which they were written, one page of them; those within their grace are not."""
        conditions = [self._may_see(), FINDING.c.id > query.after, FINDING.c.opens_at <= query.now]
        if query.state is not None:
            is_open = query.state is FindingState.OPEN
            conditions.append(FINDING.c.closed_at.is_(None) if is_open else FINDING.c.closed_at.is_not(None))
        if query.rule is not None:
            conditions.append(FINDING.c.rule == query.rule)
        if query.rules:
            conditions.append(one_of(FINDING.c.rule, sorted(query.rules)))
        return _findings(self._session, *conditions, limit=query.limit)

    def about(self, rules: Collection[str], subject: str, *, limit: int) -> list[Finding]:
        """Read what still holds about a subject by some rules, also within its grace."""
        return _findings(
            self._session,
            self._may_see(),
            one_of(FINDING.c.rule, sorted(rules)),
            FINDING.c.subject == subject,
            FINDING.c.closed_at.is_(None),
            limit=limit,
        )

    def _may_see(self) -> ColumnElement[bool]:
        """The one condition that makes the gate: a finding is its member's business, and the operator's."""
        if self._viewer.operator:
            return true()
        return false() if self._viewer.member_id is None else FINDING.c.member_id == self._viewer.member_id


def _findings(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Finding]:
    chosen = select(*(FINDING.c[name] for name in _NAMES)).where(*conditions).order_by(FINDING.c.id).limit(limit)
    return [_finding(dict(row)) for row in session.execute(chosen).mappings()]


def _finding(row: dict[str, Any]) -> Finding:
    return Finding(**{**row, "evidence": json.loads(row["evidence"])})
