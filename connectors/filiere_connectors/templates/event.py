"""From the rows of one event of a template to the event: each value where the first path of its KDE leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from filiere_connectors import cell_sentences
from filiere_connectors.mapping_things import Spot, Thing, as_party, as_place, document_of, merge, number_of
from filiere_connectors.mapping_time import time_members
from filiere_connectors.mapping_values import Gathered
from filiere_connectors.problem import RowProblem
from filiere_connectors.readers import Notes, Unreadable
from filiere_connectors.sources.table import Layout, Row
from filiere_connectors.templates.cells import Absent, read_cell
from filiere_connectors.templates.column import EACH, Column, Shape, Sheet, Tokens, wanted_by
from filiere_connectors.templates.sheet import INPUTS, OUTPUTS, TRANSFORMATION, each_thing_list
from filiere_connectors.templates.things import thing_of
from filiere_schemas.problems import Language, Problem
from filiere_schemas.sectors.profile import Kde

Said = dict[str, Any]  # what a row says, by the key of the column
_KNOWN_ABSENT: Final = "filiere:knownAbsent"
_PARTIES: Final = frozenset({"sourceList", "destinationList"})
_OWNER: Final = "owning_party"
_TYPE: Final = "type"
_ANY_DOCUMENT: Final = "doc"


class SheetMapping:
    """A sheet of a template against the columns of a workbook, for one member."""

    def __init__(
        self,
        sheet: Sheet,
        layout: Layout,
        headings: Mapping[str, str],
        *,
        vocabularies: Mapping[str, frozenset[str]],
        language: Language,
        zone: str,
        member: str,
    ) -> None:
        self.sheet = sheet
        self.headings = headings  # by the key of the column
        self.missing = [heading for heading in headings.values() if heading not in layout.index]
        self._vocabularies = vocabularies
        self._language = language
        self._zone = zone
        self._member = member

    def event_of(self, rows: Sequence[Row], context: Any, gathered: Gathered) -> dict[str, Any] | None:
        """Build the event of some rows, without an eventID; None after a complaint."""
        said = [self._read(row, gathered) for row in rows]
        event: dict[str, Any] = {"@context": context, **self.sheet.constants}
        whole = self._agreed(rows, said, gathered)
        event |= self._time(rows[0], whole, gathered)
        event |= self._things(rows, said, gathered)
        for column in self.sheet.columns:
            value = whole.get(column.key)
            if column.required and not column.of_each_row and not self._is_said(rows, column):
                gathered.complain(rows[0], self.headings[column.key], Unreadable(cell_sentences.CELL_EMPTY))
            if column.tokens and value is not None and not isinstance(value, Absent):
                put(event, column.tokens, value)
        for path, element in self._elements(rows, said, gathered):
            _add_to_list(event, path, element)
        absent = list(_reasons(self.sheet, said, self._vocabularies))
        if absent:
            event[_KNOWN_ABSENT] = absent
        return None if gathered.problems else event

    def _read(self, row: Row, gathered: Gathered) -> Said:
        said: Said = {}
        for column in self.sheet.columns:
            heading = self.headings[column.key]
            raw = row.value(heading)
            if raw is None:
                continue
            notes = Notes()
            try:
                value = read_cell(column, raw, self._language, notes)
            except Unreadable as error:
                gathered.complain(row, heading, error)
                continue
            gathered.notes += [RowProblem(problem=n, place=row.place(heading), raw=str(raw)) for n in notes.found]
            value = self._identified(column, value, Spot(row, heading, gathered))
            if value is not None:
                said[column.key] = value
        return said

    def _is_said(self, rows: Sequence[Row], column: Column) -> bool:
        return any(row.value(self.headings[column.key]) is not None for row in rows)

    def _identified(self, column: Column, value: Any, spot: Spot) -> Any:
        if isinstance(value, str):
            if column.shape is Shape.PLACE:
                return as_place(value, self._member, spot)
            if column.shape is Shape.PARTY:
                return as_party(value, spot)
        return value

    def _agreed(self, rows: Sequence[Row], said: Sequence[Said], gathered: Gathered) -> Said:
        """Give what holds for the whole event; the rows that say something of it must say the same."""
        whole: Said = {}
        first: dict[str, int] = {}
        for row, values in zip(rows, said, strict=True):
            for column in self.sheet.columns:
                value = values.get(column.key)
                if column.of_each_row or value is None:
                    continue
                known = whole.setdefault(column.key, value)
                first.setdefault(column.key, row.number)
                if known != value:
                    values_said = {"found": value, "expected": known, "row": first[column.key]}
                    error = Unreadable(cell_sentences.ROWS_DISAGREE, **values_said)
                    gathered.complain(row, self.headings[column.key], error)
        for column in self.sheet.columns:
            if column.key in whole:
                whole[column.key] = self._written(column, whole[column.key], rows[0], gathered)
        return whole

    def _written(self, column: Column, value: Any, row: Row, gathered: Gathered) -> Any:
        """Write a value as JSON has it; a document's number becomes its name."""
        if column.shape is Shape.DOCUMENT and isinstance(value, str):
            return self._document(column, value, row, {}, gathered)
        if column.key in {"time", "clock"}:
            return value
        return plain(value)

    def _time(self, row: Row, whole: Said, gathered: Gathered) -> dict[str, Any]:
        day, clock = whole.get("time"), whole.get("clock")
        if not isinstance(day, date):
            return {}
        if isinstance(clock, time):
            day = datetime.combine(day, clock)
        try:
            members = dict(time_members(day, self._zone))
        except Unreadable as error:
            gathered.complain(row, self.headings["time"], error)
            return {}
        if members.pop("ambiguous", None):
            values = {"found": day, "zone": self._zone}
            note = Problem(sentence=cell_sentences.TIME_AMBIGUOUS, values=values, level="warning")
            gathered.notes.append(RowProblem(problem=note, place=row.place(self.headings["time"])))
        return members

    def _things(self, rows: Sequence[Row], said: Sequence[Said], gathered: Gathered) -> dict[str, Any]:
        found: dict[str | None, list[Thing]] = {}
        told = {problem.place.row for problem in gathered.problems}  # a row that is told of already is not judged
        for row, values in zip(rows, said, strict=True):
            if row.number in told:
                continue
            thing = thing_of(row, values, self.headings, gathered, member=self._member)
            side = values.get("side")
            if thing is not None and side is None and self.sheet.cte.type == TRANSFORMATION:
                gathered.complain(row, self.headings["side"], Unreadable(cell_sentences.CELL_EMPTY))
            elif thing is not None:
                found.setdefault(side, []).append(thing)
        members: dict[str, Any] = {}
        for side, (instances, classes) in each_thing_list(self.sheet.cte.type):
            epcs, quantities = merge(found.get(side, []))
            members |= ({instances: epcs} if epcs else {}) | ({classes: quantities} if quantities else {})
        return members

    def _elements(self, rows: Sequence[Row], said: Sequence[Said], gathered: Gathered) -> Iterator[tuple[Tokens, Any]]:
        """Give the elements that the rows add to lists: one for each row that says something of the list."""
        columns = [column for column in self.sheet.columns if EACH in column.tokens]
        paths = dict.fromkeys(column.tokens[: column.tokens.index(EACH)] for column in columns)
        for path in paths:
            inside = [column for column in columns if column.tokens[: len(path) + 1] == (*path, EACH)]
            for row, values in zip(rows, said, strict=True):
                element: Any = {_TYPE: _OWNER} if path[-1] in _PARTIES else {}
                filled = False
                for column in inside:
                    value = values.get(column.key)
                    if value is None or isinstance(value, Absent):
                        continue
                    filled = True
                    if column.shape is Shape.DOCUMENT:
                        value = self._document(column, value, row, values, gathered)
                    rest = column.tokens[len(path) + 1 :]
                    element = put(element, rest, plain(value)) if rest else plain(value)
                if filled:
                    yield path, element

    def _document(self, column: Column, value: str, row: Row, values: Said, gathered: Gathered) -> str | None:
        """Name a document by its kind, which its path says or the cell beside it, and its number."""
        kind = next((wanted[1] for token in column.tokens if (wanted := wanted_by(token))), None)
        beside = f"/{'/'.join((*column.tokens[:-1], _TYPE))}"
        spot = Spot(row, self.headings[column.key], gathered)
        return document_of(kind or str(values.get(beside, _ANY_DOCUMENT)), value, self._member, spot)


