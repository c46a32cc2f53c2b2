"""`/reports`: the reports of the sector's profile, of a period, on the page or as a file."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.report_file import (
    MEDIA_TYPES,
    ReportForm,
    report_as_csv,
    report_as_json,
    report_as_workbook,
)
from filiere_platform.usecases.report import ReportQuestion, WorkedReport, work_out_report
from filiere_platform.web.inquiry_fields import read_microseconds
from filiere_platform.web.searching import read_query
from filiere_platform.web.visit import LONGEST_QUERY, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

FIELDS: Final = ("report", "from", "to", "object", "sheet", "format")
MOST_SHOWN: Final = 50  # rows of a sheet on the page; a file has all of them
_FORMS: Final = {form.value: form for form in (ReportForm.CSV, ReportForm.XLSX)}


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the route."""
    routes.get("/reports")(frame.shown(_ReportsPage(frame).show))


class _ReportsPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The form, and the report that is asked for: on the page, or as a file."""
        asked = {name: visit.request.query_params.get(name, "").strip()[:LONGEST_QUERY] for name in FIELDS}
        worked = self._worked(visit, asked) if asked["report"] else None
        if worked is not None and asked["format"] in _FORMS:
            return self._file(visit, worked, _FORMS[asked["format"]], asked["sheet"] or None)
        return self._frame.page(
            visit,
            "reports.html",
            asked=asked,
            reports=self._frame.services.reporting().reports.values(),
            found=None if worked is None else report_as_json(worked, visit.words.language),
            most=MOST_SHOWN,
        )

    def _worked(self, visit: Visit, asked: dict[str, str]) -> WorkedReport:
        reporting = self._frame.services.reporting()
        start, stop = (read_microseconds(asked, name) for name in ("from", "to"))
        if start is None or stop is None:
            values = {"name": "from, to", "found": asked["from"] or asked["to"], "expected": "2026-03-04T05:06"}
            raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
        lot = read_query(asked["object"]) if asked["object"] else None
        question = ReportQuestion(report=reporting.report(asked["report"]), start=start, stop=stop, lot=lot)
        with self._frame.services.units.unit_of_work() as uow:
            return work_out_report(uow, visit.viewer, reporting, question)

    def _file(self, visit: Visit, worked: WorkedReport, form: ReportForm, sheet: str | None) -> Response:
        language = visit.words.language
        if form is ReportForm.XLSX:
            content = report_as_workbook(worked, language, self._frame.services.clock())
        else:
            dialect = Dialect.FR if language == "fr" else Dialect.RFC4180
            content = "".join(report_as_csv(worked, sheet, language, dialect)).encode()
        name = "-".join(part for part in (worked.question.report.name, sheet) if part)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
