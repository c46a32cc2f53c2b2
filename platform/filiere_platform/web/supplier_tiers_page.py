"""`/suppliers/tiers`: who supplied whom behind one of one's own lots."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.usecases.supplier_tiers import map_tiers
from filiere_platform.web.acting import own_member
from filiere_platform.web.searching import read_query
from filiere_platform.web.visit import LONGEST_QUERY, Frame, Visit


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the route; before those with an id in their place."""
    routes.get("/suppliers/tiers")(frame.shown(_TiersPage(frame).show))


class _TiersPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The form, and the companies by tier where a lot is named."""
        member, services = own_member(visit), self._frame.services
        text = visit.request.query_params.get("object", "").strip()[:LONGEST_QUERY]
        found = None
        if text:
            with services.units.unit_of_work() as uow:
                found = map_tiers(uow, member, [read_query(text)], key=None, names_members=services.names_members)
        return self._frame.page(visit, "supplier-tiers.html", text=text, found=found)
