"""Read one cell as what a flow says it is. Nothing is guessed: what could mean two things is refused.

Source: GS1 General Specifications, section 3 (AI 01, 10, 21, 00, 414); ISO 8601-1 (dates).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from filiere_connectors import cell_sentences as sentences
from filiere_connectors.sources.table import CellValue, ErrorValue
from filiere_schemas.identifiers import InvalidIdentifier, gln, gtin, sscc
from filiere_schemas.problems import Problem, Sentence

_SPACES = str.maketrans("", "", " \t\u00a0\u202f\u2009'")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*")
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DATE = re.compile(r"(\d{1,4})[/.\-\s](\d{1,2})[/.\-\s](\d{1,4})")
_CLOCK = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})?(?::(\d{2}))?")
_SHOWN = {"dmy": "jj/mm/aaaa (dd/mm/yyyy)", "mdy": "mm/jj/aaaa (mm/dd/yyyy)", "ymd": "aaaa-mm-jj (yyyy-mm-dd)"}
_PIVOT = 69  # two digits of a year up to here are of this century. Source: POSIX, strptime %y
_LARGEST = Decimal(10) ** 15  # digits of a double that are always exact. Source: IEEE 754 binary64
_GTIN_LENGTHS = (8, 12, 13, 14)


class Unreadable(ValueError):  # noqa: N818 - says what the cell is
    """A cell that is not what the flow says it is."""

    def __init__(self, sentence: Sentence, *, hint: Sentence | None = None, **values: Any) -> None:
        super().__init__(sentence.code)
        self.sentence = sentence
        self.values = values
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a flow says beside the reader's name."""

    key: str = ""
    order: str = "dmy"
    decimal: str | None = None


@dataclass(slots=True)
class Notes:
    """What a reader had to mend, told as warnings."""

    found: list[Problem] = field(default_factory=list)


Reader = Callable[[CellValue | ErrorValue, Options, Notes], Any]


