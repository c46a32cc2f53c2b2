"""Type into the guide's workbook what its tables say: `python guide_workbook.py WORKBOOK`, as a person would."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

_TABLE = re.compile(r"^\| (?P<sheet>[a-z ]+): (?P<head>.*) \|\n\|[-|]+\|\n(?P<rows>(?:\|.*\|\n)+)", re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def fill_in(workbook: Path, guide: str) -> int:
    """Write each row of each table of the guide under the example of its sheet; give how many there are."""
    book = openpyxl.load_workbook(workbook)
    written = 0
    for table in _TABLE.finditer(guide):
        sheet = book[table["sheet"]]
        columns = {cell.value: cell.column for cell in sheet[1] if cell.value is not None}
        heads = table["head"].split(" | ")
        for line in table["rows"].splitlines():
            row = sheet.max_row + 1
            for head, text in zip(heads, line.strip("| ").split(" | "), strict=True):
                sheet.cell(row, columns[head], _value(text))
            written += 1
    book.save(workbook)
    return written


def _value(text: str) -> Any:
    if _DAY.fullmatch(text):
        return datetime.fromisoformat(text)
    return int(text) if text.isdigit() else text


if __name__ == "__main__":
    sys.exit(fill_in(Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")) == 0)
