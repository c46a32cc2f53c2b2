"""`/findings`: what the rules found about one's own, with links to the records that show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Response

from filiere_platform.domain.finding import FindingQuery, FindingState
from filiere_platform.usecases.findings import find_findings
from filiere_platform.web.acting import number_of
from filiere_platform.web.visit import Frame, Visit

PAGE = 50
STATES = {"open": FindingState.OPEN, "closed": FindingState.CLOSED}


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the route."""
    routes.get("/findings")(frame.shown(_FindingsPages(frame).show))


class _FindingsPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The findings of a state; those that are open, where none is asked for."""
        asked = visit.request.query_params
        state = asked.get("state", "open")
        state = state if state in {*STATES, "all"} else "open"
        query = FindingQuery(
            now=self._frame.services.clock(),
            state=STATES.get(state),
            after=number_of(asked.get("after", "0")),
            limit=PAGE,
        )
        with self._frame.services.units.unit_of_work() as uow:
            page = find_findings(uow, visit.viewer, query)
            named = {index for finding in page.findings for index in evidence_of(finding)}
            seen = {event.log_index for event in uow.events.visible_to(visit.viewer).records(sorted(named))}
        shown = [finding | {"records": sorted(set(evidence_of(finding)))} for finding in page.findings]
        return self._frame.page(
            visit, "findings.html", findings=shown, seen=seen, state=state, next_after=page.next_after
        )


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
