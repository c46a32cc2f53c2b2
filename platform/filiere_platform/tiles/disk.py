"""The few file operations whose order makes a write survive a power cut.

They stand apart from the folder that orders them, so that a test can play a crash before, within and after each.
"""

from __future__ import annotations

import os
from pathlib import Path


class Disk:
    """Plain POSIX files. A name is durable only once its folder has been synced, content only once it has."""

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
