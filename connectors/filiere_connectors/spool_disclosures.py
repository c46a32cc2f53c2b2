"""The disclosures that a company keeps: which there are, and which its instance was given meanwhile."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDisclosure:
    """One of them; `log_index` is its record's, None while the log does not have the record."""

    digest: bytes
    seq: int
    pointer: str
    disclosure: bytes
    event_id: str
    flow: str
    log_index: int | None
    disclosed_at: int | None  # microseconds since 1970


class KeptDisclosures:
    """What a spool keeps of sealed fields; the spool opens the transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, seq: int, kept: Iterable[tuple[str, bytes]]) -> None:
        """Keep disclosures, each with the pointer of its field, in the transaction that keeps their record."""
        rows = [(hashlib.sha256(text).digest(), seq, pointer, text) for pointer, text in kept]
        self._connection.executemany(
            "INSERT INTO kept_disclosure (digest, seq, pointer, disclosure) VALUES (?, ?, ?, ?)", rows
        )

    def all(self) -> list[KeptDisclosure]:
        """List them, in the order of the chain."""
        rows = self._connection.execute(
            "SELECT kept.digest, kept.seq, kept.pointer, kept.disclosure, record.event_id, record.flow,"
            " CASE WHEN record.kind = 'event' THEN record.log_index END, kept.disclosed_at"
            " FROM kept_disclosure AS kept JOIN record USING (seq) ORDER BY kept.seq, kept.pointer"
        )
        return [
            KeptDisclosure(
                digest=row[0],
                seq=row[1],
                pointer=row[2],
                disclosure=row[3],
                event_id=row[4],
                flow=row[5],
                log_index=row[6],
                disclosed_at=row[7],
            )
            for row in rows
        ]

    def note_disclosed(self, digests: Iterable[bytes], *, at: int) -> None:
        """Note that the instance has them; a later handing over keeps the first date."""
        self._connection.executemany(
            "UPDATE kept_disclosure SET disclosed_at = ? WHERE digest = ? AND disclosed_at IS NULL",
            [(at, digest) for digest in digests],
        )
