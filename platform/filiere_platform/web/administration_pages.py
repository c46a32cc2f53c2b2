"""`/administration`: what the sector body's administrators decide: applications, members, the charter, disputes."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.application import LONGEST, ApplicationState, read_charter
from filiere_platform.domain.finding import FindingQuery, FindingState
from filiere_platform.domain.member import Member
from filiere_platform.usecases.administration import admit, application_as_json, key_request_as_json, member_as_json
from filiere_platform.usecases.admission import approve, decline, publish_charter
from filiere_platform.usecases.broker_users import broker_state
from filiere_platform.usecases.ownership import close_dispute, find_disputes
from filiere_platform.web import session
from filiere_platform.web.acting import acting, number_of
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit

MOST_DISPUTES = 100


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _AdministrationPages(frame)
    routes.get("/administration")(frame.shown(pages.show))
    for path, page in (
        ("/administration/applications", pages.decide),
        ("/administration/members", pages.admit),
        ("/administration/charter", pages.publish),
        ("/administration/disputes", pages.close),
    ):
        routes.post(path)(session.posting(frame.shown(page), most=LARGEST_FORM))


class _AdministrationPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, invited: Member | None = None, invitation: str = "") -> Response:
        """What waits for a decision, and everybody."""
        now = self._frame.services.clock()
        with self._frame.services.units.unit_of_work() as uow:
            waiting = [application_as_json(each) for each in uow.admission.in_state(ApplicationState.PENDING)]
            members = [member_as_json(member) for member in uow.members.all()]
            requests = [key_request_as_json(request) for request in uow.key_requests.all()]
            charter = uow.admission.charter()
            query = FindingQuery(now=now, state=FindingState.OPEN, limit=MOST_DISPUTES)
            disputes = find_disputes(uow, query).findings
            broker = broker_state(uow, self._frame.services.broker_keeping)
        return self._frame.page(
            visit,
            "administration.html",
            waiting=waiting,
            members=members,
            requests=requests,
            charter=charter,
            disputes=disputes,
            broker=broker,
            longest=LONGEST,
            invited=invited,
            invitation=invitation,
        )

    def decide(self, visit: Visit) -> Response:
        """Approve an application, or decline it with a reason."""
        doing, wanted = acting(self._frame, visit), visit.form.get("application", "")[:40]
        if visit.form.get("decision") == "approve":
            with self._frame.services.units.unit_of_work() as uow:
                member, invitation = approve(uow, wanted, **doing)
            return self.show(visit, invited=member, invitation=invitation)
        with self._frame.services.units.unit_of_work() as uow:
            decline(uow, wanted, reason=visit.form.get("reason", ""), **doing)
        return _back()

    def admit(self, visit: Visit) -> Response:
        """Admit somebody who did not apply; the page shows the invitation, this once."""
        doing, form = acting(self._frame, visit), visit.form
        with self._frame.services.units.unit_of_work() as uow:
            member, invitation = admit(
                uow, uri=form.get("uri", "").strip(), name=form.get("name", ""), identifiers=(), **doing
            )
        return self.show(visit, invited=member, invitation=invitation)

    def publish(self, visit: Visit) -> Response:
        """Put a version of the charter into force."""
        doing = acting(self._frame, visit)
        version, sha256 = visit.form.get("version", ""), visit.form.get("sha256", "")
        charter = read_charter(version, sha256, allows_mandates="mandates" in visit.form)
        with self._frame.services.units.unit_of_work() as uow:
            publish_charter(uow, charter, **doing)
        return _back()

    def close(self, visit: Visit) -> Response:
        """Close a dispute for both who see it."""
        doing, number = acting(self._frame, visit), number_of(visit.form.get("dispute", ""))
        with self._frame.services.units.unit_of_work() as uow:
            close_dispute(uow, number, reason=visit.form.get("reason", ""), **doing)
        return _back()


def _back() -> Response:
    return RedirectResponse("/administration", 303)
