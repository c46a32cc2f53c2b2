"""Rows that were given as values: an author's examples in a flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from filiere_connectors.sources.header import column_letter
from filiere_connectors.sources.table import CellValue, Layout, Row


class GivenTable:
    """A table made of mappings from header to value; a header that a row leaves out is an empty cell."""

    def __init__(self, name: str, rows: Sequence[Mapping[str, CellValue]], *, headers: Sequence[str] = ()) -> None:
        names = dict.fromkeys([*headers, *(header for row in rows for header in row)])
        self._rows = rows
        self._layout = Layout(
            file=name,
            sheet=None,
            headers=tuple(names),
            header_row=1,
            columns={header: column_letter(at) for at, header in enumerate(names)},
        )

    @property
    def layout(self) -> Layout:
        """The columns that the rows name."""
        return self._layout

    def rows(self) -> Iterator[Row]:
        """Give the rows."""
        for number, row in enumerate(self._rows, 2):
            values = (row.get(header) for header in self._layout.headers)
            yield Row(number, tuple(None if value == "" else value for value in values), self._layout)
