"""`GET /api/v1/reports`: the reports of the sector's profile, worked out over the events that the asker may see.

docs/sectors.md says how their rows come about.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import accepts_token, gives, ref, refuses
from filiere_platform.api.problems import language_of
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.api.trace_forms import CsvDialect, accepted
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.report_file import (
    MEDIA_TYPES,
    ReportForm,
    report_as_csv,
    report_as_json,
    report_as_workbook,
    reports_as_json,
)
from filiere_platform.usecases.balance import read_instant
from filiere_platform.usecases.report import MOST_EVENTS, MOST_ROWS, ReportQuestion, WorkedReport, work_out_report
from filiere_schemas.problems import Language

LONGEST_NAME: Final = 63
_ACCEPTED: Final = {MEDIA_TYPES[form].partition(";")[0]: form for form in ReportForm}
Name = Annotated[str, Path(max_length=LONGEST_NAME, description="As `GET /api/v1/reports` lists it")]
Form = Annotated[
    ReportForm | None,
    Query(alias="format", description="What to answer with; else what the header Accept names, else JSON"),
]


class SheetName(BaseModel):
    """A sheet of a report."""

    sheet: str
    title: str = Field(description="In the language of Accept-Language")


class ReportName(BaseModel):
    """A report of the profile."""

    report: str
    title: str = Field(description="In the language of Accept-Language")
    source: str = Field(description="The text that asks for it; may be empty")
    sheets: list[SheetName]


class ReportsAnswer(BaseModel):
    """The reports of the sector's profile."""

    sector: str
    version: str
    reports: list[ReportName]


class ColumnName(BaseModel):
    """A column of a sheet."""

    column: str
    title: str


class SheetAnswer(BaseModel):
    """A sheet with its rows, each by the names of the columns: null, a text, true or false, or several of these."""

    sheet: str
    title: str
    columns: list[ColumnName]
    rows: list[dict[str, Any]]


class ReportAnswer(BaseModel):
    """A report that has been worked out; numbers are texts, exactly."""

    report: str
    title: str
    source: str
    sector: str
    version: str
    from_: str = Field(alias="from")
    until: str
    lot: str | None
    events: int = Field(description="That make rows")
    withheld: int = Field(description="Of these, so many of which some field is not shown to the asker")
    erased: int = Field(description="Events whose payload is erased: they make no row")
    sheets: list[SheetAnswer]


MODELS = (ReportsAnswer, ReportAnswer)
_WORKED: Final[dict[int | str, dict[str, Any]]] = {
    200: gives(
        "The report, in the form that was asked for",
        {
            MEDIA_TYPES[ReportForm.JSON]: ref(ReportAnswer),
            MEDIA_TYPES[ReportForm.CSV]: {"type": "string"},
            MEDIA_TYPES[ReportForm.XLSX]: {"type": "string", "format": "binary"},
        },
    ),
    404: refuses("The profile has no such report"),
    413: refuses("The report is of too many events, or of too many rows"),
}


def router(services: Services) -> APIRouter:
    """Build the routes of reports."""
    routes = APIRouter(prefix="/api/v1/reports", tags=["reports"])

    @routes.get(
        "",
        summary="List the reports of the sector's profile",
        response_class=Response,
        responses={200: gives("Each with its sheets", {"application/json": ref(ReportsAnswer)})},
        openapi_extra=accepts_token(),
    )
    def reports(request: Request) -> Response:
        viewer_of(request, services)
        reporting = services.reporting()
        listed = reports_as_json(reporting.reports, language_of(request))
        answer = {"sector": reporting.sector, "version": reporting.version, "reports": listed}
        return Response(orjson.dumps(answer), media_type="application/json", headers={"Vary": "Accept-Language"})

    @routes.get(
        "/{name}",
        summary="Work out a report over the events of a period that the asker may see",
        description=f"More than {MOST_EVENTS} events or {MOST_ROWS} rows are refused, and not cut.",
        response_class=Response,
        responses=_WORKED,
        openapi_extra=accepts_token(),
    )
    def report(
        *,
        request: Request,
        name: Name,
        start: Annotated[str, Query(alias="from", description="Of events from this RFC 3339 time on")],
        stop: Annotated[str, Query(alias="until", description="Before this RFC 3339 time")],
        lot: Annotated[str | None, Query(max_length=LONGEST_OBJECT, description="Any form of the URI of a lot")] = None,
        sheet: Annotated[str | None, Query(max_length=LONGEST_NAME, description="Of CSV: which sheet")] = None,
        wanted_form: Form = None,
        dialect: CsvDialect = Dialect.RFC4180,
    ) -> Response:
        viewer, reporting = viewer_of(request, services), services.reporting()
        form = wanted_form or accepted(request, _ACCEPTED) or ReportForm.JSON
        question = ReportQuestion(
            report=reporting.report(name),
            start=read_instant("from", start),
            stop=read_instant("until", stop),
            lot=lot,
        )
        with services.units.unit_of_work() as uow:
            worked = work_out_report(uow, viewer, reporting, question)
        content = _written(worked, form, sheet, (language_of(request), dialect), services.capture.clock())
        return Response(content, headers=_headers(form, name), media_type=MEDIA_TYPES[form])

    return routes


def _written(
    worked: WorkedReport, form: ReportForm, sheet: str | None, spoken: tuple[Language, Dialect], now: int
) -> bytes:
    language, dialect = spoken
    if form is ReportForm.JSON:
        return orjson.dumps(report_as_json(worked, language))
    if form is ReportForm.CSV:
        return "".join(report_as_csv(worked, sheet, language, dialect)).encode()
    return report_as_workbook(worked, language, now)


def _headers(form: ReportForm, name: str) -> dict[str, str]:
    headers = {"Vary": "Accept, Accept-Language", "Cache-Control": "no-store"}
    if form is not ReportForm.JSON:
        headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return headers
