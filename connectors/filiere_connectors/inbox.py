"""The inbox: what a receiver has worked off, so that what comes twice is handed over once.

SQLite with `synchronous=FULL`, beside the spool. An event is known by its `source` and `id` (CloudEvents 1.0, 3.1), for
ever: a member's stream may be sent again from any point. Where the stream is read over HTTPS its position stands here
too, moved in the same transaction as what was worked off.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from filiere_connectors import receiving_sentences as sentences
from filiere_connectors.workspace import lacking

BUSY_SECONDS: Final = 10.0
_VERSION: Final = 1
_PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedEvent:
    """An event that the handler will not take, waiting for somebody; `since` is in microseconds since 1970."""

    number: int
    event: dict[str, Any]
    reason: str
    since: int


class Inbox:
    """An open inbox. One thread uses it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything inside together, also where it ends with an exception of the caller's.

        What was worked off before a handler failed was worked off: it is not handed over again.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def knows(self, event: Mapping[str, Any]) -> bool:
        """Whether an event was handed over or rejected before."""
        key = (event["source"], event["id"])
        query = (
            "SELECT 1 FROM handled WHERE source = ?1 AND id = ?2"
            " UNION ALL SELECT 1 FROM rejected WHERE source = ?1 AND id = ?2"
        )
        return self._connection.execute(query, key).fetchone() is not None

    def note_handled(self, event: Mapping[str, Any], *, at: int) -> None:
        """Note that an event was handed over; one that was rejected before is so no longer."""
        key = (event["source"], event["id"])
        self._connection.execute("INSERT OR IGNORE INTO handled VALUES (?, ?, ?)", (*key, at))
        self._connection.execute("DELETE FROM rejected WHERE source = ? AND id = ?", key)

    def reject(self, event: Mapping[str, Any], reason: str, *, at: int) -> None:
        """Set an event apart with the reason for which its handler will not take it."""
        self._connection.execute(
            "INSERT INTO rejected (source, id, event, reason, since) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (source, id) DO UPDATE SET reason = excluded.reason",
            (event["source"], event["id"], json.dumps(event, ensure_ascii=False), reason, at),
        )

    def rejected(self) -> list[RejectedEvent]:
        """List what was rejected and neither taken later nor discarded, oldest first."""
        rows = self._connection.execute(
            "SELECT number, event, reason, since FROM rejected WHERE discarded IS NULL ORDER BY number"
        )
        return [
            RejectedEvent(number=number, event=json.loads(event), reason=reason, since=since)
            for number, event, reason, since in rows
        ]

    def discard(self, number: int, reason: str) -> bool:
        """Set a rejected event aside for good; says whether there was one of that number."""
        with self.transaction():
            done = self._connection.execute(
                "UPDATE rejected SET discarded = ? WHERE number = ? AND discarded IS NULL", (reason, number)
            )
        return done.rowcount == 1

    def position(self) -> str:
        """How far the stream over HTTPS was read; empty: not at all."""
        found = self._connection.execute("SELECT position FROM place").fetchone()
        return "" if found is None else str(found[0])

    def move(self, position: str) -> None:
        """Note how far it was read."""
        self._connection.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (position,))


@contextlib.contextmanager
def open_inbox(path: Path) -> Iterator[Inbox]:
    """Open the inbox, and make it where there is none.

    Raises:
        WorkspaceProblem: the file is no inbox of this release, or damaged, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not path.exists():
            path.touch(mode=_PRIVATE)  # events of others lie in it
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                schema = files("filiere_connectors").joinpath("inbox_schema.sql").read_text(encoding="utf-8")
                connection.executescript(f"BEGIN IMMEDIATE; {schema} COMMIT;")
            elif version != _VERSION:
                raise lacking(sentences.INBOX_DAMAGED, file=path, reason=f"version {version}")
            yield Inbox(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise lacking(sentences.INBOX_DAMAGED, file=path, reason=str(error)) from error
