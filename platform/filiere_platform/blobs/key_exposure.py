"""Who could read or replace the instance's key files: modes and owners, without opening one."""

from __future__ import annotations

from pathlib import Path

from filiere_platform.blobs.key_files import OWNER_ONLY, paths
from filiere_platform.domain.diagnosis import KeyFile

FOLDER_MODE = 0o755  # others may know that there are keys; who can write into the folder can replace them


def key_files_of(folder: Path) -> list[KeyFile]:
    """List the key files of a folder and the folder itself; none where there is no folder."""
    if not folder.is_dir():
        return []
    return [_measure(folder, FOLDER_MODE), *(_measure(path, OWNER_ONLY) for path in paths(folder))]


def _measure(path: Path, expected: int) -> KeyFile:
    found = path.stat()
    return KeyFile(path=str(path), mode=found.st_mode & 0o7777, owner=found.st_uid, expected_mode=expected)
