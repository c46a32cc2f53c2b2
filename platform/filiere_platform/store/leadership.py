"""Leadership: of all processes of an instance, one does a thing at a time, and another takes over when it is gone.

On PostgreSQL it is an advisory lock of a session of its own; on SQLite, whose processes share a disk, a file lock.
The system frees either when its holder dies. On PostgreSQL it is a lease, too: a holder that is stopped, or whose
machine is gone without a word, is not heard for some seconds, and the server itself then ends its session. Whoever
wakes up after that is told so only when it asks: what it was about to write must be refused where it is written.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from filiere_platform.store.failures import translated

CHECK_EVERY = 1.0  # seconds for which an answer of the server is believed
# Seconds without a word of its holder after which the server ends the lock's session. With the pause of a standby it
# is the time until another takes over: shorter, and a machine that is merely busy would lose its leadership.
LEASE_SECONDS = 5.0


class Leadership:
    """Whether this process leads; false as soon as the lock's session is seen to be gone."""

    def __init__(self, connection: psycopg.Connection[Any] | None, *, held: bool) -> None:
        self._connection = connection
        self._held = held
        self._checked = time.monotonic()

    def __bool__(self) -> bool:
        """Ask; at most one round trip a second."""
        if self._held and self._connection is not None and time.monotonic() - self._checked >= CHECK_EVERY:
            self._checked = time.monotonic()
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error:
                self._held = False
        return self._held

    def renew(self, ended: threading.Event) -> None:
        """Ask again and again, so that the server hears of this process also while it is busy; a thread's body."""
        while self and not ended.wait(CHECK_EVERY):
            pass


@contextmanager
def lead_on_postgresql(connect: Callable[[], psycopg.Connection[Any]], name: str) -> Iterator[Leadership]:
    """Try for leadership by an advisory lock; yields one that is false where somebody else leads.

    Raises:
        StoreUnavailable: the database is away.
    """
    key = _key(name)
    with translated():
        connection = connect()
        connection.autocommit = True
        try:
            # Source: PostgreSQL 14 and later, "Client Connection Defaults": in milliseconds, ends the session.
            connection.execute(f"SET idle_session_timeout = {LEASE_SECONDS * 1_000:.0f}")
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
        except psycopg.Error:
            connection.close()
            raise
    held = bool(row and row[0])
    leadership, ended = Leadership(connection, held=held), threading.Event()
    heart = threading.Thread(target=leadership.renew, args=(ended,), name=f"lease of {name}", daemon=True)
    heart.start()
    try:
        yield leadership
    finally:
        ended.set()
        heart.join()
        with suppress(psycopg.Error):
            if held:  # closing frees it too, but only once the server has noticed
                connection.execute("SELECT pg_advisory_unlock(%s)", (key,))
        with suppress(psycopg.Error):
            connection.close()


def led_on_postgresql(connection: psycopg.Connection[Any], names: Collection[str]) -> frozenset[str]:
    """Say which of some names somebody leads in, this process included.

    Source: PostgreSQL 15, "pg_locks": a key of 64 bits is shown as two halves, and `objsubid` is 1.
    """
    held = connection.execute(
        "SELECT classid::bigint << 32 | objid::bigint FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchall()
    keys = {int(key) for (key,) in held}
    return frozenset(name for name in names if _key(name) in keys)


def led_on_sqlite(database: Path, names: Collection[str]) -> frozenset[str]:
    """Say which of some names somebody leads in, this process included."""
    led = set()
    for name in names:
        with lead_on_sqlite(database, name) as leadership:
            if not leadership:
                led.add(name)
    return frozenset(led)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"filiere leadership {name}".encode()).digest()[:8], "big", signed=True)


@contextmanager
def lead_on_sqlite(database: Path, name: str) -> Iterator[Leadership]:
    """Try for leadership by a lock on a file beside the database; false where somebody else leads."""
    path = database.with_name(f"{database.name}.{name}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        held = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = False
        yield Leadership(None, held=held)
    finally:
        os.close(descriptor)  # which frees the lock
