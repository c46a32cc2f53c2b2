"""Read one cell of a template as its column says. Nothing is guessed: what could mean two things is refused.

Words come back to the names that they stand for; a reason for which something is not known stands instead of a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from filiere_connectors import cell_sentences
from filiere_connectors.mapping_things import number_of
from filiere_connectors.proposal_words import UNITS, fold
from filiere_connectors.readers import (
    Notes,
    Options,
    Unreadable,
    read_date,
    read_decimal,
    read_gtin,
    read_lot,
    read_sscc,
    read_time,
    text_of,
)
from filiere_connectors.sources.table import CellValue, ErrorValue
from filiere_connectors.templates import sentences, words
from filiere_connectors.templates.column import Column, Shape, shown
from filiere_schemas.epcis.units import is_known
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Language
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads
from filiere_schemas.sectors.profile import Text
from filiere_schemas.spreadsheet import COMPUTED

Raw = CellValue | ErrorValue
_ORDER: Final[Mapping[Language, str]] = {"fr": "dmy", "en": "ymd"}  # as the formats of the template's dates
_YES: Final = frozenset({words.YES.fr, words.YES.en, "1", "true", "vrai"})
_NO: Final = frozenset({words.NO.fr, words.NO.en, "0", "false", "faux"})
_MOST_NAMED: Final = 8  # words of a list that a message names


@dataclass(frozen=True, slots=True)
class Absent:
    """A reason, by its name, for which something is known to be absent."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Cell:
    column: Column
    raw: Raw
    language: Language
    notes: Notes

    @property
    def options(self) -> Options:
        return Options(key=self.column.key, order=_ORDER[self.language])


def read_cell(column: Column, raw: Raw, language: Language, notes: Notes) -> Any:
    """Read a cell that is not empty: a value of JSON, a date, a time, or an `Absent`; None for a plain no.

    Raises:
        Unreadable: it is not what the column asks for.
    """
    value = _as_typed(raw)
    if column.reasons and isinstance(value, str):
        reason = _name_of(column.reasons, value, language)
        if reason is not None:
            return Absent(reason)
    return _READ[column.shape](_Cell(column, value, language, notes))


def _as_typed(raw: Raw) -> Raw:
    """Give a text back as it was before it was kept from being computed."""
    return raw[1:] if isinstance(raw, str) and raw[:1] == "'" and raw[1:2] in COMPUTED else raw


def _text(cell: _Cell) -> str:
    return text_of(cell.raw)


def _number(cell: _Cell) -> int | float | Decimal:
    try:
        found: Decimal = read_decimal(cell.raw, cell.options, cell.notes)
    except Unreadable as error:
        if error.sentence is cell_sentences.AMBIGUOUS_DECIMAL:
            raise Unreadable(sentences.AMBIGUOUS_NUMBER, **error.values) from error
        raise
    return found


def _date(cell: _Cell) -> date | datetime:
    if isinstance(cell.raw, int | float):  # a number of days that a person cannot read as a date either
        raise Unreadable(cell_sentences.NOT_A_DATE, found=cell.raw, expected=_shown_date(cell.language))
    found: date | datetime = read_date(cell.raw, cell.options, cell.notes)
    return found


def _shown_date(language: Language) -> str:
    return "jj/mm/aaaa" if language == "fr" else "yyyy-mm-dd"


def _clock(cell: _Cell) -> time:
    return read_time(cell.raw, cell.options, cell.notes)


def _flag(cell: _Cell) -> bool | None:
    text = text_of(cell.raw).casefold()
    if text in _YES:
        return True
    if text in _NO:
        return None  # a member that is not there says no
    expected = f"{shown(words.YES, cell.language)}, {shown(words.NO, cell.language)}"
    raise Unreadable(sentences.UNKNOWN_WORD, found=text, expected=expected)


def _open(cell: _Cell) -> Any:
    text = text_of(cell.raw).casefold()
    if isinstance(cell.raw, int | float) and not isinstance(cell.raw, bool):
        return number_of(Decimal(str(cell.raw)))
    if text in _YES:
        return True
    return None if text in _NO else text_of(cell.raw)


def _word(cell: _Cell) -> str:
    text = text_of(cell.raw)
    known = cell.column.words
    found = _name_of(known, text, cell.language)
    if found is None:
        listed = [shown(each, cell.language) for each in known.values()]
        expected = ", ".join(listed[:_MOST_NAMED]) + (", …" if len(listed) > _MOST_NAMED else "")
        raise Unreadable(sentences.UNKNOWN_WORD, found=text, expected=expected)
    return found


def _unit(cell: _Cell) -> str:
    text = text_of(cell.raw)
    found = _name_of(cell.column.words, text, cell.language) or UNITS.get(fold(text))
    if found is None and is_known(text.upper()):
        found = text.upper()
    if found is None:
        usual = ", ".join(shown(each, cell.language) for each in list(cell.column.words.values())[:_MOST_NAMED])
        raise Unreadable(sentences.UNKNOWN_WORD, found=text, expected=usual)
    return found


def _json(cell: _Cell) -> Any:
    text = cell.raw if isinstance(cell.raw, str) else text_of(cell.raw)
    try:
        return strict_loads(text.encode("utf-8", "surrogatepass"))
    except InvalidJson as refused:
        raise Unreadable(sentences.NOT_JSON, found=text, reason=refused.problems[0]) from refused


def _gtin(cell: _Cell) -> str:
    return read_gtin(cell.raw, cell.options, cell.notes)


def _code(cell: _Cell) -> str:
    return read_lot(cell.raw, cell.options, cell.notes)


def _thing(cell: _Cell) -> str:
    """An SSCC as its Digital Link, or a URI as it is."""
    text = text_of(cell.raw)
    if ":" not in text:
        return f"https://id.gs1.org/00/{read_sscc(cell.raw, cell.options, cell.notes)}"
    try:
        canonical_key(text)
    except InvalidIdentifier as refused:
        raise Unreadable(cell_sentences.NOT_AN_IDENTIFIER, found=text, reason=refused.problems[0]) from refused
    return text


def _name_of(known: Mapping[str, Text], text: str, language: Language) -> str | None:
    """Find the name of a word by how it is shown, in the workbook's language first, or by itself."""
    wanted = text.casefold()
    for said in (lambda each: shown(each, language), lambda each: each.fr, lambda each: each.en):
        for name, word in known.items():
            if said(word).casefold() == wanted:
                return name
    return next((name for name in known if name.casefold() == wanted), None)


_READ: Final[Mapping[Shape, Callable[[_Cell], Any]]] = {
    Shape.TEXT: _text,
    Shape.NUMBER: _number,
    Shape.DATE: _date,
    Shape.CLOCK: _clock,
    Shape.FLAG: _flag,
    Shape.OPEN: _open,
    Shape.WORD: _word,
    Shape.UNIT: _unit,
    Shape.JSON: _json,
    Shape.GTIN: _gtin,
    Shape.CODE: _code,
    Shape.THING: _thing,
    Shape.PLACE: _text,
    Shape.PARTY: _text,
    Shape.DOCUMENT: _text,
}
