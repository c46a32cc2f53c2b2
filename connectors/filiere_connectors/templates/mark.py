"""The mark of a template: by it the connector knows a workbook that needs no flow.

It stands in a hidden sheet, which every spreadsheet program keeps, and again in the document's own properties, where a
person finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filiere_connectors.sources.workbook import WorkbookTable
from filiere_connectors.templates.workbook_file import is_workbook
from filiere_schemas.problems import Language

FORMAT: Final = "1"
SHEET: Final = "_filiere"
LISTS: Final = "_listes"
PROPERTY: Final = "filiere-{name}"
HEAD: Final = ("key", "value", "title")
OF_SHEET: Final = "sheet"
NAMES: Final = ("format", "sector", "version", "role", "language", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a template says of itself."""

    sector: str
    version: str
    role: str
    language: Language
    zone: str
    format: str = FORMAT

    def lines(self) -> list[tuple[str, str]]:
        """The mark as rows of two cells."""
        return [(name, str(getattr(self, name))) for name in NAMES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What the hidden sheet of a workbook says: its mark, and of which CTE each of its sheets is."""

    mark: Mark
    ctes: Mapping[str, str]  # title of the sheet -> name of the CTE


def read_mark(path: Path) -> Marked | None:
    """Read the mark of a workbook; None: it has none.

    Raises:
        SourceRefused: the file cannot be read as a whole.
    """
    if not is_workbook(path.name) or SHEET not in WorkbookTable(path).every_sheet_name:
        return None
    table = WorkbookTable(path, sheet=SHEET, header_row=1)
    if table.layout.headers != HEAD:
        return None
    rows = [tuple("" if value is None else str(value) for value in row.values) for row in table.rows()]
    said = {key: value for key, value, _ in rows if key != OF_SHEET}
    if not all(said.get(name) for name in NAMES) or said["language"] not in {"fr", "en"}:
        return None
    mark = Mark(
        sector=said["sector"],
        version=said["version"],
        role=said["role"],
        language="fr" if said["language"] == "fr" else "en",
        zone=said["zone"],
        format=said["format"],
    )
    return Marked(mark=mark, ctes={title: value for key, value, title in rows if key == OF_SHEET})
