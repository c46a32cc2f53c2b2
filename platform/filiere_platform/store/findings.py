"""Findings: how rules keep them, and the gate through which everybody else reads them.

`visible_to(viewer)` restricts every statement to findings about the viewer's own; the operator sees all. A lint test
(tests/architecture/test_gate.py) forbids reading the table elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, func, insert, not_, or_, select, text, true, update
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.finding import Finding, FindingNews, FindingQuery, FindingState, FindingStep, StepKind
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables_chains import FINDING, FINDING_NEWS, FINDING_STEP, FindingTable

_NAMES = tuple(name for name in Finding.__dataclass_fields__ if name != "step")
_STEP = FINDING_STEP.c
_STEP_NAMES = tuple(FindingStep.__dataclass_fields__)
_NAME = ("rule", "subject", "low", "high", "log_index")  # what makes a finding one and the same
_JOINED = FINDING.outerjoin(FINDING_STEP, and_(*(FINDING.c[name] == _STEP[name] for name in _NAME), _STEP.is_last))
_COLUMNS = (
    *(FINDING.c[name] for name in _NAMES),
    *(_STEP[name].label(f"step_{name}") for name in _STEP_NAMES),
)
_CLOSED = or_(FINDING.c.closed_at.is_not(None), func.coalesce(_STEP.kind, "") == StepKind.CLOSED.value)
_IN_STATE: dict[FindingState, ColumnElement[bool]] = {
    FindingState.OPEN: and_(
        FINDING.c.closed_at.is_(None),
        func.coalesce(_STEP.kind, "").not_in([StepKind.EXPLAINED.value, StepKind.CLOSED.value]),
    ),
    FindingState.EXPLAINED: and_(FINDING.c.closed_at.is_(None), _STEP.kind == StepKind.EXPLAINED.value),
    FindingState.CLOSED: _CLOSED,
}
_NEWS = FINDING_NEWS.c
_NOTED = FINDING_NEWS.outerjoin(FINDING, and_(*(FINDING.c[name] == _NEWS[name] for name in _NAME))).outerjoin(
    FINDING_STEP, and_(*(_NEWS[name] == _STEP[name] for name in _NAME), _STEP.is_last)
)
# Both databases know this form of "write, or write over".
_NOTE = text(
    "INSERT INTO finding_news (rule, subject, low, high, log_index, member_id, due_at, change) "
    "VALUES (:rule, :subject, :low, :high, :log_index, :member_id, :due_at, 1) "
    "ON CONFLICT (rule, subject, low, high, log_index) DO UPDATE "
    "SET due_at = excluded.due_at, member_id = excluded.member_id, change = finding_news.change + 1"
)


class FindingStore:
    """Keeps findings; what a rule wrote is the rule's to change. Each change is noted for the member concerned."""

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
            self._note(finding, finding.opens_at)

    def close(self, finding: Finding) -> None:
        """Note since when a finding does not hold any more; None: it holds again."""
        self._session.execute(update(FINDING).where(FINDING.c.id == finding.id).values(closed_at=finding.closed_at))
        self._note(finding, finding.closed_at or finding.opens_at)

    def restate(self, finding: Finding) -> None:
        """Note what a finding that stays the same one says now: its level, its evidence, when it opens."""
        evidence = json.dumps(finding.evidence, sort_keys=True, ensure_ascii=False)
        said = {"level": finding.level, "evidence": evidence, "opens_at": finding.opens_at}
        self._session.execute(update(FINDING).where(FINDING.c.id == finding.id).values(**said))
        self._note(finding, finding.opens_at)

    def closed_since(self, finding: Finding) -> int | None:
        """Read since when a finding does not hold any more, as it is kept."""
        chosen = select(FINDING.c.closed_at).where(FINDING.c.id == finding.id)
        closed_at: int | None = self._session.execute(chosen).scalar_one()
        return closed_at

    def steps(self, finding: Finding) -> list[FindingStep]:
        """Read what was done to a finding, in order: whoever asks has been shown it, or is the rule that wrote it."""
        chosen = select(*(_STEP[name] for name in _STEP_NAMES)).where(*_of(finding)).order_by(_STEP.number)
        return [_step(dict(row)) for row in self._session.execute(chosen).mappings()]

    def take_step(self, finding: Finding, step: FindingStep) -> None:
        """Keep what is done to a finding; of two at once, the database refuses the second."""
        self._session.execute(update(FINDING_STEP).where(*_of(finding), _STEP.is_last).values(is_last=False))
        named = dict(zip(_NAME, finding.name, strict=True))
        values = {name: getattr(step, name) for name in _STEP_NAMES} | {"kind": step.kind.value}
        self._session.execute(insert(FINDING_STEP).values(**named, **values, is_last=True))
        self._note(finding, step.at)

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

    def of_subjects(self, rule: str, subjects: Collection[str]) -> list[Finding]:
        """Read every finding of a rule about some subjects, those that are closed too."""
        return self._read(FINDING.c.rule == rule, one_of(FINDING.c.subject, subjects))

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
        """Count the findings that are open at an instant, not explained, by rule: for the operator, no contents."""
        is_open = (_IN_STATE[FindingState.OPEN], FINDING.c.opens_at <= now)
        counted = select(FINDING.c.rule, func.count()).select_from(_JOINED).where(*is_open).group_by(FINDING.c.rule)
        return {rule: int(count) for rule, count in self._session.execute(counted)}

    def news(self, members: Collection[int], now: int, *, limit: int) -> list[FindingNews]:
        """Read what is due to be told to some members, what is due the longest first; of what is gone, no finding."""
        due = and_(_NEWS.due_at <= now, one_of(_NEWS.member_id, sorted(members)))
        noted = [_NEWS[name].label(f"news_{name}") for name in (*_NAME, "member_id", "change", "told")]
        chosen = select(*noted, *_COLUMNS).select_from(_NOTED).where(due)
        rows = self._session.execute(chosen.order_by(_NEWS.due_at, _NEWS.log_index).limit(limit)).mappings()
        return [_news(dict(row)) for row in rows]

    def note_told(self, news: FindingNews, told: str | None) -> None:
        """Note by which message something was told; what has changed since it was read is still to be told."""
        unchanged = and_(*_named(news), _NEWS.change == news.change)
        self._session.execute(update(FINDING_NEWS).where(*_named(news)).values(told=told))
        self._session.execute(update(FINDING_NEWS).where(unchanged).values(due_at=None))

    def postpone_news(self, news: Sequence[FindingNews], until: int) -> None:
        """Tell something later."""
        for each in news:
            self._session.execute(update(FINDING_NEWS).where(*_named(each)).values(due_at=until))

    def _note(self, finding: Finding, at: int) -> None:
        """Note that something is to be told of a finding, once it is open."""
        if finding.member_id is not None:
            named = dict(zip(_NAME, finding.name, strict=True))
            due = {"member_id": finding.member_id, "due_at": max(at, finding.opens_at)}
            self._session.execute(_NOTE, named | due)

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
            conditions.append(_IN_STATE[query.state])
        if query.unsettled:
            conditions.append(not_(_CLOSED))
        if query.level is not None:
            conditions.append(FINDING.c.level == query.level)
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

    def one(self, number: int, *, now: int) -> Finding | None:
        """Find one that has been told."""
        is_told = FINDING.c.opens_at <= now
        return next(iter(_findings(self._session, self._may_see(), FINDING.c.id == number, is_told)), None)

    def _may_see(self) -> ColumnElement[bool]:
        """The one condition that makes the gate: a finding is its member's business, and the operator's."""
        if self._viewer.operator:
            return true()
        return false() if self._viewer.member_id is None else FINDING.c.member_id == self._viewer.member_id


