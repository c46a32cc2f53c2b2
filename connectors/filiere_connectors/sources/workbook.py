"""Workbooks (xlsx, xls, ods) through calamine, with what it loses given back.

- Row numbers and column letters are the sheet's own: calamine drops empty rows and columns at the start.
- `#N/A` reads as an empty text there; the sheet's XML is asked where a text is empty although its cell has content.
- A midnight datetime reads as a date, which is what a person sees; the mapping decides what that means.
- A number with no fraction is a whole number again: a lot 26001 is not 26001.0.
- A merged cell holds its value in its first cell; the rest are empty here, and a flow says `fill_down`.

Source: https://docs.rs/calamine, python-calamine 0.9; ECMA-376, part 1, 18.3.1.4 (cell types).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import python_calamine

from filiere_connectors.sources import sentences
from filiere_connectors.sources.csv_file import read_bounded, refused
from filiere_connectors.sources.header import LOOKED_AT, column_letter, find_header, name_columns
from filiere_connectors.sources.table import CellValue, ErrorValue, Layout, Row
from filiere_connectors.sources.workbook_errors import error_cells

LARGEST_BYTES = 50_000_000
LARGEST_UNPACKED = 1_000_000_000
MOST_ROWS = 1_048_576  # a sheet's own limit
MOST_COLUMNS = 1_000
_OLE = b"\xd0\xcf\x11\xe0"


class WorkbookTable:
    """One sheet of a workbook."""

    def __init__(self, path: Path, *, sheet: str | None = None, header_row: int | None = None) -> None:
        self._path = path
        self._wanted = sheet
        self._header_row = header_row

    @cached_property
    def layout(self) -> Layout:
        """What was found out before the first row.

        Raises:
            SourceRefused: the file is absent, protected, too large, no workbook, has no such sheet or no header.
        """
        first = []
        for number, values in self._numbered():
            first.append((number, values))
            if len(first) >= max(LOOKED_AT, self._header_row or 0):
                break
        if self._header_row is None:
            at = find_header(first)
        else:
            at = next((at for at, (number, _) in enumerate(first) if number == self._header_row), None)
        if at is None:
            raise refused(sentences.SOURCE_NO_HEADER, self._path.name)
        number, values = first[at]
        names = name_columns(values)
        left = self._left
        return Layout(
            file=self._path.name,
            sheet=self._sheet.name,
            headers=tuple(name for name in names if name),
            header_row=number,
            columns={name: column_letter(left + index) for index, name in enumerate(names) if name},
        )

    def rows(self) -> Iterator[Row]:
        """Read the rows below the header; wholly empty ones are left out."""
        layout = self.layout
        indexes = [index for index, name in enumerate(name_columns(self._header_values(layout.header_row))) if name]
        for number, values in self._numbered():
            if number <= layout.header_row or all(value is None for value in values):
                continue
            yield Row(number, tuple(values[index] if index < len(values) else None for index in indexes), layout)

    def _header_values(self, row: int) -> list[CellValue | ErrorValue | None]:
        return next(values for number, values in self._numbered() if number == row)

    @property
    def sheet_names(self) -> list[str]:
        """The sheets that a person sees, in the workbook's order."""
        visible = python_calamine.SheetVisibleEnum.Visible
        return [each.name for each in self._workbook.sheets_metadata if each.visible == visible]

    @property
    def every_sheet_name(self) -> list[str]:
        """All sheets, hidden ones too."""
        return list(self._workbook.sheet_names)

    @property
    def _left(self) -> int:
        start = self._sheet.start
        return 0 if start is None else int(start[1])

    def _numbered(self) -> Iterator[tuple[int, list[CellValue | ErrorValue | None]]]:
        """Give each row with the number that the sheet shows, its first value under the leftmost used column."""
        start = self._sheet.start
        if start is None:
            return
        top, left = start
        errors = self._errors
        rows: Iterator[list[Any]] = self._sheet.iter_rows()
        # iter_rows keeps the empty rows above the first used one and drops the columns left of it.
        for number, values in enumerate(rows, 1):
            if number <= top:
                continue
            read = [_value(value) for value in values]
            for index in errors.get(number, ()):
                if index - left < len(read):
                    read[index - left] = ErrorValue(errors[number][index])
            yield number, read

    @cached_property
    def _errors(self) -> dict[int, dict[int, str]]:
        return error_cells(self._path, self._sheet.name)

    @cached_property
    def _sheet(self) -> Any:
        names = self.sheet_names
        if self._wanted is not None:
            if self._wanted not in self._workbook.sheet_names:
                expected = ", ".join(names)
                raise refused(sentences.SOURCE_NO_SHEET, self._path.name, found=self._wanted, expected=expected)
            return self._workbook.get_sheet_by_name(self._wanted)
        for name in names:
            sheet = self._workbook.get_sheet_by_name(name)
            if sheet.start is not None:
                return sheet
        raise refused(sentences.SOURCE_NO_HEADER, self._path.name)

    @cached_property
    def _workbook(self) -> Any:
        self._require_bounded()
        try:
            return python_calamine.CalamineWorkbook.from_path(str(self._path))
        except python_calamine.PasswordError as error:
            raise refused(sentences.SOURCE_PROTECTED, self._path.name) from error
        except python_calamine.CalamineError as error:
            raise refused(
                sentences.SOURCE_UNREADABLE, self._path.name, expected="xlsx, xls, ods", reason=error
            ) from error

    def _require_bounded(self) -> None:
        """Look at sizes before a library unpacks anything: a stranger's file may unpack to terabytes."""
        name = self._path.name
        head = read_bounded(self._path, largest=LARGEST_BYTES, most=8)
        if head[:2] == b"PK":
            try:
                with zipfile.ZipFile(self._path) as archive:
                    unpacked = sum(each.file_size for each in archive.infolist())
            except zipfile.BadZipFile as error:
                raise refused(sentences.SOURCE_UNREADABLE, name, expected="xlsx", reason=error) from error
            if unpacked > LARGEST_UNPACKED:
                raise refused(sentences.SOURCE_TOO_LARGE, name, found=f"{unpacked} o", expected=f"{LARGEST_UNPACKED} o")
        elif head[:4] != _OLE:
            raise refused(sentences.SOURCE_IS_OTHER, name, expected="xlsx, xls, ods", found="du texte / text")
        elif self._path.suffix.lower() == ".xlsx":
            raise refused(sentences.SOURCE_PROTECTED, name)  # an encrypted xlsx lies in an OLE container


def _value(value: Any) -> CellValue | ErrorValue | None:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and not value.strip():
        return None
    found: CellValue = value
    return found
