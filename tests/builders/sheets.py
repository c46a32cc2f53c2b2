"""Build the files that small companies send: text in their own encodings, workbooks with what people do to cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

HEADERS = ("BL", "Date", "Client", "GTIN", "Lot", "Quantité", "Unité")
GOOD_ROW = ("BL1", "04/03/2026", "00001004100010", "9521234000013", "F0304", "1200,5", "KG")
FLOW = """\
[source]
type = "{type}"
path = "{path}"
key = ["BL"]
{source}
[event]
kind = "shipping"
time = {{column = "Date", as = "date"}}
from = {{value = "urn:filiere:party:siret:00001003300017"}}
to = {{column = "Client"}}
{event}
[[event.items]]
gtin = {{column = "GTIN"}}
lot = {{column = "Lot"}}
quantity = {{column = "Quantité"}}
unit = {{column = "Unité", table = "unites"}}

[tables.unites]
"KG" = "KGM"
"L" = "LTR"
"""
MEMBER = "urn:filiere:party:siret:00001003300017"


@dataclass(frozen=True)
class Sheet:
    """One file, and what a flow says of it beside the usual."""

    rows: Sequence[Sequence[Any]]
    suffix: str = ".csv"
    encoding: str = "cp1252"
    delimiter: str = ";"
    merged: Sequence[str] = ()
    left: int = 1  # the column in which a workbook's table begins
    source: str = ""
    event: str = ""
    formats: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the file and its flow; gives the flow."""
        path = folder / f"fichier{self.suffix}"
        if self.suffix == ".csv":
            lines = [self.delimiter.join(map(str, row)) for row in self.rows]
            path.write_bytes("\r\n".join([*lines, ""]).encode(self.encoding))
        else:
            self._workbook().save(path)
        kind = "csv" if self.suffix == ".csv" else "excel"
        flow = folder / "flux.toml"
        flow.write_text(FLOW.format(type=kind, path=path.name, source=self.source, event=self.event), encoding="utf-8")
        return flow

    def _workbook(self) -> openpyxl.Workbook:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.title = "Mars"
        for number, row in enumerate(self.rows, 1):
            for at, value in enumerate(row):
                if value is not None:
                    sheet.cell(row=number, column=self.left + at, value=value)
        for cell, number_format in self.formats.items():
            sheet[cell].number_format = number_format
        for cells in self.merged:
            sheet.merge_cells(cells)
        return workbook


def changed(**values: Any) -> tuple[Any, ...]:
    """The good row with some cells changed, by header."""
    return tuple(values.get(header, usual) for header, usual in zip(HEADERS, GOOD_ROW, strict=True))
