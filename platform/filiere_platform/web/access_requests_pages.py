"""`/access-requests`: what one asked for, and what others ask of one's own; asking from a sealed node of a trace."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.access_request import LONGEST_HANDLE, AccessState, read_purpose
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.sentences import NOT_FOUND, TOKEN_REFUSED
from filiere_platform.usecases.access_requests import MOST_LISTED, answer_access, ask_for_access, lay_out_requests
from filiere_platform.web import session
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

ANSWERS = {"grant": AccessState.GRANTED, "decline": AccessState.DECLINED}
LARGEST_QUESTION = 2 * LARGEST_FORM  # bytes: a purpose has up to 2,000 characters


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _AccessPages(frame)
    routes.get("/access-requests")(frame.shown(pages.show))
    routes.post("/access-requests/ask")(session.posting(frame.shown(pages.ask), most=LARGEST_QUESTION))
    routes.post("/access-requests/answer")(session.posting(frame.shown(pages.answer), most=LARGEST_FORM))


class _AccessPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """Both sides, the newest first."""
        member, directory = own_member(visit), self._frame.services.directory.current()
        with self._frame.services.units.unit_of_work() as uow:
            sides = {
                "received": uow.access_requests.asked_of(member.id, limit=MOST_LISTED),
                "asked": uow.access_requests.asked_by(member.id, limit=MOST_LISTED),
            }
            told = {
                side: lay_out_requests(uow, found, viewer=member, directory=directory) for side, found in sides.items()
            }
        names = {each.uri: each.name for each in directory.members.values()}
        gives = may(visit.principal, Permission.DISCLOSURE_GIVE)
        return self._frame.page(visit, "access-requests.html", told=told, names=names, gives=gives)

    def ask(self, visit: Visit) -> Response:
        """Ask for what is behind a sealed node."""
        key = self._frame.services.handle_key
        if key is None:
            raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
        with self._frame.services.units.unit_of_work() as uow:
            ask_for_access(
                uow,
                own_member(visit),
                visit.viewer,
                visit.form.get("handle", "")[:LONGEST_HANDLE],
                read_purpose(visit.form.get("purpose", "")),
                key=key,
                request_id=secrets.token_urlsafe(16),
                now=self._frame.services.clock(),
            )
        return _back()

    def answer(self, visit: Visit) -> Response:
        """Grant or decline what is asked of one's own."""
        doing, answer = acting(self._frame, visit), visit.form.get("answer", "")
        if answer not in ANSWERS:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": answer[:20]})])
        request_id = visit.form.get("request", "")[:40]
        with self._frame.services.units.unit_of_work() as uow:
            answer_access(uow, own_member(visit), request_id, ANSWERS[answer], **doing)
        return _back()


def _back() -> Response:
    return RedirectResponse("/access-requests", 303)
