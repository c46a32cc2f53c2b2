"""A trace as GraphML, for programs that draw and compute graphs: Gephi, yEd, igraph, networkx.

Nodes come before the steps that name them, batch by batch, so that a large answer is written as it is found. A move
that leaves a side open leads from or to a node of its own, of the kind `unknown`: formats of graphs know no edge with
one end. Source: GraphML 1.0, http://graphml.graphdrawing.org/specification.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from filiere_platform.render.trace_table import Batch, Cell, Column, TraceTable

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)
_FACTS: Final = (
    Column("object"),
    Column("direction"),
    Column("as_of", "int"),
    Column("hidden_events", "int"),
    Column("cut"),
    Column("cut_depth", "int"),
    Column("cut_remaining", "int"),
)
_LABEL: Final = "label"  # the name under which Gephi and yEd look for what to write beside a node
# What XML 1.0 has no way to write at all, section 2.2.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPEN_SIDE: Final = "unknown"


def write_graphml(table: TraceTable) -> Iterator[str]:
    """Write a trace, some lines at a time."""
    yield _HEAD
    yield "".join(
        [
            *(_key("graph", column) for column in _FACTS),
            _key("node", Column(_LABEL)),
            *(_key("node", column) for column in table.node_columns),
            *(_key("edge", column) for column in table.edge_columns),
        ]
    )
    yield '<graph edgedefault="directed">\n'
    numbers = _Numbers(table.node_columns, table.edge_columns)
    for batch in table.batches:
        yield from numbers.write(batch)
    # What is known at the end alone, such as where a search was cut, may stand there.
    cells = [(column, table.facts.get(column.name)) for column in _FACTS]
    yield _data("graph", cells) + "</graph>\n</graphml>\n"


@dataclass(slots=True)
class _Numbers:
    """Gives nodes and steps their names within the file: keys are no XML names."""

    node_columns: Sequence[Column]
    edge_columns: Sequence[Column]
    nodes: dict[str | None, str] = field(default_factory=dict)
    edges: int = 0

    def write(self, batch: Batch) -> Iterator[str]:
        for row in batch.nodes:
            yield self._node(str(row[0]), row)
        for row in batch.edges:
            sides = [None if side is None else str(side) for side in row[1:3]]
            if None in sides and None not in self.nodes:
                yield self._node(None, [_OPEN_SIDE, _OPEN_SIDE, *(None for _ in self.node_columns[2:])])
            source, target = (self.nodes[side] for side in sides)
            self.edges += 1
            data = _data("edge", zip(self.edge_columns, row, strict=True))
            yield f'<edge id="e{self.edges}" source="{source}" target="{target}">{data}</edge>\n'

    def _node(self, key: str | None, row: Sequence[Cell]) -> str:
        name = self.nodes[key] = f"n{len(self.nodes)}"
        data = _data("node", [(Column(_LABEL), row[0]), *zip(self.node_columns, row, strict=True)])
        return f'<node id="{name}">{data}</node>\n'


def _key(of: str, column: Column) -> str:
    name = quoteattr(column.name)
    return f'<key id="{of}.{column.name}" for="{of}" attr.name={name} attr.type="{column.type}"/>\n'


def _data(of: str, cells: Iterator[tuple[Column, Cell]] | Sequence[tuple[Column, Cell]]) -> str:
    return "".join(f'<data key="{of}.{column.name}">{_text(cell)}</data>' for column, cell in cells if cell is not None)


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    # A bare carriage return would be read back as a line feed: XML 1.0, section 2.11.
    return escape(_UNWRITABLE.sub("\ufffd", text), {"\r": "&#13;"})
