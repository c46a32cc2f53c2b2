"""The few file operations whose order makes a write survive a power cut.

They stand apart from the folder that orders them, so that a test can play a crash before, within and after each.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

# Files written at once. Waiting for the medium is nearly all that a write costs, and a file system makes many files
# durable in one go: 128 files took 40 ms by eight threads and 300 ms by one, on ext4.
WRITERS = 8


class Disk:
    """Plain POSIX files. A name is durable only once its folder has been synced, content only once it has."""

    def __init__(self) -> None:
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="disk")  # starts no thread before it is used

    def write_all_synced(self, files: Sequence[tuple[Path, bytes]]) -> None:
        """Create or replace files in no particular order, and wait until the content of all is on the medium."""
        if len(files) == 1:
            self.write_synced(*files[0])
            return
        # All are waited for, also after a failure: nothing is written behind the caller's back.
        done, _ = wait([self._writers.submit(self.write_synced, *file) for file in files])
        for written in done:
            written.result()

    def sync_folders(self, folders: Collection[Path]) -> None:
        """Wait until the names in all of some folders are on the medium."""
        if len(folders) == 1:
            self.sync_folder(*folders)
            return
        done, _ = wait([self._writers.submit(self.sync_folder, folder) for folder in folders])
        for synced in done:
            synced.result()

    def write_synced(self, path: Path, content: bytes) -> None:
        """Create or replace a file and wait until its content is on the medium; its name is not yet durable."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file its final name, at once and whole, replacing what was there."""
        source.replace(target)

    def make_folder(self, path: Path) -> None:
        """Create one folder; that it exists already is fine."""
        path.mkdir(exist_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Wait until the names in a folder are on the medium."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """Remove a file; that it is absent already is fine."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder.

        Raises:
            OSError: where it still holds something, or is absent.
        """
        path.rmdir()
