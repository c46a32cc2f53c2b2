"""The log's files in a folder: each write is whole or absent, and durable on return.

Three places under one data folder, so that losing or restoring one of them is noticed by the others:

- `log/` holds what is served under `/log/`: checkpoint, tiles, entry bundles;
- `log.anchor` is the greatest checkpoint ever signed, written before that checkpoint is served;
- `log.refusal.json` says why the publisher refuses to sign, for processes that only serve; absent when it does not.
"""

from __future__ import annotations

import errno
import fcntl
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filiere_platform.tiles.disk import Disk

ANCHOR_NAME = "log.anchor"
REFUSAL_NAME = "log.refusal.json"
LOCK_NAME = "log.lock"
# One folder for files being written, on the same file system as their targets: a crash leaves its rubbish here, where
# the next writer finds all of it without walking a tree of a million tiles.
STAGING_NAME = "log.staging"
LOOSE = "loose"  # in it, what is written by a process that does not hold the folder


class TileFolder:
    """Log files in a local folder; any number of readers, one writer at a time (`exclusive`)."""

    def __init__(self, data_folder: Path, *, disk: Disk | None = None) -> None:
        self._data = data_folder
        self._log = data_folder / "log"
        self._staging = data_folder / STAGING_NAME
        self._disk = disk or Disk()
        self._term: Path | None = None  # where this process writes its files before they get their names

    @contextmanager
    def exclusive(self, *, take_over: bool = False) -> Iterator[bool]:
        """Hold the folder for writing; yields False at once where another process of this machine holds it.

        With `take_over` it is held even so, and whoever held it before can write nothing more, not even what it was
        about to: the lock alone would wait for ever for a process that is stopped, and could not stop it from going
        on. For whoever knows by other means that it is the only one to write now. What a crashed writer left
        half-written is removed here. The lock goes with the process that held it.
        """
        self._ensure_folder(self._log)
        lock = self._lock(take_over=take_over)
        if lock is None:
            yield False
            return
        with lock:
            self._ensure_folder(self._staging)
            for earlier in self._staging.iterdir():
                self._fence(earlier)
            term = self._staging / uuid.uuid4().hex
            self._disk.make_folder(term)
            self._term = term
            try:
                yield True
            finally:
                self._term = None
            self._fence(term)  # not after an exception: what it left is the next writer's to remove

    def read(self, name: str) -> bytes | None:
        """Read a log file by its path below `/log/`, or None where there is none.

        The caller has built `name` from numbers: a name taken from a stranger could leave the folder.
        """
        return _read(self._log / name)

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write log files; on return all of them are durable, on a crash each is whole or absent.

        The cost is that of one sync for all contents and one for all names, where the file system makes many durable
        in one go, as ext4 and XFS do.
        """
        self._write([(self._log / name, content) for name, content in files])

    def remove(self, names: Iterable[str]) -> None:
        """Remove log files, and the folder of each once it is empty; absent ones are fine.

        Not synced: a file that a power cut brings back is as superfluous as before.
        """
        folders = set()
        for name in names:
            path = self._log / name
            self._disk.remove(path)
            folders.add(path.parent)
        for folder in folders:
            if folder != self._log and folder.is_dir() and not any(folder.iterdir()):
                self._disk.remove_folder(folder)

    def names_in(self, folder: str) -> list[str]:
        """List the log files directly in a folder, by their paths below `/log/`; none where it does not exist."""
        path = self._log / folder
        return sorted(f"{folder}/{found.name}" for found in path.iterdir()) if path.is_dir() else []

    def read_anchor(self) -> bytes | None:
        """Read the greatest checkpoint ever signed, or None where nothing was ever signed."""
        return _read(self._data / ANCHOR_NAME)

    def write_anchor(self, note: bytes) -> None:
        """Keep a checkpoint as the greatest ever signed; durable on return."""
        self._write([(self._data / ANCHOR_NAME, note)])

    def read_refusal(self) -> bytes | None:
        """Read why the publisher refuses to sign, or None where it does not refuse."""
        return _read(self._data / REFUSAL_NAME)

    def write_refusal(self, report: bytes | None) -> None:
        """Say why the publisher refuses to sign; None takes it back."""
        if report is None:
            self._disk.remove(self._data / REFUSAL_NAME)
        else:
            self._write([(self._data / REFUSAL_NAME, report)])

    def _lock(self, *, take_over: bool) -> BinaryIO | None:
        path = self._data / LOCK_NAME
        lock = path.open("ab")
        # Whoever took over meanwhile has put another file in the place of the one that was opened.
        if _try_lock(lock) and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
            return lock
        lock.close()
        if not take_over:
            return None
        # The lock of a stopped process stays with it; everybody else is shown a new one, which is held already.
        new = path.with_name(f"{LOCK_NAME}.{uuid.uuid4().hex}")
        lock = new.open("ab")
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.replace(path)
        return lock

    def _fence(self, term: Path) -> None:
        """End what was being written in a term: a file that is gone is not renamed, a folder that is gone takes none.

        Every rename into the log begins in the folder of its writer's term, so that one of an earlier term either has
        happened before this returns, and is seen by what is read next, or fails.
        """
        if not term.is_dir():  # of an earlier release, which had no terms
            self._disk.remove(term)
            return
        while True:
            for rubbish in term.iterdir():
                self._disk.remove(rubbish)
            try:
                self._disk.remove_folder(term)
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
                continue  # its writer is not stopped at all: it has just begun another file
            return

    def _write(self, files: Sequence[tuple[Path, bytes]]) -> None:
        if not files:
            return
        # 1. All contents, under names that nobody reads. The folder of a term is made once: where it is gone, another
        # writer has taken over, and this one fails here.
        staging = self._term or self._staging / LOOSE
        if self._term is None:
            self._ensure_folder(staging)
        staged = [(staging / str(number), target) for number, (target, _) in enumerate(files)]
        self._disk.write_all_synced([(source, files[number][1]) for number, (source, _) in enumerate(staged)])
        # 2. The folders they go to, parents first.
        folders = {target.parent: None for target, _ in files}
        for folder in folders:
            self._ensure_folder(folder)
        # 3. The final names, in the order given.
        for source, target in staged:
            self._disk.rename(source, target)
        # 4. The names made durable.
        self._disk.sync_folders(folders)

    def _ensure_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._ensure_folder(folder.parent)
        self._disk.make_folder(folder)
        self._disk.sync_folder(folder.parent)


def _try_lock(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
