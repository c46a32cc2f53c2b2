"""Turn what a flow says of a value into a function of a row: compiled once, called for every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from filiere_connectors import cell_sentences as sentences
from filiere_connectors.flow import Condition, Flow, Value
from filiere_connectors.problem import RowProblem
from filiere_connectors.readers import READ, Notes, Options, Unreadable, text_of
from filiere_connectors.sources.table import CellValue, ErrorValue, Layout, Row
from filiere_schemas.problems import Problem

MOST_NAMED = 8  # words of a table that a message names


@dataclass(slots=True)
class Gathered:
    """What is wrong, and what was mended, in the rows of one event."""

    problems: list[RowProblem] = field(default_factory=list)
    notes: list[RowProblem] = field(default_factory=list)

    def complain(self, row: Row, header: str | None, error: Unreadable) -> None:
        """Note that a cell could not be read; each cell complains once of the same thing."""
        raw = None if header is None else row.value(header)
        problem = RowProblem(
            problem=Problem(sentence=error.sentence, values={"found": raw, **error.values}),
            place=row.place(header),
            raw="" if raw is None else str(raw),
            hint=error.hint,
        )
        if problem not in self.problems:
            self.problems.append(problem)


Read = Callable[[Row, Gathered], Any]
EMPTY: Any = None


def compile_value(flow: Flow, value: Value, layout: Layout) -> Read:
    """Compile a value: read, then looked up. None where it is empty and optional, or where it was complained of."""
    options = Options(key=value.key, order=value.order, decimal=value.decimal)
    table = None if value.table is None else flow.tables[value.table]
    reader = READ["text"] if table is not None and value.reader == "text" else READ[value.reader]

    def interpret(raw: CellValue | ErrorValue, notes: Notes) -> Any:
        found = reader(raw, options, notes)
        return found if table is None else _looked_up(table, value.table or "", str(found))

    if value.constant is not None:
        return _constant(interpret, value.constant)
    if value.template is not None:
        return _template(interpret, value)
    header = value.column or ""
    if header not in layout.index:
        return _absent(header)

    def read(row: Row, gathered: Gathered) -> Any:
        raw = row.value(header)
        if raw is None:
            if not value.optional:
                gathered.complain(row, header, Unreadable(sentences.CELL_EMPTY))
            return None
        notes = Notes()
        try:
            found = interpret(raw, notes)
        except Unreadable as error:
            gathered.complain(row, header, error)
            return None
        for note in notes.found:
            gathered.notes.append(RowProblem(problem=note, place=row.place(header), raw=str(raw)))
        return found

    return read


def compile_conditions(conditions: tuple[Condition, ...]) -> Callable[[Row], bool]:
    """Compile conditions: whether all of them hold for a row."""

    def holds(row: Row) -> bool:
        return all(_holds(condition, row) for condition in conditions)

    return holds


def _holds(condition: Condition, row: Row) -> bool:
    if condition.column not in row.layout.index:
        return False
    raw = row.value(condition.column)
    try:
        word = "" if raw is None else text_of(raw).casefold()
    except Unreadable:
        word = str(raw).casefold()
    if condition.empty is not None and (not word) is not condition.empty:
        return False
    if condition.one_of and word not in condition.one_of:
        return False
    return not condition.starts_with or word.startswith(condition.starts_with)


def _looked_up(table: Mapping[str, str], name: str, word: str) -> str:
    found = table.get(word.strip().casefold())
    if found is None:
        known = ", ".join(list(table)[:MOST_NAMED]) + (", …" if len(table) > MOST_NAMED else "")
        raise Unreadable(sentences.LOOK_UP_MISS, hint=sentences.ADD_TO_TABLE, found=word, table=name, expected=known)
    return found


def _constant(interpret: Callable[[Any, Notes], Any], constant: str) -> Read:
    kept: list[Any] = []

    def read(row: Row, gathered: Gathered) -> Any:
        if not kept:
            try:
                kept.append(interpret(constant, Notes()))
            except Unreadable as error:
                gathered.complain(row, None, Unreadable(error.sentence, **{"found": constant, **error.values}))
                return None
        return kept[0]

    return read


def _template(interpret: Callable[[Any, Notes], Any], value: Value) -> Read:
    def read(row: Row, gathered: Gathered) -> Any:
        text = value.template or ""
        for header in value.columns:
            raw = row.value(header) if header in row.layout.index else None
            if raw is None:
                if not value.optional:
                    at = header if header in row.layout.index else None
                    gathered.complain(row, at, Unreadable(sentences.CELL_EMPTY))
                return None
            try:
                text = text.replace(f"{{{header}}}", text_of(raw))
            except Unreadable as error:
                gathered.complain(row, header, error)
                return None
        try:
            return interpret(text, Notes())
        except Unreadable as error:
            gathered.complain(row, value.columns[0] if value.columns else None, error)
            return None

    return read


def _absent(header: str) -> Read:
    """A column that the file does not have: told once for each event, at the row, without a column letter."""

    def read(row: Row, gathered: Gathered) -> Any:
        gathered.complain(row, None, Unreadable(sentences.COLUMN_ABSENT, column=header))

    return read
