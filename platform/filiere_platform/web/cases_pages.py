"""`/cases`: notices, certificates and orders with other members, one case with its steps; a step is taken here."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.case import LONGEST_TEXT, LONGEST_VALUE, CaseQuery, Said
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.usecases.case import Handling, Move, NewCase, case_of, move_case, open_case
from filiere_platform.usecases.case_view import MOST_LISTED, list_cases, machine_as_json, show_case
from filiere_platform.web import session
from filiere_platform.web.acting import acting, number_of, own_member
from filiere_platform.web.visit import LARGEST_FORM, LONGEST_QUERY, Frame, Visit
from filiere_schemas.sectors.machine import machine_of

LARGEST_STEP: Final = 32 * LARGEST_FORM  # bytes: words, fields and some objects
_FIELD: Final = "field-"  # before the name of a field, in a form


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _CasesPages(frame)
    routes.get("/cases")(frame.shown(pages.show_all))
    routes.post("/cases/open")(session.posting(frame.shown(pages.open), most=LARGEST_STEP))
    routes.post("/cases/step")(session.posting(frame.shown(pages.step), most=LARGEST_STEP))
    routes.get("/cases/{case_id}")(frame.shown(pages.show))


class _CasesPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show_all(self, visit: Visit) -> Response:
        """One's cases, those first that wait for oneself, and the form of the machine that is chosen."""
        asked = {name: visit.request.query_params.get(name, "")[:LONGEST_QUERY] for name in ("machine", "subject")}
        reporting, language = self._frame.services.reporting(), visit.words.language
        machines = [machine_as_json(machine_of(each), language) for each in reporting.machines.values()]
        member, directory = own_member(visit), self._frame.services.directory.current()
        with self._frame.services.units.unit_of_work() as uow:
            cases = list_cases(uow, member.id, directory, CaseQuery(limit=MOST_LISTED), **self._told(visit))
        return self._frame.page(
            visit,
            "cases.html",
            waiting=[each for each in cases if each["yours"]],
            others=[each for each in cases if not each["yours"]],
            names={each.uri: each.name for each in directory.members.values()},
            machines=machines,
            chosen=next((each for each in machines if each["machine"] == asked["machine"]), None),
            asked=asked,
            manages=may(visit.principal, Permission.CASE_MANAGE),
            longest=(LONGEST_TEXT, LONGEST_VALUE),
        )

    def show(self, visit: Visit) -> Response:
        """One case."""
        member, directory = own_member(visit), self._frame.services.directory.current()
        case_id = str(visit.request.path_params["case_id"])
        with self._frame.services.units.unit_of_work() as uow:
            found = case_of(uow, case_id, member_id=member.id)
            shown = show_case(uow, found, directory, member.id, **self._told(visit))
        return self._frame.page(
            visit,
            "case.html",
            case=shown,
            names={each.uri: each.name for each in directory.members.values()},
            titles={each["field"]: each for each in shown["fields"]},
            manages=may(visit.principal, Permission.CASE_MANAGE),
            me=visit.principal.actor_id,
            longest=(LONGEST_TEXT, LONGEST_VALUE),
        )

    def open(self, visit: Visit) -> Response:
        """Open a case."""
        form, doing = visit.form, self._doing(visit)
        new = NewCase(
            machine=form.get("machine", ""),
            receiver=form.get("receiver", "").strip(),
            subjects=tuple(dict.fromkeys(form.get("subjects", "").split())),
            said=_said(visit),
        )
        with self._frame.services.units.unit_of_work() as uow:
            reporting, named = self._frame.services.reporting(), self._frame.services.names_members
            opened = open_case(uow, doing, reporting, new, names_members=named)
        return RedirectResponse(f"/cases/{opened.id}", 303)

    def step(self, visit: Visit) -> Response:
        """Take a step, propose one, or approve what is proposed."""
        form, doing = visit.form, self._doing(visit)
        move = Move(
            to=form.get("to", ""),
            number=number_of(form.get("number", "")),
            said=_said(visit),
            approves=form.get("approves", ""),
        )
        with self._frame.services.units.unit_of_work() as uow:
            moved = move_case(uow, doing, form.get("case", "")[:40], move)
        return RedirectResponse(f"/cases/{moved.id}", 303)

    def _doing(self, visit: Visit) -> Handling:
        return Handling(member_id=own_member(visit).id, by=visit.principal, **acting(self._frame, visit))

    def _told(self, visit: Visit) -> dict[str, Any]:
        return {"language": visit.words.language, "now": visit.at}


def _said(visit: Visit) -> Said:
    fields = {name.removeprefix(_FIELD): value for name, value in visit.form.items() if name.startswith(_FIELD)}
    return Said(visit.form.get("text", ""), fields)