def _findings(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Finding]:
    """Read findings, each with the last step that was taken with it."""
    chosen = select(*_COLUMNS).select_from(_JOINED).where(*conditions)
    rows = session.execute(chosen.order_by(FINDING.c.id).limit(limit)).mappings()
    return [_finding(dict(row)) for row in rows]


def _finding(row: dict[str, Any]) -> Finding:
    step = {name: row[f"step_{name}"] for name in _STEP_NAMES}
    values = {name: row[name] for name in _NAMES} | {"evidence": json.loads(row["evidence"])}
    return Finding(**values, step=None if step["number"] is None else _step(step))


def _step(row: dict[str, Any]) -> FindingStep:
    return FindingStep(**{**row, "kind": StepKind(row["kind"])})


def _of(finding: Finding) -> tuple[ColumnElement[bool], ...]:
    return tuple(_STEP[name] == value for name, value in zip(_NAME, finding.name, strict=True))


def _news(row: dict[str, Any]) -> FindingNews:
    return FindingNews(
        name=(row["news_rule"], row["news_subject"], row["news_low"], row["news_high"], row["news_log_index"]),
        member_id=row["news_member_id"],
        change=row["news_change"],
        told=row["news_told"],
        finding=None if row["id"] is None else _finding(row),
    )


def _named(news: FindingNews) -> tuple[ColumnElement[bool], ...]:
    return tuple(_NEWS[name] == value for name, value in zip(_NAME, news.name, strict=True))
