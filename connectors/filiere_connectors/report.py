"""What a run has to tell about rows: as CSV, as JSON, and as a copy of the workbook that says it in its cells."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from filiere_connectors.problem import RowProblem
from filiere_connectors.spooling import as_json
from filiere_connectors.templates.mark import SHEET
from filiere_schemas.problems import Language
from filiere_schemas.spreadsheet import as_text

COLUMNS = ("code", "level", "file", "sheet", "row", "column", "header", "raw", "message", "hint")
LARGEST_ANNOTATED = 20_000_000  # bytes: beyond, the copy would need gigabytes of memory, and the CSV says the same
_FILL = "FFF2CC"  # a pale yellow that black text reads well on


def errors_csv(problems: Iterable[RowProblem], language: Language) -> bytes:
    """Write problems as a CSV that a French spreadsheet opens: semicolons, UTF-8 with a mark.

    A raw value that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for problem in problems:
        found = as_json(problem)
        found["message"], found["hint"] = found[f"message_{language}"], found.get(f"hint_{language}", "")
        writer.writerow([_text(found.get(name)) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def errors_json(problems: Iterable[RowProblem]) -> bytes:
    """Write problems as a JSON list."""
    return json.dumps([as_json(problem) for problem in problems], ensure_ascii=False, indent=1).encode()


def can_annotate(path: Path) -> bool:
    """Whether a copy of a source can carry comments: an xlsx that is not too large."""
    return path.suffix.lower() in {".xlsx", ".xlsm"} and path.stat().st_size <= LARGEST_ANNOTATED


def annotate(path: Path, problems: Sequence[RowProblem], target: Path, language: Language) -> None:
    """Write a copy of a workbook in which each problem stands as a comment in its cell.

    The copy keeps values and formulas; what openpyxl does not know (some charts, some controls) is not in it. Nor is
    the mark of a template: a copy that were filled in and read would say everything a second time.
    """
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    workbook = openpyxl.load_workbook(path)
    if SHEET in workbook.sheetnames:
        del workbook[SHEET]
    fill = PatternFill(fill_type="solid", start_color=_FILL)
    for (sheet, row, column), told in _by_cell(problems, language).items():
        if sheet in workbook.sheetnames:
            cell = workbook[sheet][f"{column}{row}"]
            if type(cell).__name__ == "MergedCell":
                cell = _first_of(workbook[sheet], cell.coordinate)
            cell.fill = fill
            cell.comment = Comment("\n".join(told), "Filière")
    target.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(target)


def _by_cell(problems: Sequence[RowProblem], language: Language) -> Mapping[tuple[str, int, str], list[str]]:
    found: dict[tuple[str, int, str], list[str]] = {}
    for problem in problems:
        place = problem.place
        if place.row is not None and place.sheet is not None:
            line = f"{problem.code} : {problem.problem.message(language)}"
            found.setdefault((place.sheet, place.row, place.column or "A"), []).append(line)
    return found


def _first_of(sheet: Any, coordinate: str) -> Any:
    """The first cell of the merged range that holds a cell: only that one takes a comment."""
    merged = next(each for each in sheet.merged_cells.ranges if coordinate in each)
    return sheet.cell(row=merged.min_row, column=merged.min_col)


def _text(value: Any) -> str:
    return "" if value is None else as_text(str(value))
