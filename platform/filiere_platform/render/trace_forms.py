"""The forms in which a trace is handed out, each with its media type and the ending of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from filiere_platform.render.csv_rows import Dialect, write_csv
from filiere_platform.render.graphml import write_graphml
from filiere_platform.render.trace_table import Cell, TraceTable


class TraceForm(StrEnum):
    """What a trace is written as."""

    JSON = "json"
    GRAPHML = "graphml"
    NODES = "nodes.csv"
    EDGES = "edges.csv"
    EPCIS = "epcis"


MEDIA_TYPES: Final[Mapping[TraceForm, str]] = MappingProxyType(
    {
        TraceForm.JSON: "application/json",
        TraceForm.GRAPHML: "application/graphml+xml",  # not registered; what programs of graphs use
        TraceForm.NODES: "text/csv; charset=utf-8; header=present",  # RFC 4180, section 3
        TraceForm.EDGES: "text/csv; charset=utf-8; header=present",
        TraceForm.EPCIS: "application/ld+json",
    }
)
CUT: Final = "cut"  # the kind of the row that ends a table which is not whole
ENDINGS: Final[Mapping[TraceForm, str]] = MappingProxyType(
    {
        TraceForm.JSON: "json",
        TraceForm.GRAPHML: "graphml",
        TraceForm.NODES: "nodes.csv",
        TraceForm.EDGES: "edges.csv",
        TraceForm.EPCIS: "jsonld",
    }
)


def write_table(table: TraceTable, form: TraceForm, dialect: Dialect) -> Iterator[str]:
    """Write a trace as a graph or as one of its two tables, some lines at a time.

    Raises:
        ValueError: the form is none of these.
    """
    if form is TraceForm.GRAPHML:
        return write_graphml(table)
    if form is TraceForm.NODES:
        header = [column.name for column in table.node_columns]
        return write_csv(header, _rows(table, "nodes"), dialect)
    if form is TraceForm.EDGES:
        header = [column.name for column in table.edge_columns]
        return write_csv(header, _rows(table, "edges"), dialect)
    raise ValueError(f"{form} is no table")


def _rows(table: TraceTable, of: Literal["nodes", "edges"]) -> Iterator[Sequence[Cell]]:
    """Give the rows of one table; a table that was cut ends with a row that says so."""
    for batch in table.batches:
        yield from getattr(batch, of)
    cut = table.facts.get("cut")
    if cut is None:
        return
    columns = table.node_columns if of == "nodes" else table.edge_columns
    told = (cut, CUT, table.facts.get("cut_depth")) if of == "nodes" else (CUT, cut, None)
    yield (*told, *(None for _ in columns[len(told) :]))
