"""`GET /api/v1/suppliers/{partner_id}/scorecard`: how deliveries with a partner went, with the records that show it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.json_request import JSON
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.api.supplier_asker import answer, asker_of
from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.domain.supplier_scorecard import Measure
from filiere_platform.usecases.supplier_scorecard import USUAL_DAYS, score_partner
from filiere_platform.usecases.supplier_scores import scorecard_as_json, scorecard_as_table
from filiere_platform.usecases.supplier_view import day_of
from filiere_platform.usecases.suppliers import find_partner
from filiere_schemas.problems import Problem, Refusal

CSV = "text/csv"
FIRST, LAST = date(1970, 1, 2), date(9000, 1, 1)


class CardForm(StrEnum):
    """How a scorecard is given."""

    JSON = "json"
    CSV_FR = "csv-fr"  # decimal commas
    CSV_EN = "csv-en"


class MeasureAnswer(BaseModel):
    """A count, what it is a share of, and records that show it."""

    measure: Measure
    count: int
    of: int
    share: str | None = Field(description="To four decimals; null where there is nothing to be a share of")
    records: list[int] = Field(description="Log indexes, a hundred at most")


class CardAnswer(BaseModel):
    """Deliveries in one direction; a line is one object of one shipment."""

    lines: int
    waiting: int = Field(description="Lines of the last seven days without a reception yet")
    unknown: int = Field(description="Lines of which nothing is concluded: something is hidden there")
    transitDays: dict[str, str | None] = Field(description="median, longest")  # noqa: N815 - JSON
    measures: list[MeasureAnswer]


class ScorecardAnswer(BaseModel):
    """How a partner did, from visible records and findings alone."""

    model_config = {"populate_by_name": True}

    since: str = Field(alias="from")
    until: str
    received: CardAnswer = Field(description="From the partner")
    sent: CardAnswer = Field(description="To the partner")
    findings: list[dict[str, Any]] = Field(description="Your own findings about these deliveries, by rule")
    notKnown: dict[str, dict[str, str]] = Field(description="What has no figure, and why")  # noqa: N815 - JSON
    cut: bool = Field(description="There are more records than were looked at")


MODELS = (ScorecardAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route of scorecards."""
    routes = APIRouter(prefix="/api/v1/suppliers", tags=["suppliers"])

    @routes.get(
        "/{partner_id}/scorecard",
        summary="Say how deliveries with a partner went",
        responses={
            200: gives("Counts, shares and records", {JSON: ref(ScorecardAnswer), CSV: {"type": "string"}}),
            404: refuses("There is none of this id in your register"),
        },
        openapi_extra=requires_token(),
    )
    def scorecard(
        partner_id: str,
        request: Request,
        first: Annotated[date | None, Query(alias="from", description="Absent: a year before `until`")] = None,
        until: Annotated[date | None, Query(description="The last day; absent: today")] = None,
        form: Annotated[CardForm, Query(alias="format")] = CardForm.JSON,
    ) -> Response:
        asker = asker_of(request, services)
        last = until or day_of(asker.now)
        first = first or max(FIRST, last - timedelta(days=USUAL_DAYS))
        if not FIRST <= first <= last <= LAST:
            values = {"name": "from", "found": first, "expected": f"{FIRST} … {last}"}
            raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
        directory = services.directory.snapshot()
        with services.units.unit_of_work() as uow:
            kept = find_partner(uow, asker.member_id, partner_id)
            card = score_partner(
                uow, directory.members[asker.member_id], kept, directory, first=first, last=last, now=asker.now
            )
        if form is CardForm.JSON:
            return answer(scorecard_as_json(card))
        table = scorecard_as_table(card, "en" if form is CardForm.CSV_EN else "fr")
        headers = {"Content-Disposition": 'attachment; filename="scorecard.csv"', "Cache-Control": "no-store"}
        return Response(table, media_type=f"{CSV}; charset=utf-8", headers=headers)

    return routes
