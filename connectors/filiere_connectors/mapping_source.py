"""What a run reads: the files of a flow, or a workbook that was made from a template and needs none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from filiere_connectors.flow import Flow
from filiere_connectors.mapping import Mapped, map_table
from filiere_connectors.sources.opening import open_table
from filiere_connectors.sources.table import Table
from filiere_connectors.templates.workbook_file import Source


def map_source(source: Source, path: Path, *, member: str) -> Iterator[Mapped]:
    """Map the rows of one file of a source.

    Raises:
        SourceRefused: the file cannot be read as a whole.
    """
    if isinstance(source, Flow):
        yield from map_table(source, open_source(source, path), member=member)
        return
    # Judging by a profile takes half a second to import: who has flows alone shall not wait for it.
    from filiere_connectors.templates.filled import map_workbook

    yield from map_workbook(source, member=member)


def open_source(flow: Flow, path: Path) -> Table:
    """Open a file as its flow says."""
    source = flow.source
    return open_table(
        path,
        source_type=source.type,
        sheet=source.sheet,
        header_row=source.header_row,
        encoding=source.encoding,
        delimiter=source.delimiter,
    )
