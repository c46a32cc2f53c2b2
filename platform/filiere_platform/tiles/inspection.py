"""Look at the data folder without touching it: its file system, its room, what a stopped publisher left in it."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from filiere_platform.domain.diagnosis import FolderFacts
from filiere_platform.tiles.folder import ANCHOR_NAME, LOCK_NAME, LOOSE, STAGING_NAME

MOUNTS = Path("/proc/self/mountinfo")


def inspect_folder(folder: Path, *, now: float) -> FolderFacts:
    """Measure a data folder; `now` is in seconds since 1970.

    Raises:
        OSError: it is not there, or may not be read.
    """
    anchor = folder / ANCHOR_NAME
    mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    return FolderFacts(
        path=str(folder),
        file_system=file_system_of(folder.resolve(), mounts),
        free=shutil.disk_usage(folder).free,
        owner=folder.stat().st_uid,
        leftovers=0 if _is_held(folder / LOCK_NAME) else _leftovers(folder / STAGING_NAME),
        anchor_age=now - anchor.stat().st_mtime if anchor.exists() else 0.0,
    )


def file_system_of(path: Path, mounts: str) -> str:
    """Find the kind of file system that a resolved path is on; empty where the kernel does not say.

    Source: proc(5), /proc/[pid]/mountinfo: the mount point is the fifth field, the kind is the first one behind ` - `.
    A later mount hides an earlier one at the same point.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        mount, separator, rest = line.partition(" - ")
        fields, described = mount.split(" "), rest.split(" ")
        if not separator or len(fields) < 5:  # noqa: PLR2004 - the fifth field
            continue
        point = Path(fields[4].replace("\\040", " "))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), described[0]
    return kind


def _is_held(lock: Path) -> bool:
    """Say whether a process of this machine writes the log now."""
    try:
        with lock.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _leftovers(staging: Path) -> int:
    """Count what was being written; an empty folder of a term is one that ended in order."""
    if not staging.is_dir():
        return 0
    return sum(1 for path in staging.rglob("*") if path.is_file() and path.parent.name != LOOSE)