def text_of(value: CellValue | ErrorValue) -> str:
    """The text of a cell: trimmed, spaces joined; a whole number as its digits, a date as ISO 8601.

    Raises:
        Unreadable: it is a spreadsheet's error.
    """
    if isinstance(value, ErrorValue):
        raise Unreadable(sentences.CELL_IS_ERROR, found=value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def read_text(value: CellValue | ErrorValue, _options: Options, _notes: Notes) -> str:
    """The text of a cell."""
    return text_of(value)


def read_code(value: CellValue | ErrorValue, _options: Options, _notes: Notes) -> str:
    """A company's own code: as a text, but a number with a fraction or an exponent has lost digits."""
    text = text_of(value)
    if isinstance(value, float) or _SCIENTIFIC.fullmatch(text):
        raise Unreadable(sentences.LOST_DIGITS, found=value)
    return text


def read_decimal(value: CellValue | ErrorValue, options: Options, _notes: Notes) -> Decimal:
    """A number in French or English notation, exactly."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(Decimal(str(value)), value)
    text = text_of(value).translate(_SPACES)
    grouped = _GROUPED.fullmatch(text)
    if options.decimal is not None:
        other = "." if options.decimal == "," else ","
        text = text.replace(other, "").replace(options.decimal, ".")
    elif grouped is not None and text.count(grouped[1]) == 1:
        first, second = text.replace(grouped[1], ""), text.replace(grouped[1], ".")
        raise Unreadable(sentences.AMBIGUOUS_DECIMAL, found=value, first=first, second=second, key=options.key)
    elif grouped is not None:
        text = text.replace(grouped[1], "")
    else:
        last = max(text.rfind(","), text.rfind("."))
        mark = text[last] if last >= 0 else ""
        if mark:
            other = "." if mark == "," else ","
            text = text.replace(other, "").replace(mark, ".")
    if not _PLAIN.fullmatch(text):
        raise Unreadable(sentences.NOT_A_DECIMAL, found=value)
    return _bounded(Decimal(text), value)


def read_date(value: CellValue | ErrorValue, options: Options, notes: Notes) -> date | datetime:
    """A date, or a date with its time of day where the cell has one."""
    if isinstance(value, datetime | date):
        return value
    text = text_of(value)
    day, _, clock = text.replace("T", " ").partition(" ") if ":" in text or "h" in text.lower() else (text, "", "")
    found = _day(day, options.order)
    if found is None:
        raise Unreadable(sentences.NOT_A_DATE, found=value, expected=_SHOWN[options.order])
    return datetime.combine(found, read_time(clock, options, notes)) if clock else found


def read_time(value: CellValue | ErrorValue, _options: Options, _notes: Notes) -> time:
    """A time of day: 14:05, 14h05, 14:05:30, or a spreadsheet's time."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    match = _CLOCK.fullmatch(text_of(value))
    if match is not None:
        try:
            return time(int(match[1]), int(match[2] or 0), int(match[3] or 0))
        except ValueError:
            pass
    raise Unreadable(sentences.NOT_A_TIME, found=value)


def read_lot(value: CellValue | ErrorValue, options: Options, notes: Notes) -> str:
    """A lot or serial number: a whole number loses the `.0` that a spreadsheet gave it, nothing else changes."""
    if isinstance(value, date | time):
        raise Unreadable(sentences.LOST_DIGITS, found=value)
    return read_code(value, options, notes)


def read_gtin(value: CellValue | ErrorValue, options: Options, notes: Notes) -> str:
    """A GTIN in fourteen digits; leading zeros that a number lost come back only if the check digit holds."""
    return _number(value, options, notes, gtin.as_gtin14, _GTIN_LENGTHS)


def read_sscc(value: CellValue | ErrorValue, options: Options, notes: Notes) -> str:
    """An SSCC. Eighteen digits do not fit into a spreadsheet's number, which keeps fifteen."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**15:
        raise Unreadable(sentences.LOST_DIGITS, found=value)
    text = read_code(value, options, notes)
    return _number(text.removeprefix("(00)"), options, notes, sscc.validate, (18,))


def read_gln(value: CellValue | ErrorValue, options: Options, notes: Notes) -> str:
    """A GLN."""
    return _number(value, options, notes, gln.validate, (13,))


def read_uri(value: CellValue | ErrorValue, _options: Options, _notes: Notes) -> str:
    """A whole identifier, as any scheme writes it; EPCIS reads it."""
    return text_of(value)


READ: Mapping[str, Reader] = {
    "code": read_code,
    "date": read_date,
    "datetime": read_date,
    "decimal": read_decimal,
    "gln": read_gln,
    "gtin": read_gtin,
    "lot": read_lot,
    "sscc": read_sscc,
    "text": read_text,
    "time": read_time,
    "uri": read_uri,
}


def _number(
    value: CellValue | ErrorValue,
    options: Options,
    notes: Notes,
    validate: Callable[[str], str],
    lengths: tuple[int, ...],
) -> str:
    text = read_code(value, options, notes)
    try:
        return validate(text)
    except InvalidIdentifier as refused:
        first = refused
    if isinstance(value, int):  # a cell that was a number: only then can zeros have been lost
        for length in (each for each in lengths if each > len(text)):
            try:
                found = validate(text.zfill(length))
            except InvalidIdentifier:
                continue
            notes.found.append(
                Problem(sentence=sentences.DIGITS_RESTORED, values={"found": text, "read": found}, level="warning")
            )
            return found
    raise Unreadable(sentences.NOT_AN_IDENTIFIER, found=value, reason=first.problems[0])


def _bounded(number: Decimal, found: CellValue | ErrorValue) -> Decimal:
    """Refuse what is no amount of anything: not finite, or beyond what JSON's readers keep exactly."""
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise Unreadable(sentences.NOT_A_DECIMAL, found=found)
    return number


def _day(text: str, order: str) -> date | None:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    first, second, third = match[1], match[2], match[3]
    if len(first) == 4:  # noqa: PLR2004 - a year in four digits comes first in ISO 8601 alone
        year, month, day = first, second, third
    elif order == "mdy":
        month, day, year = first, second, third
    elif order == "ymd":
        year, month, day = first, second, third
    else:
        day, month, year = first, second, third
    number = int(year)
    if len(year) <= 2:  # noqa: PLR2004 - two digits
        number += 2000 if number < _PIVOT else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
