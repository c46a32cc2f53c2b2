"""A register as one table: a line per partner, more lines for more sites, products, certificates and contacts.

A line without a code goes on with the partner of the line before. What a table has no column for stays as the register
says, so that a list of codes and names takes nothing away.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from filiere_platform.domain import table_sentences as say
from filiere_platform.domain.supplier import Partner, Relation
from filiere_platform.domain.supplier_columns import (
    BETWEEN,
    BY_HEADING,
    COLUMNS,
    DECISION_WORDS,
    LISTS,
    RELATION_WORDS,
    Column,
    decision_of,
    folded,
    heading,
    relation_of,
    word_of,
)
from filiere_platform.domain.supplier_document import read_partner, write_partner
from filiere_platform.domain.table_text import Line, read_lines, write_lines
from filiere_schemas.problems import Language, Problem, Refusal

LONGEST_HEADING: Final = 100  # characters
MOST_PROBLEMS: Final = 100  # told of one table
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?: 0{1,2}:00(?::00)?)?")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?")
_DECISION: Final = re.compile(r"([^\W\d]+)[ :]+(?:le |depuis |on |since |du )?([0-9][0-9./-]{7,9})")
_DATES: Final = {"approvedFrom", "approvedUntil", "validFrom", "validUntil"}
_BETWEEN: Final = re.compile(r"[|\n]")

Place = tuple[int, int]  # a line as an editor counts them, a column from 0


def read_table(data: bytes, register: Mapping[str, Partner]) -> list[Partner]:
    """Read a table into partners, in the order in which it first names them.

    Args:
        data: the file.
        register: the partners that there are, by code: what the table has no column for is theirs.

    Raises:
        Refusal: with every cell that is wrong, up to `MOST_PROBLEMS`: line, column, heading, value, what to do.
    """
    lines = read_lines(data)
    reader = _Table(lines[0], register)
    for line in lines[1:]:
        reader.read(line)
    return reader.partners()


def write_table(partners: Iterable[Partner], language: Language) -> bytes:
    """Write partners as a table that `read_table` reads back."""
    rows = (row for partner in partners for row in _rows(partner, language))
    return write_lines(itertools.chain([[heading(column, language) for column in COLUMNS]], rows))


@dataclass(slots=True)
class _Named:
    """A partner as far as the table has told of it, and where it said what."""

    document: dict[str, Any]
    places: dict[str, Place] = field(default_factory=dict)  # by JSON pointer
    lines: dict[str, int] = field(default_factory=dict)  # where what is said once was said


class _Table:
    """Gathers partners and problems, line by line."""

    def __init__(self, head: Line, register: Mapping[str, Partner]) -> None:
        self._headings = head.cells
        self._register = register
        self._problems: list[Problem] = []
        self._columns = self._read_head(head)
        self._parts = {column.part for column in self._columns.values()}
        self._named: dict[str, _Named] = {}
        self._current: _Named | None = None

    def _read_head(self, head: Line) -> dict[int, Column]:
        found: dict[int, Column] = {}
        for number, text in enumerate(head.cells):
            column = BY_HEADING.get(folded(text[:LONGEST_HEADING]))
            if column is None:
                if text:
                    expected = ", ".join(each.fr for each in COLUMNS)
                    values = {"column": number + 1, "header": text[:40], "expected": expected}
                    self._problems.append(Problem(sentence=say.COLUMN_UNKNOWN, values=values))
            elif column in found.values():
                self._problems.append(Problem(sentence=say.COLUMN_TWICE, values={"header": text[:40]}))
            else:
                found[number] = column
        for needed in COLUMNS[:2]:
            if needed not in found.values():
                self._problems.append(Problem(sentence=say.COLUMN_MISSING, values={"header": needed.fr}))
        if self._problems:
            raise Refusal(self._problems)
        return found

    def read(self, line: Line) -> None:
        if len(self._problems) >= MOST_PROBLEMS:
            return
        if len(line.cells) > len(self._headings) and any(line.cells[len(self._headings) :]):
            values = {"line": line.number, "found": len(line.cells), "expected": len(self._headings)}
            self._problems.append(Problem(sentence=say.CELLS_TOO_MANY, values=values, pointer=f"/{line.number}"))
            return
        cells = {number: line.cells[number] for number in self._columns if number < len(line.cells)}
        named = self._partner_of(line, cells)
        if named is None:
            return
        entries: dict[str, dict[int, str]] = {}
        for number, text in cells.items():
            column = self._columns[number]
            if column.listed:
                if text:
                    entries.setdefault(column.part, {})[number] = text
            elif text and column.part != "code":
                self._read_once(named, column, (line.number, number), text)
        for part, written in entries.items():
            self._read_entry(named, part, line.number, written)

    def partners(self) -> list[Partner]:
        found = []
        for code, named in self._named.items():
            old = self._register.get(code)
            kept = {} if old is None else write_partner(old)
            for part in ("relations", "identifiers", "notes", *LISTS.values()):
                absent = next((name for name, listed in LISTS.items() if listed == part), part) not in self._parts
                if absent and part in kept:
                    named.document[part] = kept[part]
            named.document.setdefault("relations", [Relation.SUPPLIER.value] if "relations" not in self._parts else [])
            try:
                found.append(read_partner(named.document))
            except Refusal as refused:
                self._problems += [self._placed(problem, named) for problem in refused.problems]
        if self._problems:
            raise Refusal(self._problems[:MOST_PROBLEMS])
        return found

    def _partner_of(self, line: Line, cells: Mapping[int, str]) -> _Named | None:
        place = next(number for number, column in self._columns.items() if column.part == "code")
        code = cells.get(place, "")
        if code:
            named = self._named.setdefault(code, _Named({"code": code}))
            named.places.setdefault("/code", (line.number, place))
            named.places.setdefault("/name", (line.number, place))
            self._current = named
        elif self._current is None:
            self._refuse((line.number, place), "", Problem(sentence=say.CODE_MISSING))
        return self._current

    def _read_once(self, named: _Named, column: Column, place: Place, text: str) -> None:
        value: Any = text
        pointer = f"/{column.part}"
        if column.part == "relations":
            value = self._relations(place, text)
        elif column.part == "identifiers":
            value = _listed(text)
            named.places.update({f"{pointer}/{number}": place for number in range(len(value))})
        earlier = named.document.get(column.part)
        if earlier is not None and earlier != value:
            values = {"other": named.lines[column.part]}
            self._refuse(place, text, Problem(sentence=say.CELL_CONTRADICTS, values=values))
            return
        named.document[column.part] = value
        named.lines.setdefault(column.part, place[0])
        named.places[pointer] = place

    def _read_entry(self, named: _Named, part: str, line: int, written: Mapping[int, str]) -> None:
        listed: list[dict[str, Any]] = named.document.setdefault(LISTS[part], [])
        pointer = f"/{LISTS[part]}/{len(listed)}"
        entry: dict[str, Any] = {}
        places: dict[str, Place] = {pointer: (line, min(written))}
        for number, text in written.items():
            member, place = self._columns[number].member, (line, number)
            places[f"{pointer}/{member}"] = place
            entry[member] = self._value(member, place, text)
        if entry in listed:
            return  # told again on a line for something else
        named.places.update(places)
        listed.append(entry)

    def _value(self, member: str, place: Place, text: str) -> Any:
        if member in _DATES:
            day = _day(text)
            if day is None:
                self._refuse(place, text, Problem(sentence=say.CELL_DATE))
            return None if day is None else day.isoformat()
        if member == "identifiers":
            return _listed(text)
        return self._changes(place, text) if member == "changes" else text

    def _relations(self, place: Place, text: str) -> list[str]:
        found = []
        for word in _listed(text):
            relation = relation_of(word)
            if relation is None:
                expected = ", ".join(fr for fr, _ in RELATION_WORDS.values())
                self._refuse(place, text, Problem(sentence=say.CELL_WORD, values={"expected": expected}))
            else:
                found.append(relation.value)
        return found

    def _changes(self, place: Place, text: str) -> list[dict[str, str]]:
        found = []
        for words in _listed(text):
            read = _DECISION.fullmatch(words)
            status, since = (decision_of(read[1]), _day(read[2])) if read else (None, None)
            if status is None or since is None:
                self._refuse(place, text, Problem(sentence=say.CELL_DECISION))
            else:
                found.append({"since": since.isoformat(), "status": status.value})
        return found

    def _placed(self, problem: Problem, named: _Named) -> Problem:
        """Give the cell that a fault of a partner stands in: that of the closest thing which the table told."""
        pointer = problem.pointer
        while pointer and pointer not in named.places:
            pointer = pointer.rpartition("/")[0]
        line, column = named.places.get(pointer, named.places["/code"])
        value = "" if pointer not in named.places else str(_at(named.document, pointer))
        return self._told((line, column), value, problem)

    def _refuse(self, place: Place, text: str, problem: Problem) -> None:
        self._problems.append(self._told(place, text, problem))

    def _told(self, place: Place, text: str, problem: Problem) -> Problem:
        line, column = place
        values = {"line": line, "column": column + 1, "header": self._headings[column], "value": text[:60]}
        return Problem(sentence=say.CELL, pointer=f"/{line}/{column + 1}", values={**values, "problem": problem})


def _at(document: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        document = document[int(token)] if isinstance(document, list) else document.get(token, "")
    return document if isinstance(document, str) else ""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _day(text: str) -> date | None:
    found = _DAY_FIRST.fullmatch(text)
    numbers = (found[3], found[2], found[1]) if found else None
    if found is None:
        iso = _ISO.fullmatch(text)
        numbers = (iso[1], iso[2], iso[3]) if iso else None
    try:
        return None if numbers is None else date(*map(int, numbers))
    except ValueError:
        return None


def _rows(partner: Partner, language: Language) -> Iterator[list[str]]:
    """The lines of a partner: its code on each, what it has once on the first, one entry of each list on each."""
    document = write_partner(partner)
    lists: dict[str, Sequence[Mapping[str, Any]]] = {part: document[listed] for part, listed in LISTS.items()}
    for number in range(max(1, *map(len, lists.values()))):
        row = []
        for column in COLUMNS:
            if not column.listed:
                once = document[column.part] if number == 0 or column.part == "code" else ""
                row.append(_written(column.part, once, language))
            else:
                entries = lists[column.part]
                value = entries[number][column.member] if number < len(entries) else ""
                row.append(_written(column.member, value, language))
        yield row


def _written(member: str, value: Any, language: Language) -> str:
    if not value:
        return ""
    if member == "relations":
        return BETWEEN.join(word_of(Relation(each), language) for each in value)
    if member == "changes":
        words = {decision.value: pair[language == "en"] for decision, pair in DECISION_WORDS.items()}
        return BETWEEN.join(f"{words[each['status']]} {_day_written(each['since'])}" for each in value)
    if member in _DATES:
        return _day_written(value)
    return BETWEEN.join(value) if isinstance(value, list) else str(value)


def _day_written(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"
