"""What a snapshot of the database says of itself: enough to load it again, by this release or a later one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A consistent copy of a database, as files in a folder, in the order of loading."""

    kind: str  # sqlite or postgresql
    revision: str  # of the schema
    size: int  # of the log
    columns: dict[str, list[str]]  # by table, in the order of its file; none for a whole database file
    files: tuple[Path, ...]
