"""Open a file as a table."""

from __future__ import annotations

from pathlib import Path

from filiere_connectors.sources.csv_file import CsvTable
from filiere_connectors.sources.table import Table

TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv"})


def open_table(
    path: Path,
    *,
    source_type: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Table:
    """Open a file; its type is told by its suffix where it is not given. Nothing is read before it is asked for."""
    text = path.suffix.lower() in TEXT_SUFFIXES if source_type is None else source_type == "csv"
    if text:
        return CsvTable(path, header_row=header_row, encoding=encoding, delimiter=delimiter)
    from filiere_connectors.sources.workbook import WorkbookTable

    return WorkbookTable(path, sheet=sheet, header_row=header_row)
