"""`/findings`: what the rules found about one's own, with the records that show it; explain one, decide about one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, get_args

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.case_sentences import OVERDUE
from filiere_platform.domain.finding import SENTENCES, Explaining, Finding, FindingQuery, FindingState
from filiere_platform.domain.finding_acts import LONGEST_REASON, LONGEST_WORDS
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.finding_table import MEDIA_TYPE, write_findings
from filiere_platform.usecases.finding_acts import (
    FindingDoing,
    close_finding,
    explain_finding,
    finding_of,
    reopen_finding,
    take_explanation_back,
)
from filiere_platform.usecases.findings import find_findings, finding_with_history
from filiere_platform.web import session
from filiere_platform.web.acting import acting, number_of, own_member
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Level, Problem, Refusal

PAGE = 50
MOST_ROWS = 10_000  # of one file; the next one begins behind its last finding
LARGEST_EXPLANATION = 16 * LARGEST_FORM  # bytes: 2,000 characters, each of which may be written as twelve
ALL: Final = "all"
STATES: Final = {state.value: state for state in FindingState if state is not FindingState.PENDING}
LEVELS: Final[dict[str, Level]] = {level: level for level in get_args(Level)}
_DECISIONS: Final = {"close": close_finding, "reopen": reopen_finding}


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _FindingsPages(frame)
    routes.get("/findings")(frame.shown(pages.show_all))
    routes.get("/findings.csv")(frame.shown(pages.as_table))
    routes.get("/findings/{finding}")(frame.shown(pages.show))
    routes.post("/findings/explanation")(session.posting(frame.shown(pages.explain), most=LARGEST_EXPLANATION))
    routes.post("/findings/decision")(session.posting(frame.shown(pages.decide), most=LARGEST_EXPLANATION))


class _FindingsPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show_all(self, visit: Visit) -> Response:
        """The findings of a state; those that are open, where none is asked for."""
        asked, query = self._asked(visit, PAGE)
        with self._frame.services.units.unit_of_work() as uow:
            page = find_findings(uow, visit.viewer, query)
            named = {index for finding in page.findings for index in evidence_of(finding)}
            seen = {event.log_index for event in uow.events.visible_to(visit.viewer).records(sorted(named))}
        shown = [finding | {"records": sorted(set(evidence_of(finding)))} for finding in page.findings]
        return self._frame.page(
            visit,
            "findings.html",
            findings=shown,
            seen=seen,
            asked=asked,
            states=(*STATES, ALL),
            levels=tuple(LEVELS),
            rules=sorted(SENTENCES),
            next_after=page.next_after,
        )

    def as_table(self, visit: Visit) -> Response:
        """The same findings as a CSV file."""
        _, query = self._asked(visit, MOST_ROWS)
        with self._frame.services.units.unit_of_work() as uow:
            page = find_findings(uow, visit.viewer, query)
        dialect = Dialect.FR if visit.words.language == "fr" else Dialect.RFC4180
        headers = {"Content-Disposition": 'attachment; filename="findings.csv"'}
        return Response(write_findings(page.findings, dialect), media_type=MEDIA_TYPE, headers=headers)

    def show(self, visit: Visit) -> Response:
        """One finding: its evidence, its history, and what may be done."""
        number, now = number_of(str(visit.request.path_params["finding"])), self._frame.services.clock()
        with self._frame.services.units.unit_of_work() as uow:
            finding = finding_of(uow, visit.viewer, number, now=now)
            shown = finding_with_history(uow, finding, now=now)
            named = sorted(set(evidence_of(shown)))
            seen = {event.log_index for event in uow.events.visible_to(visit.viewer).records(named)}
        own = finding.member_id is not None and finding.member_id == visit.principal.member_id
        return self._frame.page(
            visit,
            "finding.html",
            finding=shown,
            records=named,
            seen=seen,
            evidence=list(_lines(shown["evidence"])),
            reasons=list(Explaining),
            explains=own and may(visit.principal, Permission.FINDING_EXPLAIN),
            decides=own and may(visit.principal, Permission.FINDING_CLOSE),
            longest_words=LONGEST_WORDS,
            longest_reason=LONGEST_REASON,
            case_rule=OVERDUE.code,
        )

    def explain(self, visit: Visit) -> Response:
        """Say why a finding stands, or take that back."""
        form = visit.form
        if form.get("act") == "take-back":
            return self._do(visit, take_explanation_back)
        reasons = {reason.value: reason for reason in Explaining}
        reason = reasons.get(form.get("reason", ""))
        if reason is None:
            raise _unknown(form.get("reason", ""))
        return self._do(visit, explain_finding, reason=reason, text=form.get("text", ""))

    def decide(self, visit: Visit) -> Response:
        """Be content with an explanation, or not."""
        decision = _DECISIONS.get(visit.form.get("act", ""))
        if decision is None:
            raise _unknown(visit.form.get("act", ""))
        return self._do(visit, decision, reason=visit.form.get("reason", ""))

    def _do(self, visit: Visit, step: Callable[..., Finding], **said: object) -> Response:
        number, version = (number_of(visit.form.get(name, "")) for name in ("finding", "version"))
        viewer = Viewer(member_id=own_member(visit).id)
        doing = FindingDoing(viewer=viewer, version=version, **acting(self._frame, visit))
        with self._frame.services.units.unit_of_work() as uow:
            step(uow, doing, number, **said)
        return RedirectResponse(f"/findings/{number}", 303)

    def _asked(self, visit: Visit, limit: int) -> tuple[dict[str, str], FindingQuery]:
        given = visit.request.query_params
        state, rule, level = given.get("state", "open"), given.get("rule", ""), given.get("level", "")
        asked = {
            "state": state if state in {*STATES, ALL} else FindingState.OPEN.value,
            "rule": rule if rule in SENTENCES else "",
            "level": level if level in LEVELS else "",
        }
        query = FindingQuery(
            now=self._frame.services.clock(),
            state=STATES.get(asked["state"]),
            rule=asked["rule"] or None,
            level=LEVELS.get(asked["level"]),
            after=number_of(given.get("after", "0")),
            limit=limit,
        )
        return asked, query


def _unknown(what: str) -> Refusal:
    return Refusal([Problem(sentence=NOT_FOUND, values={"what": what[:20]})])


def _lines(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Give what evidence says, a line for each of its values, named by the way to it."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _lines(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for number, each in enumerate(value, start=1):
            yield from _lines(each, f"{name} {number}")
    elif value is not None:
        yield name, str(value)


def evidence_of(finding: dict[str, Any]) -> Iterator[int]:
    """Give the log indexes of the records that a finding rests on."""
    yield finding["index"]
    yield from _indexes(finding["evidence"])


def _indexes(value: object) -> Iterator[int]:
    if isinstance(value, dict):
        if isinstance(value.get("index"), int):
            yield value["index"]
        for each in value.values():
            yield from _indexes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _indexes(each)
