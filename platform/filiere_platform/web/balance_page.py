"""`/balance`: whether what came in is what went out, of lots, and of a site in a period; and dilution downstream."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.usecases.balance import SiteQuestion, balance_objects, balance_site, dilute_object
from filiere_platform.usecases.trace import read_as_of
from filiere_platform.web.inquiry_fields import read_microseconds
from filiere_platform.web.searching import read_query
from filiere_platform.web.visit import LONGEST_QUERY, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

FIELDS = ("object", "site", "from", "to", "unit", "as_of")
DEFAULT_UNIT = "KGM"


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the route."""
    routes.get("/balance")(frame.shown(_BalancePage(frame).show))


class _BalancePage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The form, and the balance of the lot or of the site that is named."""
        asked = {name: visit.request.query_params.get(name, "").strip()[:LONGEST_QUERY] for name in FIELDS}
        site = self._of_site(visit, asked) if asked["site"] else None
        lot = None if site or not asked["object"] else self._of_lot(visit, asked)
        dilution = self._dilution(visit, asked) if lot and "dilution" in visit.request.query_params else None
        directory = self._frame.services.directory.current()
        names = {member.uri: member.name for member in directory.members.values()}
        return self._frame.page(visit, "balance.html", asked=asked, lot=lot, site=site, dilution=dilution, names=names)

    def _of_lot(self, visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
        services = self._frame.services
        with services.units.unit_of_work() as uow:
            return balance_objects(
                uow,
                visit.viewer,
                [read_query(asked["object"])],
                rules=services.balance_rules,
                unit=asked["unit"] or None,
                as_of=read_as_of(asked["as_of"] or None),
            )

    def _of_site(self, visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
        start, stop = (read_microseconds(asked, name) for name in ("from", "to"))
        if start is None or stop is None:
            values = {"name": "from, to", "found": asked["from"] or asked["to"], "expected": "2026-03-04T05:06"}
            raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
        services = self._frame.services
        question = SiteQuestion(
            site=read_query(asked["site"]),
            start=start,
            stop=stop,
            unit=asked["unit"] or DEFAULT_UNIT,
            as_of=read_as_of(asked["as_of"] or None),
        )
        with services.units.unit_of_work() as uow:
            return balance_site(uow, visit.viewer, question, rules=services.balance_rules)

    def _dilution(self, visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
        services, known = self._frame.services, read_as_of(asked["as_of"] or None)
        with services.units.unit_of_work() as uow:
            return dilute_object(
                uow, visit.viewer, read_query(asked["object"]), rules=services.balance_rules, as_of=known
            )
