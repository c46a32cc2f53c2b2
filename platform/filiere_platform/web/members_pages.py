"""`/administration/members/{member_id}`: one member with its identifiers, keys and tokens; of its records, nothing."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.usecases.administration import (
    CHANGES,
    admitted_member,
    change_member,
    file_as_json,
    member_file,
)
from filiere_platform.usecases.admission import invite
from filiere_platform.usecases.identifiers import add_identifier, remove_identifier
from filiere_platform.web import session
from filiere_platform.web.acting import acting, number_of
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

PAGE = "/administration/members/{member_id}"


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _MembersPages(frame)
    routes.get(PAGE)(frame.shown(pages.show))
    for path, page in (("status", pages.change), ("identifiers", pages.identify), ("invite", pages.invite)):
        routes.post(f"{PAGE}/{path}")(session.posting(frame.shown(page), most=LARGEST_FORM))


class _MembersPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, invitation: str = "") -> Response:
        """The member."""
        now = self._frame.services.clock()
        with self._frame.services.units.unit_of_work() as uow:
            found = file_as_json(member_file(uow, _id(visit)), now=now)
        return self._frame.page(visit, "member.html", found=found, invitation=invitation)

    def change(self, visit: Visit) -> Response:
        """Suspend it, let it back in, or end its membership."""
        doing, change = acting(self._frame, visit), visit.form.get("change", "")
        if change not in CHANGES:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": change[:20]})])
        with self._frame.services.units.unit_of_work() as uow:
            reason = visit.form.get("reason", "")
            member = change_member(uow, _id(visit), CHANGES[change], reason=reason, **doing)
        return _back(member.id)

    def identify(self, visit: Visit) -> Response:
        """Give it an identifier, or take one from it."""
        doing, identifier = acting(self._frame, visit), visit.form.get("identifier", "").strip()
        with self._frame.services.units.unit_of_work() as uow:
            member = admitted_member(uow, _id(visit))
            act = remove_identifier if visit.form.get("change") == "remove" else add_identifier
            act(uow, member, identifier, **doing)
        return _back(member.id)

    def invite(self, visit: Visit) -> Response:
        """Make another invitation; the page shows it, this once."""
        doing = acting(self._frame, visit)
        with self._frame.services.units.unit_of_work() as uow:
            made = invite(uow, admitted_member(uow, _id(visit)), **doing)
        return self.show(visit, invitation=made)


def _id(visit: Visit) -> int:
    return number_of(visit.request.path_params["member_id"])


def _back(member_id: int) -> Response:
    return RedirectResponse(f"/administration/members/{member_id}", 303)
