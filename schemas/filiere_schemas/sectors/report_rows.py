"""Work a report out: which rows events make on its sheets.

An event makes a row on each sheet of its CTE: one, or where the first column with a `*` finds lists, one for each of
their places. What other lists hold stands whole in the cells of each row, in its order. Nothing is read or written
here but the events, and no value is changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from filiere_schemas.identifiers import InvalidIdentifier, identify
from filiere_schemas.sectors.report import Column, Report, Sheet, Tokens
from filiere_schemas.sectors.report_totals import Cell, Row, Value, in_units, place_of, total_rows


class ReportedEvent(NamedTuple):
    """An event as its reader may see it, and what its rows are ordered by: its time, and its place in the log."""

    event: Mapping[str, Any]
    cte: str | None
    at: int
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledSheet:
    """A sheet with its rows."""

    sheet: Sheet
    rows: tuple[Row, ...]


@dataclass(slots=True)
class ReportRows:
    """The rows of a report as its events come, in whatever order; of one lot, by its canonical key, or of all."""

    report: Report
    lot: str | None = None
    count: int = 0  # of rows
    _found: dict[str, list[tuple[int, int, int, Row]]] = field(default_factory=dict)

    def add(self, reported: ReportedEvent) -> None:
        """Take the rows that an event makes."""
        for sheet in self.report.sheets:
            if reported.cte not in sheet.ctes:
                continue
            rows = self._found.setdefault(sheet.name, [])
            for at, row in enumerate(_rows(sheet, reported)):
                if self.lot is None or _is_about(sheet, row, self.lot):
                    rows.append((reported.at, reported.log_index, at, row))
                    self.count += 1

    def sheets(self) -> tuple[FilledSheet, ...]:
        """Lay them out by the time of their events; those of one group stand together, where its first one stands."""
        return tuple(self._filled(sheet) for sheet in self.report.sheets)

    def _filled(self, sheet: Sheet) -> FilledSheet:
        rows = [row for *_, row in sorted(self._found.get(sheet.name, ()), key=lambda found: found[:3])]
        return FilledSheet(sheet=sheet, rows=tuple(total_rows(sheet, [in_units(sheet, row) for row in rows])))


def _rows(sheet: Sheet, reported: ReportedEvent) -> Iterator[Row]:
    event, there = reported.event, False
    for tokens in sheet.lists:
        for place in range(_length(event, tokens)):
            there = True
            yield tuple(_cell(column, sheet.lists, reported, (tokens, place)) for column in sheet.columns)
    if not there:
        yield tuple(_cell(column, sheet.lists, reported, None) for column in sheet.columns)


def _length(event: Mapping[str, Any], tokens: Tokens) -> int:
    value: Any = event
    for token in tokens:
        value = value.get(token) if isinstance(value, Mapping) else None
    return len(value) if isinstance(value, list) else 0


def _cell(column: Column, lists: tuple[Tokens, ...], reported: ReportedEvent, row: tuple[Tokens, int] | None) -> Cell:
    """Give what the first path that leads to something finds, for one place of a list that makes rows."""
    event = reported.event
    if column.ctes and reported.cte not in column.ctes:
        return ()
    for path in column.paths:
        if path.list_tokens not in lists:
            found = tuple(map(_value, path.values(event)))
        elif row is not None and path.list_tokens == row[0]:
            found = tuple(map(_value, path.values(event, row[1])))
        else:
            continue
        if found:
            return found
    return ()


def _value(value: Any) -> Value:
    if isinstance(value, bool | str | Decimal):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))  # of a float the shortest text that reads back as it, which is what was written
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_about(sheet: Sheet, row: Row, lot: str) -> bool:
    """Whether a row is about a lot; a sheet that does not say which lots its rows are about shows all of an event."""
    if sheet.lot is None:
        return True
    named = row[place_of(sheet, sheet.lot)]
    return any(isinstance(value, str) and _key(value) == lot for value in named)


def _key(uri: str) -> str | None:
    try:
        return identify(uri).key
    except InvalidIdentifier:
        return None
