"""The error values of a sheet (`#N/A`, `#REF!`), which calamine gives as empty texts.

Only an xlsx is asked, and only where its XML has a cell of type error: a scan of the bytes comes first, since most
sheets have none. ods and xls keep the empty text.

Source: ECMA-376, part 1, 18.18.11 (ST_CellType: `t="e"`).
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

_ERROR = b't="e"'
_CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})</")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
LARGEST_PART = 400_000_000


def error_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """Give the error cells of a sheet: row number (1-based) to column index (0-based) to what the cell shows."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None or archive.getinfo(part).file_size > LARGEST_PART:
                return {}
            content = archive.read(part)
    except (zipfile.BadZipFile, KeyError, OSError):
        return {}
    found: dict[int, dict[int, str]] = {}
    if _ERROR not in content:
        return found
    for cell in _CELL.finditer(content):
        place, value = _REFERENCE.search(cell[1]), _VALUE.search(cell[2])
        if place is not None and value is not None:
            found.setdefault(int(place[2]), {})[_index(place[1])] = value[1].decode("ascii", "replace")
    return found


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Find the file inside the workbook that holds a sheet, through the workbook's relations."""
    relations = {}
    for each in _RELATION.finditer(archive.read("xl/_rels/workbook.xml.rels")):
        identifier, target = re.search(rb'\bId="([^"]*)"', each[0]), re.search(rb'\bTarget="([^"]*)"', each[0])
        if identifier is not None and target is not None:
            relations[identifier[1]] = target[1].decode()
    for each in _SHEET.finditer(archive.read("xl/workbook.xml")):
        name = re.search(rb'\bname="([^"]*)"', each[0])
        relation = re.search(rb'\b\w+:id="([^"]*)"', each[0])
        if name is not None and relation is not None and _unescaped(name[1]) == sheet:
            part = relations.get(relation[1], "")
            return part.lstrip("/") if part.startswith("/") else f"xl/{part}"
    return None


def _unescaped(text: bytes) -> str:
    plain = text.decode("utf-8", "replace")
    for entity, mark in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        plain = plain.replace(entity, mark)
    return plain


def _index(letters: bytes) -> int:
    index = 0
    for each in letters:
        index = index * 26 + each - ord("A") + 1
    return index - 1
