"""`/apply`: a stranger asks to become a member, and accepts the charter in force; what the API takes, and no more."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.domain.application import LONGEST, MOST_IDENTIFIERS, Application, Charter, read_charter
from filiere_platform.usecases.admission import apply
from filiere_platform.web import session
from filiere_platform.web.visit import Frame, Visit

LARGEST_APPLICATION = 40_000  # bytes of a form: what 20,000 bytes of JSON hold, each letter written as three


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _ApplyPages(frame)
    routes.get("/apply")(frame.shown(pages.show))
    routes.post("/apply")(session.posting(frame.shown(pages.apply), most=LARGEST_APPLICATION))


class _ApplyPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The form, with the charter that is in force."""
        with self._frame.services.units.unit_of_work() as uow:
            charter = uow.admission.charter()
        return self._page(visit, charter=charter, kept=None)

    def apply(self, visit: Visit) -> Response:
        """Keep the application; the answer is the same whether the applicant is a member already or not."""
        form = visit.form
        with self._frame.services.units.unit_of_work() as uow:
            kept = apply(
                uow,
                uri=form.get("uri", "").strip(),
                name=form.get("name", ""),
                contact=form.get("contact", ""),
                message=form.get("message", ""),
                identifiers=tuple(line.strip() for line in form.get("identifiers", "").splitlines() if line.strip()),
                charter=_accepted(visit),
                now=self._frame.services.clock(),
            )
        return self._page(visit, charter=None, kept=kept)

    def _page(self, visit: Visit, *, charter: Charter | None, kept: Application | None) -> Response:
        return self._frame.page(
            visit, "apply.html", charter=charter, kept=kept, longest=LONGEST, most_identifiers=MOST_IDENTIFIERS
        )


def _accepted(visit: Visit) -> Charter | None:
    """The charter that the form showed, if it was accepted: another one may have come into force meanwhile."""
    if "accept" not in visit.form:
        return None
    return read_charter(visit.form.get("charter-version", ""), visit.form.get("charter-sha256", ""))
