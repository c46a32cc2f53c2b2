"""A report as a file: JSON for programs, CSV for one sheet, a workbook for all of them.

What others typed stands in the cells, and none of it is computed by who opens the file. Several values of one cell are
a list in JSON, and one text elsewhere. Numbers are exact: JSON writes them as texts, a workbook those that a double
holds as numbers and the others as texts.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from filiere_platform.domain.instant import iso_instant, moment
from filiere_platform.domain.report_sentences import UNKNOWN_SHEET
from filiere_platform.render.csv_rows import Dialect, write_csv
from filiere_platform.render.trace_table import Cell as Shown
from filiere_platform.usecases.report import WorkedReport
from filiere_schemas.problems import Language, Problem, Refusal
from filiere_schemas.sectors.report import Column, Report
from filiere_schemas.sectors.report_rows import FilledSheet
from filiere_schemas.sectors.report_totals import Cell, Value
from filiere_schemas.spreadsheet import as_text

MANY: Final = "; "  # between the values of one cell
_DIGITS_OF_A_DOUBLE: Final = 15  # that every double of so many decimal digits gives back
_LONGEST_TITLE: Final = 31  # characters of the name of a sheet. Source: ECMA-376, 18.2.19 as spreadsheets read it
_LONGEST_CELL: Final = 32_767  # characters. Source: the limits of Excel's worksheets
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
_WIDEST: Final = 60  # characters of a column as it is first shown
_ABOUT: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {
        "title": "à propos",
        "report": "rapport",
        "source": "texte",
        "profile": "profil",
        "from": "du",
        "until": "jusqu'au (non compris)",
        "lot": "lot",
        "events": "événements",
        "withheld": "dont incomplets : des champs ne vous sont pas montrés",
        "erased": "événements effacés, sans ligne",
        "made": "établi le",
        "glossary": "glossaire",
        "sheet": "feuille",
        "column": "colonne",
        "name": "nom",
        "read-from": "lu où, ou calculé comment",
    },
    "en": {
        "title": "about",
        "report": "report",
        "source": "text",
        "profile": "profile",
        "from": "from",
        "until": "until (excluded)",
        "lot": "lot",
        "events": "events",
        "withheld": "of these incomplete: fields are not shown to you",
        "erased": "erased events, without a row",
        "made": "made on",
        "glossary": "glossary",
        "sheet": "sheet",
        "column": "column",
        "name": "name",
        "read-from": "read where, or worked out how",
    },
}


class ReportForm(StrEnum):
    """The forms of a report."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Final = {
    ReportForm.JSON: "application/json",
    ReportForm.CSV: "text/csv; charset=utf-8",
    ReportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def report_as_json(worked: WorkedReport, language: Language) -> dict[str, Any]:
    """Lay a report out; each row names its columns."""
    asked = worked.question
    return {
        "report": asked.report.name,
        "title": getattr(asked.report.text, language),
        "source": asked.report.source,
        "sector": worked.reporting.sector,
        "version": worked.reporting.version,
        "from": iso_instant(asked.start),
        "until": iso_instant(asked.stop),
        "lot": asked.lot,
        "events": worked.events,
        "withheld": worked.withheld,
        "erased": worked.erased,
        "sheets": [_sheet_as_json(filled, language) for filled in worked.sheets],
    }


def reports_as_json(reports: Mapping[str, Report], language: Language) -> list[dict[str, Any]]:
    """Say which reports there are, with their sheets."""
    return [
        {
            "report": report.name,
            "title": getattr(report.text, language),
            "source": report.source,
            "sheets": [{"sheet": each.name, "title": getattr(each.text, language)} for each in report.sheets],
        }
        for report in reports.values()
    ]


def report_as_csv(worked: WorkedReport, sheet: str | None, language: Language, dialect: Dialect) -> Iterator[str]:
    """Write one sheet, a line at a time: the one that is named, or the only one.

    Raises:
        Refusal: code `report-sheet`.
    """
    filled = chosen_sheet(worked.sheets, sheet)
    header = [getattr(column.text, language) for column in filled.sheet.columns]
    return write_csv(header, ([_as_cell(cell) for cell in row] for row in filled.rows), dialect)


