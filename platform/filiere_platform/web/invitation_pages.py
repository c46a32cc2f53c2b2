"""`/invitation`: the first administrator of a new member makes an account and gets what a connector begins with."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.usecases.joining import invited_member, join_first, read_newcomer
from filiere_platform.web import session
from filiere_platform.web.acting import acting
from filiere_platform.web.sign_in_pages import door_of
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit

LONGEST_INVITATION = 200  # characters, as of the API


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _InvitationPages(frame)
    routes.get("/invitation")(frame.shown(pages.show))
    routes.post("/invitation")(session.posting(frame.shown(pages.join), most=LARGEST_FORM))


class _InvitationPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """For whom it is, and the form; looking uses nothing up, as mail programs look in advance."""
        text = visit.request.query_params.get("t", "")[:LONGEST_INVITATION]
        with self._frame.services.units.unit_of_work() as uow:
            invited = invited_member(uow, text, now=self._frame.services.clock())
        return self._frame.page(visit, "invitation.html", invited=invited, invitation=text)

    def join(self, visit: Visit) -> Response:
        """Make the account; the page shows the member's first credentials, this once."""
        services, form = self._frame.services, visit.form
        doing = acting(self._frame, visit)
        door_of(self._frame).count_address(visit.address, now=doing["now"])
        text = form.get("t", "")[:LONGEST_INVITATION]
        with services.units.unit_of_work() as uow:
            invited_member(uow, text, now=doing["now"])  # before a password costs its time
        newcomer = read_newcomer(
            login=form.get("login", ""), name=form.get("name", ""), password=form.get("password", "")
        )
        with services.units.unit_of_work() as uow:
            given = join_first(uow, text, newcomer, signer=doing["signer"], now=doing["now"])
        return self._frame.page(visit, "first-credentials.html", given=given, newcomer=newcomer, url=services.base_url)