def put(target: Any, tokens: Tokens, value: Any) -> Any:
    """Put a value where a path leads, making what is not there yet; gives the target back.

    A list that is on the way gets one element: the one of the type that the path names, or its first.
    """
    node = target
    for at, token in enumerate(tokens):
        last = at == len(tokens) - 1
        wanted = wanted_by(token)
        if wanted is not None:
            name, said = wanted
            found = next((each for each in node if each.get(name) == said), None)
            if found is None:
                found = {name: said}
                node.append(found)
            node = found
        elif token == EACH:
            if last:
                node.append(value)
            elif not node:
                node.append({})
            node = node[0]
        elif last:
            node[token] = value
        else:
            into_list = tokens[at + 1] == EACH or wanted_by(tokens[at + 1]) is not None
            node = node.setdefault(token, [] if into_list else {})
    return target


def plain(value: Any) -> Any:
    """Write a value as JSON has it."""
    if isinstance(value, Decimal):
        return number_of(value)
    return value.isoformat() if isinstance(value, date | time) else value


def _add_to_list(event: dict[str, Any], path: Tokens, element: Any) -> None:
    """Add an element to a list; one that is there already was filled down."""
    node: Any = event
    for token in path[:-1]:
        node = node.setdefault(token, {})
    elements = node.setdefault(path[-1], [])
    if element not in elements:
        elements.append(element)


def _reasons(
    sheet: Sheet, said: Sequence[Said], vocabularies: Mapping[str, frozenset[str]]
) -> Iterator[dict[str, str]]:
    """Say of which KDEs a reason stands for the value, each once."""
    told: set[tuple[str, str]] = set()
    for values in said:
        for column in sheet.columns:
            value = values.get(column.key)
            if not isinstance(value, Absent):
                continue
            for kde in column.kdes:
                knows = kde.absent is not None and value.reason in vocabularies.get(kde.absent, ())
                if knows and _is_of_side(kde, values.get("side")) and (kde.name, value.reason) not in told:
                    told.add((kde.name, value.reason))
                    yield {"kde": kde.name, "reason": value.reason}


def _is_of_side(kde: Kde, side: str | None) -> bool:
    """Whether a KDE is about the side of a transformation that a row is of."""
    head = kde.paths[0].split("/")[1]
    return side is None or head not in (*INPUTS, *OUTPUTS) or head in (INPUTS if side == "input" else OUTPUTS)
