"""Write a template as a workbook: its instructions, its sheets with drop-downs and an example, and its mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from filiere_connectors.sources.table import CellValue
from filiere_connectors.templates import words
from filiere_connectors.templates.column import Column, Shape, Sheet, said, shown
from filiere_connectors.templates.example import rows_of
from filiere_connectors.templates.helps import comment, help_line
from filiere_connectors.templates.mark import HEAD, LISTS, OF_SHEET, PROPERTY, SHEET, Mark
from filiere_connectors.templates.plan import Plan
from filiere_schemas.problems import Language
from filiere_schemas.spreadsheet import as_text

FIRST_ROW: Final = 3  # below the headings and the help
LAST_ROW: Final = 10_000  # down to which drop-downs and checks reach
_HEAD: Final = PatternFill(fill_type="solid", start_color="1F4E79")
_HEAD_REQUIRED: Final = PatternFill(fill_type="solid", start_color="7F3F00")
_PALE: Final = PatternFill(fill_type="solid", start_color="EEF3F8")
_FORMATS: Final = {
    Shape.DATE: {"fr": "dd/mm/yyyy", "en": "yyyy-mm-dd"},
    Shape.CLOCK: {"fr": "hh:mm", "en": "hh:mm"},
    Shape.NUMBER: {"fr": "General", "en": "General"},
    Shape.OPEN: {"fr": "General", "en": "General"},
}
_TEXT_FORMAT: Final = "@"  # so that no zero is dropped from a number that names something
_WIDEST, _NARROWEST = 34, 12  # characters
_LINE_WIDTH: Final = 110


@dataclass(slots=True)
class _Lists:
    """The lists of the drop-downs: each stands once, in a column of a hidden sheet."""

    sheet: Any
    known: dict[tuple[str, ...], str] = field(default_factory=dict)

    def range_of(self, listed: Sequence[str]) -> str:
        key = tuple(listed)
        if key not in self.known:
            letter = get_column_letter(len(self.known) + 1)
            for row, word in enumerate(listed, 1):
                _put(self.sheet.cell(row=row, column=len(self.known) + 1), word)
            self.known[key] = f"'{LISTS}'!${letter}$1:${letter}${len(listed)}"
        return self.known[key]


def write_template(plan: Plan, target: Path, *, language: Language, zone: str) -> Mark:
    """Write the template of a plan.

    Raises:
        OSError: the file cannot be written.
    """
    profile = plan.profile
    mark = Mark(sector=profile.name, version=profile.version, role=plan.role, language=language, zone=zone)
    workbook: Any = openpyxl.Workbook()  # its stubs do not know custom properties
    workbook.remove(workbook.active)
    _write_instructions(workbook.create_sheet(shown(words.INSTRUCTIONS, language)), plan, zone)
    lists = _Lists(sheet=None)
    written = [(workbook.create_sheet(title), sheet) for title, sheet in plan.titles(language).items()]
    lists.sheet = workbook.create_sheet(LISTS)
    for target_sheet, sheet in written:
        _write_sheet(target_sheet, plan, sheet, lists, language=language, zone=zone)
    hidden = workbook.create_sheet(SHEET)
    for line in (HEAD, *mark.lines()):
        hidden.append(line)
    for title, sheet in plan.titles(language).items():
        hidden.append((OF_SHEET, sheet.cte.name, title))
    lists.sheet.sheet_state = hidden.sheet_state = "hidden"
    for name, value in mark.lines():
        workbook.custom_doc_props.append(StringProperty(name=PROPERTY.format(name=name), value=value))
    workbook.active = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(target)
    return mark


def heading_of(column: Column, language: Language) -> str:
    """Write a column's heading as it stands in its cell."""
    return as_text(shown(column.heading, language))


