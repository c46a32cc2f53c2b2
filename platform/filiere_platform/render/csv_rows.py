"""Rows as CSV that spreadsheets open as they are meant, and that nobody's text can turn into a formula.

Source: RFC 4180 (CRLF, quotes doubled). A text that a spreadsheet would compute is led by an apostrophe: members send
words of their own, and a file of a sector is opened by its auditors. Source: OWASP, CSV Injection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from filiere_platform.render.trace_table import Cell
from filiere_schemas.spreadsheet import as_text

BYTE_ORDER_MARK: Final = "\ufeff"


class Dialect(StrEnum):
    """For whom: programs, or a spreadsheet set to French."""

    RFC4180 = "rfc4180"
    FR = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    separator: str
    decimal: str
    opening: str


# A French spreadsheet separates by ";", reads "12.5" as the twelfth of May, and knows UTF-8 by its mark alone.
_FORMS: Final = {
    Dialect.RFC4180: _Form(separator=",", decimal=".", opening=""),
    Dialect.FR: _Form(separator=";", decimal=",", opening=BYTE_ORDER_MARK),
}


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], dialect: Dialect) -> Iterator[str]:
    """Write a header and rows, a line at a time."""
    form = _FORMS[dialect]
    yield form.opening + _line(header, form)
    for row in rows:
        yield _line(row, form)


def _line(row: Sequence[Cell], form: _Form) -> str:
    return form.separator.join(_cell(cell, form) for cell in row) + "\r\n"


def _cell(cell: Cell, form: _Form) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float | Decimal):
        return _quoted(_plain(cell).replace(".", form.decimal), form)
    return _quoted(as_text(cell), form)


def _plain(number: float | Decimal) -> str:
    """Write a number without an exponent, which spreadsheets round."""
    return format(number if isinstance(number, Decimal) else Decimal(str(number)), "f")


def _quoted(text: str, form: _Form) -> str:
    if any(mark in text for mark in (form.separator, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text
