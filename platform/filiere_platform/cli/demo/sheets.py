"""Write the companies' files in the shapes that small companies really send: their encodings, titles, merged cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl


def write_text(
    path: Path, rows: Sequence[Sequence[Any]], *, encoding: str = "cp1252", delimiter: str = ";", title: str = ""
) -> None:
    """Write a text file; with a title line and an empty one above the headers where a program prints them."""
    width = len(rows[0])
    head = [[title, *[""] * (width - 1)], [""] * width] if title else []
    lines = (delimiter.join("" if value is None else str(value) for value in row) for row in [*head, *rows])
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))


def write_workbook(
    path: Path, rows: Sequence[Sequence[Any]], *, sheet: str, title: str = "", merge: Sequence[int] = ()
) -> None:
    """Write a workbook; `merge` names the columns (from 1) in which equal neighbours below each other are merged."""
    workbook = openpyxl.Workbook()
    page: Any = workbook.active
    page.title = sheet
    top = 1
    if title:
        page.cell(row=1, column=1, value=title)
        top = 3
    for number, row in enumerate(rows, top):
        for at, value in enumerate(row, 1):
            if value is not None:
                page.cell(row=number, column=at, value=value)
    for column in merge:
        _merge(page, column, first=top + 1, last=top + len(rows) - 1)
    workbook.save(path)


def french(number: Any) -> str:
    """Write a number as a French program prints it: 1 215,5."""
    whole, _, part = f"{number:,.1f}".partition(".")
    text = whole.replace(",", " ")
    return text if part == "0" else f"{text},{part}"


def _merge(page: Any, column: int, *, first: int, last: int) -> None:
    start = first
    for row in range(first, last + 2):
        same = row <= last and page.cell(row=row, column=column).value == page.cell(row=start, column=column).value
        if not same:
            if row - 1 > start:
                for below in range(start + 1, row):
                    page.cell(row=below, column=column).value = None
                page.merge_cells(start_row=start, end_row=row - 1, start_column=column, end_column=column)
            start = row
