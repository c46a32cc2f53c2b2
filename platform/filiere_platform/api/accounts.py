"""`GET /api/v1/accounts`: what the counters of the sector's profile keep, over the events that the asker may see.

docs/sectors.md says how an account comes about.
"""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import accepts_token, gives, ref, refuses
from filiere_platform.api.problems import language_of
from filiere_platform.api.reports import LONGEST_NAME
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.render.account_lines import account_as_json, counters_as_json
from filiere_platform.usecases.account import MOST_EVENTS, AccountQuestion, work_out_account
from filiere_platform.usecases.trace import read_as_of

JSON = "application/json"
_HEADERS = {"Vary": "Accept-Language", "Cache-Control": "no-store"}


class CounterName(BaseModel):
    """A counter of the profile: what it keeps an account of, in which unit, and between which bounds."""

    counter: str
    title: str = Field(description="In the language of Accept-Language")
    unit: str = Field(description="UN/ECE Recommendation 20")
    per: str | list[str] = Field(description="lot, item, site or member; else the paths to the subject in an event")
    least: str | None
    most: str | None


class CountersAnswer(BaseModel):
    """The counters of the sector's profile."""

    sector: str
    version: str
    counters: list[CounterName]


class AccountLine(BaseModel):
    """What an event adds, or takes (below zero), and the balance after it; amounts are texts, exactly."""

    at: str
    index: int
    eventID: str  # noqa: N815 - the name of EPCIS
    counter: str
    amount: str
    balance: str


class AccountBreach(AccountLine):
    """A line after which the balance is beyond a bound, once all of its instant is counted."""

    limit: str = Field(description="least or most")
    bound: str


class AccountAnswer(CounterName):
    """The account of a subject."""

    subject: str
    sector: str
    version: str
    as_of: int = Field(description="The size of the log that it was worked out over")
    balance: str
    complete: bool = Field(description="False where something is not counted that the asker may know of")
    lines: list[AccountLine]
    breaches: list[AccountBreach]
    uncounted: list[int] = Field(description="Events whose amount is sealed, or does not convert")
    erased: int = Field(description="Events whose payload is erased, which might have counted")


MODELS = (CountersAnswer, AccountAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes of accounts."""
    routes = APIRouter(prefix="/api/v1/accounts", tags=["reports"])

    @routes.get(
        "",
        summary="List the counters of the sector's profile",
        response_class=Response,
        responses={200: gives("Each with its unit and bounds", {JSON: ref(CountersAnswer)})},
        openapi_extra=accepts_token(),
    )
    def counters(request: Request) -> Response:
        viewer_of(request, services)
        reporting = services.reporting()
        listed = counters_as_json(reporting.counters, language_of(request))
        answer = {"sector": reporting.sector, "version": reporting.version, "counters": listed}
        return Response(orjson.dumps(answer), media_type=JSON, headers={"Vary": "Accept-Language"})

    @routes.get(
        "/{counter}",
        summary="Work out the account of a subject over the events that the asker may see",
        description=f"More than {MOST_EVENTS} events are refused, and not cut.",
        response_class=Response,
        responses={
            200: gives("The account, with its lines in the order of time", {JSON: ref(AccountAnswer)}),
            404: refuses("The profile has no such counter"),
            413: refuses("The account takes too many events to read"),
        },
        openapi_extra=accepts_token(),
    )
    def account(
        *,
        request: Request,
        counter: Annotated[str, Path(max_length=LONGEST_NAME, description="As `GET /api/v1/accounts` lists it")],
        subject: Annotated[
            str, Query(min_length=1, max_length=LONGEST_OBJECT, description="Of whom or what, as `per` says")
        ],
        as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
    ) -> Response:
        viewer, reporting = viewer_of(request, services), services.reporting()
        question = AccountQuestion(counter=reporting.counter(counter), subject=subject, as_of=read_as_of(as_of))
        with services.units.unit_of_work() as uow:
            worked = work_out_account(uow, viewer, reporting, question, rules=services.balance_rules)
        answer = account_as_json(worked, language_of(request))
        return Response(orjson.dumps(answer), media_type=JSON, headers=_HEADERS)

    return routes
