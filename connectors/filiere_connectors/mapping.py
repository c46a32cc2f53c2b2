"""Map a table: rows in, events out, and what is wrong with the rows that give none.

Nothing is sent and no state is moved here: `preview`, `run` and a dropped workbook share this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from filiere_connectors import cell_sentences as sentences
from filiere_connectors.flow import Flow
from filiere_connectors.mapping_event import EventMapping
from filiere_connectors.mapping_values import Gathered, compile_conditions
from filiere_connectors.problem import RowProblem
from filiere_connectors.readers import Unreadable, text_of
from filiere_connectors.sources.table import CellValue, ErrorValue, Row, Table
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.problems import Problem

_TOTALS = ("total", "sous-total", "sous total", "somme", "cumul", "grand total", "subtotal", "sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedEvent:
    """One event and the rows that it comes from; it has no eventID yet, since a correction gets another one."""

    source_key: str  # names the rows in their flow, for ever: a JSON list of the key columns' texts
    rows: tuple[Row, ...]
    event: dict[str, Any]
    content: bytes  # SHA-256 of the event's content
    notes: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRows:
    """Rows that give no event, with every reason."""

    source_key: str | None  # None where the key itself could not be read
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A row that the flow leaves out on purpose."""

    row: Row


Mapped = MappedEvent | RefusedRows | SkippedRow


def map_table(flow: Flow, table: Table, *, member: str) -> Iterator[Mapped]:
    """Map every row of a table, in the order in which the groups begin.

    A flow that groups rows holds the groups of a file in memory: their rows need not follow one another.

    Raises:
        SourceRefused: the file cannot be read as a whole.
    """
    mapping = EventMapping(flow, table.layout, member=member)
    keys = _Keys(flow)
    if not flow.source.group:
        for row in _rows(flow, table):
            yield row if isinstance(row, SkippedRow) else _map(mapping, keys, (row,))
        return
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in _rows(flow, table):
        if isinstance(row, SkippedRow):
            yield row
            continue
        group = _texts(row, flow.source.group)
        if all(group):
            groups.setdefault(group, []).append(row)
        else:
            yield _refused_key(flow.source.group, row)
    for rows in groups.values():
        yield _map(mapping, keys, tuple(rows))


def shown_key(source_key: str) -> str:
    """Write a source key for people."""
    return " · ".join(json.loads(source_key))


def _rows(flow: Flow, table: Table) -> Iterator[Row | SkippedRow]:
    """Give the rows, merged cells filled down, those that the flow leaves out marked."""
    skips = [compile_conditions((condition,)) for condition in flow.source.skip]
    index = table.layout.index
    filled = [index[header] for header in flow.source.fill_down if header in index]
    last: dict[int, CellValue | ErrorValue | None] = {}
    for found in table.rows():
        row = found
        if any(holds(row) for holds in skips):
            yield SkippedRow(row=row)
            continue
        if filled:
            values = list(row.values)
            for at in filled:
                if values[at] is None:
                    values[at] = last.get(at)
                last[at] = values[at]
            row = replace(row, values=tuple(values))
        yield row


class _Keys:
    """The source keys of one file: each names one event."""

    def __init__(self, flow: Flow) -> None:
        self.columns = flow.source.key or flow.source.group
        self.flow = flow
        self.first: dict[str, int] = {}

    def take(self, rows: Sequence[Row], gathered: Gathered) -> str | None:
        """Give the key of some rows, None after a complaint."""
        head = rows[0]
        texts = _texts(head, self.columns)
        for header, text in zip(self.columns, texts, strict=True):
            if not text:
                at = header if header in head.layout.index else None
                gathered.complain(head, at, Unreadable(sentences.KEY_EMPTY, column=header))
        if gathered.problems:
            return None
        key = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        if key in self.first:
            error = Unreadable(sentences.KEY_TWICE, found=shown_key(key), row=self.first[key])
            gathered.complain(head, self.columns[0], error)
            return None
        self.first[key] = head.number
        return key


def _map(mapping: EventMapping, keys: _Keys, rows: tuple[Row, ...]) -> Mapped:
    gathered = Gathered()
    for row in rows:
        gathered.problems += [RowProblem(problem=problem, place=row.place()) for problem in row.problems]
    key = None if gathered.problems else keys.take(rows, gathered)
    event = mapping.event_of(rows, gathered)
    if event is None or key is None or gathered.problems:
        problems = _total(rows) or tuple(gathered.problems)
        return RefusedRows(source_key=key, rows=rows, problems=problems)
    return MappedEvent(
        source_key=key, rows=rows, event=event, content=content_sha256(event), notes=tuple(gathered.notes)
    )


def _refused_key(columns: Sequence[str], row: Row) -> RefusedRows:
    gathered = Gathered()
    for header, text in zip(columns, _texts(row, columns), strict=True):
        if not text:
            at = header if header in row.layout.index else None
            gathered.complain(row, at, Unreadable(sentences.KEY_EMPTY, column=header))
    return RefusedRows(source_key=None, rows=(row,), problems=_total((row,)) or tuple(gathered.problems))


def _total(rows: Sequence[Row]) -> tuple[RowProblem, ...]:
    """Say of a row with problems that it looks like a total, which explains all of them."""
    if len(rows) != 1:
        return ()
    for header in rows[0].layout.headers:
        value = rows[0].value(header)
        if isinstance(value, str) and value.strip().casefold().startswith(_TOTALS):
            problem = Problem(sentence=sentences.ROW_LOOKS_LIKE_TOTAL, values={"found": value})
            return (RowProblem(problem=problem, place=rows[0].place(header), raw=value),)
    return ()


def _texts(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """The texts of some cells; "" for what is empty, absent or an error."""
    texts = []
    for header in columns:
        value = row.value(header) if header in row.layout.index else None
        try:
            texts.append("" if value is None else text_of(value))
        except Unreadable:
            texts.append("")
    return tuple(texts)
