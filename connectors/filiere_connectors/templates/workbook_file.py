"""A workbook that was made from a template, as a file among the others of a company; it is opened when it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filiere_connectors.flow import Flow
from filiere_connectors.flow_seal import SealSettings

SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".ods"})
_LOCKS: Final = ("~$", ".~lock")  # what a spreadsheet program lays beside a file that it holds open


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookFile:
    """What a flow is to other files: its name, with its suffix, names its events for ever."""

    path: Path
    sector_dir: Path | None = None
    batch: int = 100
    corrections: str = "ask"
    seals: tuple[SealSettings, ...] = ()

    @property
    def name(self) -> str:
        """By which its events are known; no flow has a dot in its name."""
        return self.path.name

    def files(self) -> list[Path]:
        """The workbook itself."""
        return [self.path]


Source = Flow | WorkbookFile  # what a run reads


def is_workbook(name: str) -> bool:
    """Tell whether a name is a workbook's."""
    return Path(name).suffix.lower() in SUFFIXES


def workbooks_in(folder: Path) -> list[Path]:
    """Give the workbooks of a folder, in the order of their names."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if is_workbook(path.name) and not path.name.startswith(_LOCKS))
