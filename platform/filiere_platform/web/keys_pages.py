"""`/keys`: the keys of one's organisation with their history in the log, and a one-time token that enrols another."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.domain.permissions import Permission, may
from filiere_platform.usecases.administration import key_as_json, key_request_as_json, member_file
from filiere_platform.usecases.members import give_enrolment_token
from filiere_platform.web import session
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _KeysPages(frame)
    routes.get("/keys")(frame.shown(pages.show))
    routes.post("/keys/enrolment")(session.posting(frame.shown(pages.enrol), most=LARGEST_FORM))


class _KeysPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, enrolment: str = "") -> Response:
        """The keys, in order of registration, ended ones too, and what waits for the registrar."""
        with self._frame.services.units.unit_of_work() as uow:
            found = member_file(uow, own_member(visit).id)
        return self._frame.page(
            visit,
            "keys.html",
            keys=[key_as_json(key) for key in found.keys],
            requests=[key_request_as_json(request) for request in found.waiting],
            manages=may(visit.principal, Permission.KEY_MANAGE),
            enrolment=enrolment,
            origin=self._frame.services.origin,
            url=self._frame.services.base_url,
        )

    def enrol(self, visit: Visit) -> Response:
        """Make a one-time token with which a connector enrols a key; the page shows it, this once."""
        doing = acting(self._frame, visit)
        with self._frame.services.units.unit_of_work() as uow:
            made = give_enrolment_token(uow, own_member(visit), **doing)
        return self.show(visit, enrolment=made)
