"""Statements about records, kept beside the tiles: `log.statements/<first>-<last>.jsonl`, never served.

A restored database is older than the log; what it has lost of them is here. Each file is one run of the publisher,
durable before its checkpoint is signed; a run that was repeated after a crash may repeat lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from filiere_platform.domain.statement import Statement, read_line
from filiere_platform.tiles.disk import Disk

FOLDER = "log.statements"
PER_FOLDER = 1_000_000  # log indexes whose files share a folder


class StatementFolder:
    """Reads and writes them."""

    def __init__(self, data_folder: Path, *, disk: Disk | None = None) -> None:
        self._folder = data_folder / FOLDER
        self._disk = disk or Disk()

    def keep(self, statements: Sequence[Statement]) -> None:
        """Keep the statements of a run, in log order; durable on return, whole or absent after a crash."""
        if not statements:
            return
        first, last = statements[0].index, statements[-1].index
        folder = self._folder / f"{first // PER_FOLDER:06d}"
        for each in (self._folder, folder):
            if not each.is_dir():
                self._disk.make_folder(each)
                self._disk.sync_folder(each.parent)
        part = folder / f"{first:012d}-{last:012d}.part"
        content = "".join(f"{statement.as_line()}\n" for statement in statements).encode()
        self._disk.write_synced(part, content)
        self._disk.rename(part, part.with_suffix(".jsonl"))
        self._disk.sync_folder(folder)

    def read(self, start: int = 0) -> Iterator[Statement]:
        """Read the statements from a log index on, in log order, each once.

        Raises:
            ValueError: a file is damaged.
        """
        seen = start - 1
        for path in self.paths():
            if int(path.stem.partition("-")[2]) < start:
                continue
            for line in path.read_text(encoding="ascii").splitlines():
                statement = read_line(line)
                if statement.index > seen:
                    seen = statement.index
                    yield statement

    def put_back(self, name: str, content: bytes) -> bool:
        """Put a file of a backup back, unless it is here; gives whether it was not."""
        target = self._folder / name
        if target.exists():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        self._disk.write_synced(target.with_suffix(".part"), content)
        self._disk.rename(target.with_suffix(".part"), target)
        self._disk.sync_folder(target.parent)
        return True

    def paths(self) -> list[Path]:
        """List the files, in log order."""
        return sorted(self._folder.glob("*/*.jsonl"))
