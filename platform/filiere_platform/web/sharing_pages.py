"""`/sharing`: how far one's records are shared, whether one is named, and partners named afterwards."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.usecases.sharing import (
    UNSAID,
    name_partner,
    name_partner_of_object,
    read_mode,
    set_mode,
    set_named,
    sharing_of,
)
from filiere_platform.web import session
from filiere_platform.web.acting import acting, number_of, own_member
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

NAMING = {UNSAID: None, "yes": True, "no": False}


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _SharingPages(frame)
    routes.get("/sharing")(frame.shown(pages.show))
    routes.post("/sharing")(session.posting(frame.shown(pages.change), most=LARGEST_FORM))
    routes.post("/sharing/partners")(session.posting(frame.shown(pages.name), most=LARGEST_FORM))


class _SharingPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, named: str = "", count: int = 0) -> Response:
        """What holds, how each mode works, and the form that names a partner."""
        services = self._frame.services
        with services.units.unit_of_work() as uow:
            sharing = sharing_of(
                uow, own_member(visit), default_mode=services.default_sharing, default_named=services.names_members
            )
        return self._frame.page(
            visit,
            "sharing.html",
            sharing=sharing,
            modes=list(SharingMode),
            unsaid=UNSAID,
            naming=NAMING,
            gives=may(visit.principal, Permission.DISCLOSURE_GIVE),
            named=named,
            count=count,
        )

    def change(self, visit: Visit) -> Response:
        """Keep the choice."""
        doing, member = acting(self._frame, visit), own_member(visit)
        mode, naming = read_mode(visit.form.get("mode", "")), visit.form.get("named", "")
        if naming not in NAMING:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": naming[:20]})])
        with self._frame.services.units.unit_of_work() as uow:
            set_mode(uow, member, mode, **doing)
            set_named(uow, member, is_named=NAMING[naming], **doing)
        return RedirectResponse("/sharing", 303)

    def name(self, visit: Visit) -> Response:
        """Name a partner for one record, or for all of one's own about an object."""
        doing, member = acting(self._frame, visit), own_member(visit)
        partner, thing = visit.form.get("partner", "").strip(), visit.form.get("object", "").strip()
        with self._frame.services.units.unit_of_work() as uow:
            if visit.form.get("record"):
                found, count = name_partner(uow, member, number_of(visit.form["record"]), partner, **doing), 1
            else:
                found, count = name_partner_of_object(uow, member, thing, partner, **doing)
        if may(visit.principal, Permission.SHARING_MANAGE):
            return self.show(visit, named=found.name, count=count)
        return RedirectResponse("/", 303)
