"""The spool: signed records on the manufacturer's own disk, from the row that they come from until they are published.

SQLite with `synchronous=FULL`: what `commit` has returned from survives a power cut. The place in the key's chain
(`seq`, `prev`) is given in the transaction that keeps the record, so that a crash leaves no hole and no double.

States of a record: `queued` (signed, not acknowledged), `stored` (in a verified receipt), `published` (proved to be
under a verified checkpoint), `refused` (in the log as refused; its row is in quarantine), `discarded` (it will not be
sent; a void behind it in the chain says so).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.spool_disclosures import KeptDisclosures
from filiere_connectors.spool_records import Delivery, Origin, Quarantined, Said, Settled, Spooled
from filiere_connectors.workspace import lacking
from filiere_schemas.provenance.envelope import FIRST_PREV

BUSY_SECONDS = 10.0
_COLUMNS = "seq, sha256, envelope, event_id, flow, source_key, file, sheet, row, log_index, kind, state"
_PRIMARY = 0xFF  # the low byte of an SQLite error says what, the rest says where
_APPLICATION_ID = 0x46494C31  # "FIL1": says that a file is a spool, and of which form


class Spool:
    """An open spool. One thread uses it; `open_spool` says whose it is."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.kept = KeptDisclosures(connection)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable together, or nothing of it.

        Raises:
            WorkspaceProblem: the disk is full, or the file is damaged; nothing was kept.
        """
        with _told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def identify(self, *, member: str, kid: str, origin: str) -> None:
        """Note whose chain this is, the first time; afterwards require it.

        Raises:
            WorkspaceProblem: the spool is another member's, another key's, or another log's.
        """
        known = self._connection.execute("SELECT member, kid, origin FROM identity").fetchone()
        if known is None:
            with self.transaction():
                self._connection.execute("INSERT INTO identity VALUES (1, ?, ?, ?)", (member, kid, origin))
        elif known != (member, kid, origin):
            raise lacking(sentences.OTHER_KEY, found=f"{member} {kid}", expected=f"{known[0]} {known[1]}")

    # --- rows and records ---

    def tail(self) -> tuple[int, int, bytes]:
        """Give the last record's number here, its place in the chain of the key that signs now, and its digest.

        The first record of another key begins a chain: it has place 1, and none before it.
        """
        found = self._connection.execute("SELECT seq, sha256 FROM record ORDER BY seq DESC LIMIT 1").fetchone()
        last, digest = (0, FIRST_PREV) if found is None else (found[0], found[1])
        start = self._connection.execute("SELECT ifnull(max(after_seq), 0) FROM chain").fetchone()[0]
        return last, last - start, digest if last > start else FIRST_PREV

    def begin_chain(self, kid: str) -> None:
        """Let another key sign from here on; repeating it changes nothing."""
        with self.transaction():
            known = self._connection.execute("SELECT kid FROM identity").fetchone()
            if known is None or known[0] == kid:
                return
            last = self._connection.execute("SELECT ifnull(max(seq), 0) FROM record").fetchone()[0]
            self._connection.execute("INSERT OR REPLACE INTO chain VALUES (?, ?)", (last, kid))
            self._connection.execute("UPDATE identity SET kid = ?", (kid,))

    def said(self, flow: str, source_key: str) -> Said | None:
        """What some rows last said; None if they never did."""
        found = self._connection.execute(
            "SELECT content, revision, seq FROM source_row WHERE flow = ? AND source_key = ?", (flow, source_key)
        ).fetchone()
        return None if found is None else Said(content=found[0], revision=found[1], seq=found[2])

    def add(self, record: Spooled, *, at: int) -> None:
        """Keep a signed record at the next place of the chain."""
        origin = record.origin
        rows = (origin.flow, origin.source_key, origin.file, origin.sheet, origin.row)
        self._connection.execute(
            "INSERT INTO record (seq, sha256, envelope, event_id, flow, source_key, file, sheet, row, spooled_at, kind,"
            " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')",
            (record.seq, record.sha256, record.envelope, record.event_id, *rows, at, record.kind),
        )

    def note_said(self, origin: Origin, said: Said, *, seen: int) -> None:
        """Note what the rows say now, by which record."""
        self._connection.execute(
            "INSERT INTO source_row VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET content = excluded.content,"
            " revision = excluded.revision, seq = excluded.seq, file = excluded.file, seen = excluded.seen",
            (origin.flow, origin.source_key, said.content, said.revision, said.seq, origin.file, seen),
        )

    def note_seen(self, origin: Origin, *, seen: int) -> None:
        """Note that rows which said something are there still."""
        self._connection.execute(
            "UPDATE source_row SET seen = ?, file = ? WHERE flow = ? AND source_key = ?",
            (seen, origin.file, origin.flow, origin.source_key),
        )

    def vanished(self, flow: str, file: str, *, seen: int) -> list[tuple[str, int]]:
        """The keys that a file once had and did not have in this pass, each with its row then."""
        return self._connection.execute(
            "SELECT said.source_key, record.row FROM source_row AS said JOIN record USING (seq)"
            " WHERE said.flow = ? AND said.file = ? AND said.seen < ? ORDER BY record.row",
            (flow, file, seen),
        ).fetchall()

    def begin_pass(self) -> int:
        """Number a pass over the sources."""
        with self.transaction():
            self._connection.execute("UPDATE delivery SET passes = passes + 1")
        return int(self._connection.execute("SELECT passes FROM delivery").fetchone()[0])

    # --- quarantine ---

    def quarantine(
        self, origin: Origin, problems: Sequence[dict[str, Any]], *, at: int, seen: int, seq: int | None = None
    ) -> None:
        """Keep rows that give no event; a row that is there already keeps its date."""
        told = (problems[0]["code"], json.dumps(problems, ensure_ascii=False))
        self._connection.execute(
            "INSERT INTO quarantined (flow, source_key, file, sheet, row, code, problems, since, seen, seq)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET source_key = excluded.source_key, code = excluded.code,"
            " problems = excluded.problems, seen = excluded.seen, seq = excluded.seq",
            (origin.flow, origin.source_key, origin.file, origin.sheet, origin.row, *told, at, seen, seq),
        )

    def release_mended(self, flow: str, file: str, *, seen: int) -> int:
        """Forget the rows of a file that this pass did not put into quarantine again; refused records stay."""
        return self._connection.execute(
            "DELETE FROM quarantined WHERE flow = ? AND file = ? AND seen < ? AND seq IS NULL", (flow, file, seen)
        ).rowcount

    def release_row(self, origin: Origin) -> None:
        """Forget what is in quarantine for a row that has spoken."""
        self._connection.execute(
            "DELETE FROM quarantined WHERE flow = ? AND file = ? AND row = ? AND IFNULL(sheet, '') = ?",
            (origin.flow, origin.file, origin.row, origin.sheet or ""),
        )

    def discard(self, number: int, reason: str) -> Quarantined | None:
        """Say, within a transaction, that rows will never be sent, and why; None if there is no such number."""
        self._connection.execute("UPDATE quarantined SET discarded = ? WHERE number = ?", (reason, number))
        return next((each for each in self.quarantined() if each.number == number), None)

    def discard_record(self, seq: int) -> Spooled | None:
        """Set a record aside, within a transaction, that the log has no entry of; None where there is none such."""
        changed = self._connection.execute(
            "UPDATE record SET state = 'discarded' WHERE seq = ? AND IFNULL(kind, '') <> 'void'"
            " AND (state = 'queued' OR (state = 'refused' AND log_index IS NULL))",
            (seq,),
        )
        return self.record(seq) if changed.rowcount else None

    def quarantined(self, *, flow: str | None = None, code: str | None = None) -> list[Quarantined]:
        """List them, oldest first."""
        rows = self._connection.execute(
            "SELECT number, flow, source_key, file, sheet, row, code, problems, since, seq, discarded FROM quarantined"
            " WHERE (?1 IS NULL OR flow = ?1) AND (?2 IS NULL OR code = ?2) ORDER BY since, number",
            (flow, code),
        )
        return [
            Quarantined(
                number=row[0],
                flow=row[1],
                source_key=row[2],
                file=row[3],
                sheet=row[4],
                row=row[5],
                code=row[6],
                problems=json.loads(row[7]),
                since=row[8],
                seq=row[9],
                discarded=row[10],
            )
            for row in rows
        ]

    # --- delivery ---

    def digest_at(self, seq: int) -> bytes | None:
        """The digest of the record at a place; None where there is none."""
        found = self._connection.execute("SELECT sha256 FROM record WHERE seq = ?", (seq,)).fetchone()
        return None if found is None else bytes(found[0])

    def states_between(self, first: int, last: int, *, below: int) -> Iterator[tuple[int, bool]]:
        """Places of a range, each with whether the platform acknowledged it under a log index below another."""
        yield from self._connection.execute(
            "SELECT seq, log_index IS NOT NULL AND log_index < ? FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq",
            (below, first, last),
        )

    def queued(self, *, limit: int) -> list[Spooled]:
        """The next records to send, in the order of the chain."""
        return self._records("state = 'queued' ORDER BY seq LIMIT ?", (limit,))

    def stored(self, *, below: int, limit: int) -> list[Spooled]:
        """Records in the log below an index that are not proved to be published."""
        return self._records("state = 'stored' AND log_index < ? ORDER BY log_index LIMIT ?", (below, limit))

    def of_digest(self, sha256: bytes) -> Spooled | None:
        """The record of a digest, if it is one of ours."""
        found = self._records("sha256 = ?", (sha256,))
        return found[0] if found else None

    def receipts(self) -> list[str]:
        """Every receipt, in the order in which they came."""
        return [row[0] for row in self._connection.execute("SELECT compact FROM receipt ORDER BY number")]

    def record(self, seq: int) -> Spooled:
        """One record."""
        return self._records("seq = ?", (seq,))[0]

    def settle(self, settled: Iterable[Settled], receipt: str | None, *, at: int) -> None:
        """Keep what the platform said of a request, with its receipt, in one transaction."""
        with self.transaction():
            for each in settled:
                answer = None if each.problem is None else json.dumps(each.problem, ensure_ascii=False)
                self._connection.execute(
                    "UPDATE record SET state = ?, log_index = ?, kind = ?, stored_at = ?, answer = ?"
                    " WHERE seq = ? AND state = 'queued'",
                    (each.state, each.log_index, each.kind, each.stored_at, answer, each.seq),
                )
                if each.revives is not None:
                    self._connection.execute(
                        "UPDATE record SET state = 'queued' WHERE seq = ? AND state = 'discarded'", (each.revives,)
                    )
                if each.problem is not None:
                    self.quarantine(self.record(each.seq).origin, [each.problem], at=at, seen=0, seq=each.seq)
            if receipt is not None:
                self._connection.execute(
                    "INSERT OR IGNORE INTO receipt (received_at, compact) VALUES (?, ?)", (at, receipt)
                )
            self._connection.execute("UPDATE delivery SET failures = 0, next_at = 0, last_error = NULL")

    def publish(self, seqs: Iterable[int], *, size: int, root: bytes) -> None:
        """Mark records as proved under a verified head of the log, and keep the head."""
        with self.transaction():
            self._connection.executemany("UPDATE record SET state = 'published' WHERE seq = ?", ((s,) for s in seqs))
            self._connection.execute("UPDATE delivery SET log_size = ?, log_root = ?", (size, root))

    def delivery(self) -> Delivery:
        """How sending goes."""
        row = self._connection.execute(
            "SELECT failures, next_at, last_error, log_size, log_root FROM delivery"
        ).fetchone()
        return Delivery(failures=row[0], next_at=row[1], last_error=row[2], log_size=row[3], log_root=row[4])

    def note_failure(self, error: str, *, next_at: int) -> None:
        """Count a failed attempt."""
        with self.transaction():
            self._connection.execute(
                "UPDATE delivery SET failures = failures + 1, next_at = ?, last_error = ?", (next_at, error)
            )

    def counts(self) -> dict[str, int]:
        """How many records are in each state."""
        found = dict(self._connection.execute("SELECT state, count(*) FROM record GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in ("queued", "stored", "published", "refused", "discarded")}

    def oldest_queued(self) -> int | None:
        """When the oldest record that waits was spooled, in microseconds since 1970."""
        found: int | None = self._connection.execute(
            "SELECT min(spooled_at) FROM record WHERE state = 'queued'"
        ).fetchone()[0]
        return found

    def last_receipt(self) -> tuple[int, str] | None:
        """The last receipt and when it came."""
        found: tuple[int, str] | None = self._connection.execute(
            "SELECT received_at, compact FROM receipt ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return found

    def _records(self, where: str, values: tuple[object, ...]) -> list[Spooled]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM record WHERE {where}",  # noqa: S608 - the conditions are this module's own
            values,
        )
        return [
            Spooled(
                seq=row[0],
                sha256=row[1],
                envelope=row[2],
                event_id=row[3],
                origin=Origin(flow=row[4], source_key=row[5], file=row[6], sheet=row[7], row=row[8]),
                log_index=row[9],
                kind=row[10],
                state=row[11],
            )
            for row in rows
        ]


@contextlib.contextmanager
def open_spool(path: Path) -> Iterator[Spool]:
    """Open the spool of a workspace; makes it the first time.

    Raises:
        WorkspaceProblem: the file is no spool, or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _told(path.name):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        with _told(path.name):
            _prepare(connection, path.name)
        yield Spool(connection)
    finally:
        connection.close()


