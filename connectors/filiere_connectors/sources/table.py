"""Rows and cells as every source gives them: raw values with the address where a person finds them.

A source interprets nothing that a mapping could decide: a cell keeps what the file holds (text, number, date) and the
address at which the file's own program shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from filiere_schemas.problems import Problem

# What a cell can hold. A workbook's error (#N/A) is an `ErrorValue`, an empty cell is None; a CSV cell is text or None.
CellValue = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A spreadsheet's error value, as it shows it: `#N/A`, `#REF!`."""

    text: str

    def __str__(self) -> str:
        """The error as the spreadsheet writes it."""
        return self.text


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a source: what a person needs to find it again.

    `row` is 1-based as the file's own program counts; `column` is the letter of a spreadsheet column (A, B, ... AA).
    Each is None where it does not apply: a missing column has no row.
    """

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its raw value, None if it is empty, and where it stands."""

    value: CellValue | ErrorValue | None
    place: Place

    @property
    def text(self) -> str:
        """The value as text, trimmed; "" for an empty cell."""
        return "" if self.value is None else str(self.value).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a source found out about a file before it read the first row."""

    file: str
    sheet: str | None
    headers: tuple[str, ...]
    header_row: int  # 1-based
    columns: Mapping[str, str]  # header -> column letter
    encoding: str | None = None  # of text: utf-8, utf-8-sig, cp1252, utf-16
    delimiter: str | None = None
    index: Mapping[str, int] = field(init=False, repr=False, compare=False)  # header -> place among a row's values

    def __post_init__(self) -> None:
        """Number the headers."""
        object.__setattr__(self, "index", {header: at for at, header in enumerate(self.headers)})


@dataclass(frozen=True, slots=True)
class Row:
    """One row under a header. Cells are made when they are asked for: a large file has millions."""

    number: int  # 1-based, as the file's own program counts
    values: tuple[CellValue | ErrorValue | None, ...]  # one per header of the layout
    layout: Layout
    problems: tuple[Problem, ...] = ()  # of the row as a whole: it has too many or too few cells

    def __getitem__(self, header: str) -> Cell:
        """The cell under a header."""
        index = self.layout.index[header]
        return Cell(self.values[index], self.place(header))

    def value(self, header: str) -> CellValue | ErrorValue | None:
        """The raw value under a header."""
        return self.values[self.layout.index[header]]

    def place(self, header: str | None = None) -> Place:
        """Where the row is, or one of its cells."""
        layout = self.layout
        column = None if header is None else layout.columns[header]
        return Place(file=layout.file, sheet=layout.sheet, row=self.number, column=column, header=header)


class Table(Protocol):
    """An opened sheet or text file: its layout, then its rows in order. Rows that are wholly empty are left out."""

    @property
    def layout(self) -> Layout:
        """What was found out before the first row."""

    def rows(self) -> Iterator[Row]:
        """Read the rows; can be called again, and reads the file again."""
