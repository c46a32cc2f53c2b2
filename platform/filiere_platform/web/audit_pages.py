"""`/audit`: the acts that concern one's organisation, by whom; the same as a table for a spreadsheet."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.domain.audit import ActQuery
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.render.table_file import MEDIA_TYPE, write_table
from filiere_platform.usecases.audit import find_acts
from filiere_platform.web.acting import number_of
from filiere_platform.web.visit import Frame, Visit

PAGE = 50
MOST_ROWS = 10_000  # of one file; the next one begins behind its last entry
COLUMNS = ("index", "at", "act", "actor", "for", "member", "object")


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _AuditPages(frame)
    routes.get("/audit")(frame.shown(pages.show))
    routes.get("/audit.csv")(frame.shown(pages.as_table))


class _AuditPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """One page of acts, in the order of the log."""
        after, own = _after(visit), visit.principal.member_id
        people: dict[str, str] = {}
        with self._frame.services.units.unit_of_work() as uow:
            query = ActQuery(after=after, limit=PAGE)
            page = find_acts(uow, visit.viewer, query, origin=self._frame.services.origin)
            if own is not None and may(visit.principal, Permission.PERSON_READ):
                people = {f"person:{person.id}": person.name for person in uow.people.of_member(own)}
        return self._frame.page(
            visit, "audit.html", acts=page.acts, people=people, after=after, next_after=page.next_after
        )

    def as_table(self, visit: Visit) -> Response:
        """The acts as a CSV file."""
        with self._frame.services.units.unit_of_work() as uow:
            query = ActQuery(after=_after(visit), limit=MOST_ROWS)
            acts = find_acts(uow, visit.viewer, query, origin=self._frame.services.origin).acts
        rows = (
            [
                *("" if act[name] is None else str(act[name]) for name in COLUMNS),
                "; ".join(f"{name}={value}" for name, value in sorted(act["details"].items())),
            ]
            for act in acts
        )
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return Response(write_table((*COLUMNS, "details"), rows), media_type=MEDIA_TYPE, headers=headers)


def _after(visit: Visit) -> int:
    text = visit.request.query_params.get("after", "")
    return number_of(text) if text else -1