def chosen_sheet(sheets: tuple[FilledSheet, ...], name: str | None) -> FilledSheet:
    """Give the sheet of a name, or the only one.

    Raises:
        Refusal: code `report-sheet`.
    """
    found = [filled for filled in sheets if name in {None, filled.sheet.name}]
    if len(found) != 1:
        expected = ", ".join(filled.sheet.name for filled in sheets)
        raise Refusal([Problem(sentence=UNKNOWN_SHEET, values={"found": name or "-", "expected": expected})])
    return found[0]


def report_as_workbook(worked: WorkedReport, language: Language, now: int) -> bytes:
    """Write every sheet into a workbook, then what each column is and what the report is of; `now` in microseconds."""
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = moment(now).replace(tzinfo=None)
    book.properties.creator = "Filière"
    for filled in worked.sheets:
        header = [getattr(column.text, language) for column in filled.sheet.columns]
        _add_sheet(book, getattr(filled.sheet.text, language), header, (map(_as_cell, row) for row in filled.rows))
    words = _ABOUT[language]
    explained = [words[name] for name in ("sheet", "column", "name", "read-from")]
    _add_sheet(book, words["glossary"], explained, _glossary(worked.question.report, language))
    titled = (words["report"], getattr(worked.question.report.text, language))
    _add_sheet(book, words["title"], titled, _about(worked, words, now))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _glossary(report: Report, language: Language) -> Iterator[tuple[Shown, ...]]:
    for sheet in report.sheets:
        for column in sheet.columns:
            title = getattr(column.text, language)
            yield getattr(sheet.text, language), title, column.name, _origin(column)


def _origin(column: Column) -> str:
    """Say where a column is read, or how it is worked out, by the names that the profile gives."""
    if column.percent:
        return " / ".join(column.percent) + ", %"
    if column.paths:
        return MANY.join(path.text for path in column.paths)
    return " - ".join([" + ".join(column.adds), *column.takes])


def _about(worked: WorkedReport, words: Mapping[str, str], now: int) -> Iterator[tuple[Shown, Shown]]:
    asked = worked.question
    yield words["source"], asked.report.source
    yield words["profile"], f"{worked.reporting.sector} {worked.reporting.version}"
    yield words["from"], iso_instant(asked.start)
    yield words["until"], iso_instant(asked.stop)
    yield words["lot"], asked.lot
    yield words["events"], worked.events
    yield words["withheld"], worked.withheld
    yield words["erased"], worked.erased
    yield words["made"], iso_instant(now)


def _add_sheet(book: Workbook, title: str, header: Sequence[str], rows: Iterable[Iterable[Shown]]) -> None:
    sheet = book.create_sheet(title.translate(_FORBIDDEN)[:_LONGEST_TITLE].strip("' "))
    laid = [[_in_workbook(cell) for cell in row] for row in rows]
    # A sheet that is written as it comes has to know its columns first.
    for at, name in enumerate(header):
        longest = max([len(name), *(len(str(row[at])) for row in laid if row[at] is not None)])
        sheet.column_dimensions[get_column_letter(at + 1)].width = min(longest, _WIDEST) + 2
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(laid) + 1}"
    named = [WriteOnlyCell(sheet, value=as_text(name)) for name in header]
    for cell in named:
        cell.font = Font(bold=True)
    sheet.append(named)
    for row in laid:
        sheet.append(row)


def _in_workbook(cell: Shown) -> Shown:
    if isinstance(cell, str):
        text = as_text(ILLEGAL_CHARACTERS_RE.sub("", cell))
        return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
    if isinstance(cell, Decimal) and len(cell.as_tuple().digits) > _DIGITS_OF_A_DOUBLE:
        return format(cell, "f")
    return cell


def _sheet_as_json(filled: FilledSheet, language: Language) -> dict[str, Any]:
    columns = filled.sheet.columns
    names = [column.name for column in columns]
    return {
        "sheet": filled.sheet.name,
        "title": getattr(filled.sheet.text, language),
        "columns": [{"column": column.name, "title": getattr(column.text, language)} for column in columns],
        "rows": [dict(zip(names, map(_cell_as_json, row), strict=True)) for row in filled.rows],
    }


def _cell_as_json(cell: Cell) -> Any:
    values = [_plain(value) for value in cell]
    return values if len(values) > 1 else next(iter(values), None)


def _as_cell(cell: Cell) -> Shown:
    if len(cell) > 1:
        return MANY.join(str(_plain(value)) for value in cell)
    return next(iter(cell), None)


def _plain(value: Value) -> str | bool:
    return format(value, "f") if isinstance(value, Decimal) else value
