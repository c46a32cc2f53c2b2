"""`/accounts`: what a counter of the sector's profile keeps of a lot, a site, a member or a certificate."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response

from filiere_platform.render.account_lines import account_as_json
from filiere_platform.usecases.account import KEPT_BY_KEY, AccountQuestion, work_out_account
from filiere_platform.usecases.trace import read_as_of
from filiere_platform.web.searching import read_query
from filiere_platform.web.visit import LONGEST_QUERY, Frame, Visit

FIELDS: Final = ("counter", "subject", "as_of")
MOST_SHOWN: Final = 200  # lines on the page, the last ones; the API gives all of them


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the route."""
    routes.get("/accounts")(frame.shown(_AccountsPage(frame).show))


class _AccountsPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The form, and the account that is asked for."""
        asked = {name: visit.request.query_params.get(name, "").strip()[:LONGEST_QUERY] for name in FIELDS}
        found = self._worked(visit, asked) if asked["counter"] and asked["subject"] else None
        counters = self._frame.services.reporting().counters.values()
        return self._frame.page(visit, "accounts.html", asked=asked, counters=counters, found=found, most=MOST_SHOWN)

    def _worked(self, visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
        services = self._frame.services
        reporting = services.reporting()
        counter = reporting.counter(asked["counter"])
        question = AccountQuestion(
            counter=counter,
            subject=read_query(asked["subject"]) if counter.per in KEPT_BY_KEY else asked["subject"],
            as_of=read_as_of(asked["as_of"] or None),
        )
        with services.units.unit_of_work() as uow:
            worked = work_out_account(uow, visit.viewer, reporting, question, rules=services.balance_rules)
        return account_as_json(worked, visit.words.language)