@contextlib.contextmanager
def read_spool(path: Path) -> Iterator[Spool]:
    """Open a spool that is there to look at it; nothing can be written, and a run may go on beside.

    Raises:
        WorkspaceProblem: the file is no spool.
    """
    with _told(path.name):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        with _told(path.name):
            connection.execute("PRAGMA query_only = ON")
            found = connection.execute("PRAGMA application_id").fetchone()[0]
        if found != _APPLICATION_ID:
            raise lacking(sentences.SPOOL_DAMAGED, file=path.name, reason=f"application_id {found:#x}")
        yield Spool(connection)
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found == 0 and not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        connection.execute("PRAGMA journal_mode = WAL")
        script = files("filiere_connectors").joinpath("spool_schema.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN IMMEDIATE; PRAGMA application_id = {_APPLICATION_ID}; {script} COMMIT;")
    elif found != _APPLICATION_ID:
        raise lacking(sentences.SPOOL_DAMAGED, file=name, reason=f"application_id {found:#x}")
    connection.execute("PRAGMA synchronous = FULL")
    for table, name_of_script in (("kept_disclosure", "spool_disclosures.sql"), ("chain", "spool_chains.sql")):
        # Also of a spool that was made before disclosures could be kept, or a key replaced.
        if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]:
            script = files("filiere_connectors").joinpath(name_of_script).read_text(encoding="utf-8")
            connection.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")


@contextlib.contextmanager
def _told(name: str = "spool.db") -> Iterator[None]:
    """Turn the database's errors into sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _PRIMARY in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            raise lacking(sentences.DISK_FULL, reason=error) from error
        raise lacking(sentences.SPOOL_DAMAGED, file=name, reason=error) from error
    except sqlite3.DatabaseError as error:
        raise lacking(sentences.SPOOL_DAMAGED, file=name, reason=error) from error
