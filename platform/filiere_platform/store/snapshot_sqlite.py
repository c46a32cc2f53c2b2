"""Copy an SQLite database while it is written to, and put a copy in a database's place."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from filiere_platform.domain.snapshot import Snapshot
from filiere_platform.store.failures import translated

FILE = "database.sqlite"
ASIDE = ".before-restore"
BUSY_SECONDS = 1.0


def dump_sqlite(database: Path, folder: Path, *, revision: str) -> Snapshot:
    """Copy a database in one read transaction: writers go on, and the copy is one moment of it.

    Source: SQLite, "Online Backup API": a copy of all pages in one step holds a read lock throughout, which in WAL mode
    keeps nobody from writing.
    """
    target = folder / FILE
    with (
        translated(),
        contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy, pages=-1)
        # In the copy, WAL would want two more files beside it; whoever opens it as ours sets WAL again.
        copy.execute("PRAGMA journal_mode = DELETE")
        size = int(copy.execute("SELECT size FROM log_head").fetchone()[0])
    target.chmod(0o600)
    return Snapshot(kind="sqlite", revision=revision, size=size, columns={}, files=(target,))


def sqlite_users(database: Path) -> str | None:
    """Say who else has the database open; None where nobody does.

    In WAL mode whoever has a database open holds a shared lock on it, and leaving WAL needs an exclusive one.
    Source: SQLite, "Write-Ahead Logging", section 2.2.
    """
    if not database.exists():
        return None
    with contextlib.closing(sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            return f"{database.name}: {error}"
        except sqlite3.DatabaseError:  # not a database any more: a disk broke it, and nobody can have it open
            return None
    return None


def sqlite_origin(database: Path) -> str | None:
    """Read the origin of the instance in a database; None where there is none that can be read."""
    if not database.exists():
        return None
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT origin FROM instance").fetchone()
        except sqlite3.DatabaseError:
            return None
    return row[0] if row else None


def load_sqlite(database: Path, snapshot: Path) -> None:
    """Put a copy in the database's place, whole or not at all; what was there is set aside beside it."""
    database.parent.mkdir(parents=True, exist_ok=True)
    part = database.with_name(database.name + ".part")
    with snapshot.open("rb") as source, part.open("wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if database.exists():
        database.replace(database.with_name(database.name + ASIDE))
    for rest in ("-wal", "-shm"):  # of the database that was there: they would be taken for the new one's
        database.with_name(database.name + rest).unlink(missing_ok=True)
    part.replace(database)
    descriptor = os.open(database.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
