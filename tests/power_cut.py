"""A disk on which the power fails at a chosen instant, and what no sync had made durable may be gone.

It works on real files. Between a rename and the sync of its folder the old name may come back; a file whose content
was not synced may hold anything. Which of them happens is drawn, so that a test explores every mixture.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from filiere_platform.tiles.disk import Disk


class PowerCut(Exception):  # noqa: N818 - it is not the program's error
    """The power failed during this operation; the process does nothing after it."""


class FailingDisk(Disk):
    """Counts operations and fails in the one numbered `cut_at`, before it (even) or after it (odd).

    After a `PowerCut`, `lose` undoes what was not durable: each name by the draw of `seed`. What syncing makes durable
    is kept account of here; the medium itself is never waited for.
    """

    def __init__(self, cut_at: int | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.operations = 0
        self._cut_at = cut_at
        self._random = random.Random(seed)
        self._undo: dict[Path, dict[Path, Callable[[], None]]] = {}  # by folder: how each name was before

    def write_all_synced(self, files: Sequence[tuple[Path, bytes]]) -> None:
        for file in files:
            self.write_synced(*file)

    def write_synced(self, path: Path, content: bytes) -> None:
        def torn() -> None:
            _write(path, content[: self._random.randrange(len(content) + 1)])

        self._step(lambda: _write(path, content), before=torn)

    def sync_folders(self, folders: Collection[Path]) -> None:
        for folder in folders:
            self.sync_folder(folder)

    def rename(self, source: Path, target: Path) -> None:
        self._remember(target)
        self._step(lambda: super(FailingDisk, self).rename(source, target))

    def make_folder(self, path: Path) -> None:
        self._step(lambda: super(FailingDisk, self).make_folder(path))

    def sync_folder(self, path: Path) -> None:
        self._step(lambda: None)
        self._undo.pop(path, None)

    def remove(self, path: Path) -> None:
        self._remember(path)
        self._step(lambda: super(FailingDisk, self).remove(path))

    def remove_folder(self, path: Path) -> None:
        self._step(lambda: super(FailingDisk, self).remove_folder(path))

    def lose(self) -> None:
        """Undo, name by name and by chance, what was not durable when the power failed."""
        for names in self._undo.values():
            for undo in names.values():
                if self._random.random() < 0.5:
                    undo()
        self._undo.clear()

    def _remember(self, path: Path) -> None:
        was = path.read_bytes() if path.is_file() else None

        def undo() -> None:
            if was is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(was)

        self._undo.setdefault(path.parent, {}).setdefault(path, undo)

    def _step(self, operation: Callable[[], None], before: Callable[[], None] = lambda: None) -> None:
        number, self.operations = self.operations, self.operations + 1
        if self._cut_at is None or number < self._cut_at // 2:
            operation()
            return
        if self._cut_at % 2 == 0:
            before()
        else:
            operation()
        raise PowerCut


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
