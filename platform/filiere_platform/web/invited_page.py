"""`/invited`: what somebody finds who was invited to apply: the application of the company, filled in already."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.domain.application import MOST_IDENTIFIERS
from filiere_platform.usecases.supplier_invitations import apply_invited, read_invited
from filiere_platform.web import session
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes. Only a POST uses the link up: a mail program that looks at it does no harm."""
    page = _InvitedPage(frame)
    routes.get("/invited")(frame.shown(page.show))
    routes.post("/invited")(session.posting(frame.shown(page.apply), most=LARGEST_FORM))


class _InvitedPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The application, to be looked over."""
        secret = visit.request.query_params.get("t", "")[:100]
        with self._frame.services.units.unit_of_work() as uow:
            invited = read_invited(uow, secret, now=self._frame.services.clock())
        uri, *others = [*invited.partner.identifiers, ""]
        return self._frame.page(
            visit,
            "invited.html",
            invited=invited,
            secret=secret,
            uri=uri,
            identifiers=[each for each in others if each][:MOST_IDENTIFIERS],
            sent=False,
        )

    def apply(self, visit: Visit) -> Response:
        """Send the application; it waits for the sector body as any other."""
        form = visit.form
        said = {name: form.get(name, "").strip() for name in ("uri", "name", "contact")}
        with self._frame.services.units.unit_of_work() as uow:
            apply_invited(
                uow,
                form.get("t", "")[:100],
                **said,
                identifiers=tuple(line.strip() for line in form.get("identifiers", "").splitlines() if line.strip()),
                accepts="accepts" in form,
                now=self._frame.services.clock(),
            )
        return self._frame.page(visit, "invited.html", sent=True)
