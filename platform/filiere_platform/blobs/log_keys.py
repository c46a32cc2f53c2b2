"""The log's key and the one that follows it: two key files while both sign, one before and after.

    keys/log.pem            signs checkpoints
    keys/next/log.pem       signs them, too, during an overlap
    keys/ended/<id>.pem     signed them before

Whoever reads the files at any instant of a change finds the key that ends, the one that follows, or both; never none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filiere_platform.blobs.key_files import OWNER_ONLY, Duty, KeyFileError
from filiere_schemas.provenance.keys import SigningKey

NEXT = "next"
ENDED = "ended"

LoadKey = Callable[[Path], SigningKey]  # the log's key of a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeys:
    """The keys that sign checkpoints now."""

    key: SigningKey
    next_key: SigningKey | None


class LogKeyFiles:
    """The key files of one folder; `load` opens a key file, which may take long where it is encrypted."""

    def __init__(self, folder: Path, load: LoadKey) -> None:
        self._folder = folder
        self._load = load
        self._read: tuple[object, LogKeys] | None = None

    def read(self) -> LogKeys:
        """Read the keys; files that have not changed since the last time are not opened again.

        Raises:
            KeyFileError: a key is missing or unsafe.
        """
        now = _state(self._folder / NEXT), _state(self._folder)
        if self._read is None or self._read[0] != now:
            # The next one first: where it moves into its place meanwhile, it is found there.
            next_key = self._load(self._folder / NEXT) if _state(self._folder / NEXT) else None
            key = self._load(self._folder)
            if next_key and next_key.public == key.public:
                next_key = None
            self._read = now, LogKeys(key=key, next_key=next_key)
        return self._read[1]

    def begin(self, pem: bytes) -> None:
        """Keep a new key as the one that follows.

        Raises:
            KeyFileError: another one follows already.
        """
        folder = self._folder / NEXT
        folder.mkdir(mode=0o700, exist_ok=True)
        part, path = folder / f"{Duty.LOG}.part", _path(folder)
        part.unlink(missing_ok=True)  # of a crash
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # never replaces
        except FileExistsError:
            msg = f"{path} follows already: finish that overlap first (`filiere log-key finish`)"
            raise KeyFileError(msg) from None
        finally:
            part.unlink()
        _sync(folder)
        _sync(self._folder)

    def finish(self, ended_name: str) -> Path:
        """Put the key that follows in the place of the other, which is kept aside; gives where.

        Raises:
            KeyFileError: none follows.
        """
        following, path, ended = _path(self._folder / NEXT), _path(self._folder), self._folder / ENDED
        if not following.exists():
            msg = "no log key follows: begin with `filiere log-key begin`"
            raise KeyFileError(msg)
        ended.mkdir(mode=0o700, exist_ok=True)
        kept = ended / f"{ended_name}.pem"
        if not kept.exists():  # a crash may have come after this
            os.link(path, kept)
        _sync(ended)
        following.replace(path)
        (self._folder / NEXT).rmdir()
        _sync(self._folder)
        return kept


def _path(folder: Path) -> Path:
    return folder / f"{Duty.LOG}.pem"


def _state(folder: Path) -> tuple[int, int, int] | None:
    """Tell a file from every other that may have been in its place."""
    try:
        found = _path(folder).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
