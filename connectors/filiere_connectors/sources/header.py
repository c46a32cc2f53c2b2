"""Find the header among the first rows, and give each column a name of its own.

A small company's sheet begins with a title, a date, an empty line. The header is the first row whose filled cells are
texts and which is at least half as wide as the widest of the first rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from filiere_connectors.sources.table import CellValue, ErrorValue

LOOKED_AT = 30  # rows among which a header is looked for

Values = Sequence[CellValue | ErrorValue | None]


def find_header(rows: Sequence[tuple[int, Values]]) -> int | None:
    """Give the place of the header among the first rows; None where no row looks like one."""
    rows = rows[:LOOKED_AT]
    widest = max((_filled(values) for _, values in rows), default=0)
    for at, (_, values) in enumerate(rows):
        filled = [value for value in values if not _is_empty(value)]
        if len(filled) * 2 >= widest and len(filled) > 1 and all(_is_word(value) for value in filled):
            return at
    for at, (_, values) in enumerate(rows):  # a table of a single column
        if widest == 1 and _filled(values) == 1 and all(_is_word(v) for v in values if not _is_empty(v)):
            return at
    return None


def name_columns(values: Values) -> list[str]:
    """Name each column by its header: trimmed, spaces joined, a repeated one numbered, a nameless one empty."""
    names: list[str] = []
    for value in values:
        name = "" if value is None else " ".join(str(value).split())
        if name and name in names:
            number = 2
            while f"{name} ({number})" in names:
                number += 1
            name = f"{name} ({number})"
        names.append(name)
    return names


def column_letter(index: int) -> str:
    """Name a column as a spreadsheet does: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _filled(values: Values) -> int:
    return sum(not _is_empty(value) for value in values)


def _is_empty(value: CellValue | ErrorValue | None) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_word(value: CellValue | ErrorValue | None) -> bool:
    """Whether a cell could name a column: text that is neither a number nor a date."""
    if not isinstance(value, str):
        return False
    bare = value.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    return not bare.replace(",", "").replace(".", "").replace("/", "").replace("-", "").isdigit()