def _write_instructions(sheet: Any, plan: Plan, zone: str) -> None:
    row = 1
    for language in ("fr", "en"):
        values = {
            "sector": shown(plan.profile.text, language),
            "version": plan.profile.version,
            "role": shown(plan.role_text, language),
            "zone": zone,
        }
        lines = [said(line, language, **values) for line in words.LINES]
        lines += [
            said(words.LEFT_OUT, language, cte=shown(each.title, language), kde=shown(kde.text, language), path=path)
            for each in plan.sheets
            for kde, path in each.left_out
        ]
        for number, line in enumerate(lines):
            cell = sheet.cell(row=row, column=1)
            _put(cell, line)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 0, size=13 if number == 0 else 11)
            row += 1
        row += 1
    sheet.column_dimensions["A"].width = _LINE_WIDTH


def _write_sheet(target: Any, plan: Plan, sheet: Sheet, lists: _Lists, *, language: Language, zone: str) -> None:
    for at, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(at)
        head, helped = target.cell(row=1, column=at), target.cell(row=2, column=at)
        _put(head, heading_of(column, language))
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = _HEAD_REQUIRED if column.required else _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
        head.comment = Comment(comment(plan.profile, sheet, column, language), "Filière", width=380, height=220)
        line = said(words.HELP, language) if at == 1 else help_line(plan.profile, sheet, column, language)
        _put(helped, line)
        helped.font, helped.fill = Font(italic=True, size=9), _PALE
        helped.alignment = Alignment(wrap_text=True, vertical="top")
        width = max(_NARROWEST, min(_WIDEST, len(str(head.value)) + 2))
        target.column_dimensions[letter].width = width
        target.column_dimensions[letter].number_format = _format_of(column, language)
        _validate(target, column, f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}", lists, language)
    target.row_dimensions[1].height, target.row_dimensions[2].height = 48, 88
    target.freeze_panes = target.cell(row=FIRST_ROW, column=2)
    for number, row in enumerate(_example(plan, sheet, language, zone), FIRST_ROW):
        for at, column in enumerate(sheet.columns, 1):
            cell = target.cell(row=number, column=at)
            _put(cell, row.get(column.key))
            cell.number_format = _format_of(column, language)
            cell.font, cell.fill = Font(italic=True, color="7F7F7F"), _PALE


def _example(plan: Plan, sheet: Sheet, language: Language, zone: str) -> list[dict[str, CellValue]]:
    """Give the rows of the example that fills most columns; the first of them where several do."""
    number = shown(words.EXAMPLE, language)
    found = [
        rows_of(sheet, example["event"], number=number, language=language, zone=zone)
        for example in plan.examples.values()
        if example.get("cte") == sheet.cte.name
    ]
    return max(found, key=lambda rows: len({key for row in rows for key in row}), default=[])


def _format_of(column: Column, language: Language) -> str:
    return _FORMATS[column.shape][language] if column.shape in _FORMATS else _TEXT_FORMAT


def _validate(target: Any, column: Column, cells: str, lists: _Lists, language: Language) -> None:
    """Let the spreadsheet check a cell while it is typed; where a reason may stand for a value, it only warns."""
    listed: list[str] = [shown(word, language) for word in column.words.values()]
    if column.shape is Shape.FLAG:
        listed = [shown(words.YES, language), shown(words.NO, language)]
    reasons = [shown(reason, language) for reason in column.reasons.values()]
    if listed:
        check = DataValidation(type="list", formula1=lists.range_of([*listed, *reasons]), allow_blank=True)
    elif column.shape is Shape.NUMBER:
        check = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="-1E+15", allow_blank=True)
    elif column.shape is Shape.DATE:
        check = DataValidation(type="date", operator="greaterThanOrEqual", formula1="25569", allow_blank=True)
    elif column.shape is Shape.CLOCK:
        check = DataValidation(type="time", operator="between", formula1="0", formula2="0.999999", allow_blank=True)
    else:
        return
    check.errorStyle = "warning" if reasons or column.shape is Shape.UNIT else "stop"
    check.errorTitle, check.error = "Filière", said(words.SHAPES[column.shape], language)
    check.showErrorMessage = True
    check.add(cells)
    target.add_data_validation(check)


def _put(cell: Any, value: CellValue | None) -> None:
    """Write a value; a text is shown as it is, whoever typed it."""
    cell.value = as_text(value) if isinstance(value, str) else value
