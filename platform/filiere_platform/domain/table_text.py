"""Read a table as people export it: the encodings and separators of spreadsheets, quoted cells, and not too much of it.

A cell that a spreadsheet would take for a formula is written with an apostrophe before it and read without: what was
exported comes back as it was.

Source: RFC 4180; OWASP CSV Injection.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain import table_sentences as say
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.spreadsheet import COMPUTED

LARGEST_TABLE: Final = 5_000_000  # bytes
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 10_000  # characters
SEPARATORS: Final = (";", ",", "\t")
_FORMULA: Final = re.compile(f"'*[{re.escape(''.join(sorted(COMPUTED)))}]")


@dataclass(frozen=True, slots=True)
class Line:
    """A row with the number of the line on which it begins, as an editor counts them."""

    number: int
    cells: tuple[str, ...]


def read_lines(data: bytes) -> list[Line]:
    """Split a table into its lines, the header first; empty ones are left out.

    Raises:
        Refusal: code `table-too-large`, `table-encoding`, `table-quotes`, `table-empty`.
    """
    if len(data) > LARGEST_TABLE:
        raise _too_large("bytes", LARGEST_TABLE)
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        separator, text, skipped = first.strip()[-1], rest, 1  # Excel's own mark
    else:
        separator, skipped = max(SEPARATORS, key=first.count), 0
    lines = list(_split(text, separator, skipped))
    if len(lines) < 2:  # noqa: PLR2004 - a header and something under it
        raise Refusal([Problem(sentence=say.TABLE_EMPTY)])
    return lines


def write_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table for spreadsheets of this country: semicolons, UTF-8 with its mark, lines as on Windows."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Read a cell that `guarded` wrote; any other one stays as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _decoded(data: bytes) -> str:
    text = None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _tried(data, "utf-16")
    else:
        # cp1252 is what spreadsheets of this country write; almost any bytes would be read as it, so it comes last.
        text = _tried(data, "utf-8-sig")
        text = _tried(data, "cp1252") if text is None else text
    if text is None or "\0" in text:
        raise Refusal([Problem(sentence=say.TABLE_ENCODING)])
    return text


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _split(text: str, separator: str, skipped: int) -> Iterable[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins, count = 1, 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                count += 1
                if count > MOST_ROWS + 1:
                    raise _too_large("rows", MOST_ROWS)
                if len(row) > MOST_COLUMNS:
                    raise _too_large("columns", MOST_COLUMNS)
                if max(map(len, row)) > LONGEST_CELL:
                    raise _too_large("characters", LONGEST_CELL)
                yield Line(begins + skipped, tuple(unguarded(cell.strip()) for cell in row))
            begins = reader.line_num + 1
    except csv.Error:
        raise Refusal([Problem(sentence=say.TABLE_QUOTES, values={"line": begins + skipped})]) from None


def _too_large(what: str, most: int) -> Refusal:
    return Refusal([Problem(sentence=say.TABLE_TOO_LARGE, values={"what": what, "most": most})])
