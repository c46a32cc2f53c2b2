"""The group commit on PostgreSQL: two round trips, whatever the size of the group.

1. BEGIN, lock the log head, look up identities and nodes under the lock (one pipeline).
2. One statement that inserts every row of every table and moves the head, then COMMIT (one pipeline).

Between the two, while the group is decided, the session is idle in its transaction for the server too, which it is
not before a pipeline's end: only then does the server's clock run that frees the lock of a process that stopped.

Everything is in READ COMMITTED, where each statement sees what was committed when it began: the lookups, sent after
the lock, see all that the previous holder of the lock wrote. One statement for lock and lookups would not.
Source: PostgreSQL 15 manual, section 13.2.1.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from filiere_platform.domain.record import KINDS_BY_CODE, Admission, Known, LogHead, Probe
from filiere_platform.store.binary_arrays import bigints, byteas, register, texts
from filiere_platform.store.column_types import decimal_digits
from filiere_platform.store.failures import translated
from filiere_platform.store.node_cache import NodeCache
from filiere_platform.store.partitions import partitions_to_make, statement_to_make

PING_AFTER = 1.0  # seconds of silence after which a connection is tried before a group is trusted to it
APPLICATION = "filiere capture"
# A process that stops inside its commit must not stop the sector: the server ends its session and frees the lock,
# before those who wait for it give up.
# The plans are index lookups whatever the statistics say: on an empty table a cached plan would be a full scan,
# and stay one until the first ANALYZE. A generic plan is made once, not for each group.
SESSION = {
    "application_name": APPLICATION,
    "lock_timeout": "3500ms",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "2500ms",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}

_LOCK_HEAD = (
    "SELECT size, grants, nodes, directory_version, stored_at, partitioned_to FROM log_head WHERE id = 1 FOR UPDATE"
)
_FIND_DIGESTS = "SELECT digest, log_index, content FROM digest WHERE digest = ANY (%b)"
_FIND_NODES = "SELECT key, node_id FROM node WHERE key = ANY (%b)"
_READ_RECORDS = "SELECT log_index, kind, sha256, stored_at FROM record WHERE log_index = ANY (%b)"
# A process that stopped while it was sending has a session that waits for the rest, and that no timeout of the server
# ends: whoever has waited for the lock in vain ends it.
_END_STOPPED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database() AND pid <> pg_backend_pid()
  AND wait_event = 'ClientRead' AND state <> 'idle' AND xact_start < clock_timestamp() - interval '2500 milliseconds'
"""
# The parts of one statement all see the same snapshot and run in no promised order, which suits rows that have
# no foreign keys among them. PostgreSQL 15 manual, section 7.8.4.
_WRITE = b"""
WITH written_record AS (
  INSERT INTO record (log_index, kind, sha256, stored_at, member_id, key_id, body, disclosures)
  SELECT * FROM unnest(%b, %b, %b, %b, %b, %b, %b, %b)
), written_event AS (
  INSERT INTO event (log_index, member_id, event_id, event_type, action, biz_step, disposition, earliest, latest,
                     declares_error, transformation_id, sharing)
  SELECT a, b, c, d, e, f, g, h, i, j <> 0, k, l
  FROM unnest(%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b) AS t (a, b, c, d, e, f, g, h, i, j, k, l)
), written_edge AS (
  INSERT INTO edge (log_index, ordinal, node_id, role, quantity, uom, earliest, latest)
  SELECT a, b, c, d, e::numeric, f, g, h FROM unnest(%b, %b, %b, %b, %b, %b, %b, %b) AS t (a, b, c, d, e, f, g, h)
), written_node AS (
  INSERT INTO node (node_id, key, kind) SELECT * FROM unnest(%b, %b, %b)
), written_grant AS (
  INSERT INTO visibility_grant (grant_no, log_index, audience, cause) SELECT * FROM unnest(%b, %b, %b, %b)
), written_digest AS (
  INSERT INTO digest (digest, log_index, content) SELECT * FROM unnest(%b, %b, %b)
)
UPDATE log_head
SET size = %s, grants = %s, nodes = %s, directory_version = %s, stored_at = %s, partitioned_to = %s WHERE id = 1
"""


class PostgresqlCapture:
    """A capture transaction: one that begins and commits by itself, or one that joins a unit of work's."""

    def __init__(
        self, connection: psycopg.Connection[Any], nodes: NodeCache, partition_size: int, *, joins: bool
    ) -> None:
        self._connection = connection
        self._nodes = nodes
        self._partition_size = partition_size
        self._joins = joins
        self._begun = False
        self._partitioned_to = 0
        self._to_write: list[tuple[bytes, Sequence[Any]]] = []
        self._written: dict[str, int] = {}

    def begin(self, *, digests: Collection[bytes], node_keys: Collection[str]) -> Probe:
        """Take the log head's lock; look up identities and nodes under it."""
        try:
            return self._lock_and_look(digests, node_keys)
        except psycopg.errors.LockNotAvailable:
            if self._joins:
                raise
            self._connection.execute("ROLLBACK")
            self._connection.execute(_END_STOPPED, (APPLICATION,))
            return self._lock_and_look(digests, node_keys)

    def save(self, admission: Admission) -> None:
        """Lay out every insert and the new head; they go out with the commit."""
        head = admission.head
        missing = partitions_to_make(partitioned_to=self._partitioned_to, log_size=head.size, size=self._partition_size)
        for start, stop in missing:
            self._to_write.append((statement_to_make(start, stop).encode(), ()))
            self._partitioned_to = stop
        self._to_write.append((_WRITE, (*_arrays(admission), *head, self._partitioned_to)))
        self._written = {key: node_id for node_id, key, _ in admission.nodes}
        if self._joins:
            self._send()

    def commit(self) -> None:
        """Send what was laid out, and the commit."""
        if self._begun:
            with self._connection.pipeline():
                self._send()
                self._connection.execute("COMMIT", prepare=True)

    def confirm(self) -> None:
        """Note that the commit happened: the nodes that it wrote may be remembered."""
        self._nodes.remember(self._written)

    def _lock_and_look(self, digests: Collection[bytes], node_keys: Collection[str]) -> Probe:
        ids = self._nodes.known(node_keys)
        unknown = [key for key in node_keys if key not in ids]
        execute = self._connection.execute
        # A pipeline ends with a flush behind its sync, at which the server forgets to end a session that falls silent.
        # In a unit nobody else would: what waits for the lock ends the sessions of group commits alone.
        with nullcontext() if self._joins else self._connection.pipeline():
            if not self._joins:
                execute("BEGIN", prepare=True)
            locked = execute(_LOCK_HEAD, prepare=True, binary=True)
            found = execute(_FIND_DIGESTS, (byteas(list(digests)),), prepare=True, binary=True)
            named = execute(_FIND_NODES, (texts(unknown),), prepare=True, binary=True) if unknown else None
        self._begun = True
        row = locked.fetchone()
        if row is None:
            msg = "the log head is missing: the database was not migrated"
            raise RuntimeError(msg)
        self._partitioned_to = row[5]
        identities = {bytes(digest): (log_index, content) for digest, log_index, content in found.fetchall()}
        if named is not None:
            committed = dict(named.fetchall())
            self._nodes.remember(committed)
            ids.update(committed)
        return Probe(head=LogHead(*row[:5]), known=self._read_known(identities), nodes=ids)

    def _send(self) -> None:
        for statement, parameters in self._to_write:
            self._connection.execute(statement, parameters or None, prepare=bool(parameters))
        self._to_write.clear()

    def _read_known(self, identities: dict[bytes, tuple[int, bytes | None]]) -> dict[bytes, Known]:
        # A third round trip, for repetitions alone: a join would take a lock on every partition in every group.
        if not identities:
            return {}
        indexes = sorted({log_index for log_index, _ in identities.values()})
        rows = self._connection.execute(_READ_RECORDS, (bigints(indexes),), binary=True).fetchall()
        records = {row[0]: (KINDS_BY_CODE[row[1]], bytes(row[2]), row[3]) for row in rows}
        return {
            digest: Known(log_index, content, *records[log_index])
            for digest, (log_index, content) in identities.items()
        }


class PostgresqlWriter:
    """Group commits, on one connection per committing thread, opened again when it is broken."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], nodes: NodeCache, partition_size: int) -> None:
        self._connect = connect
        self._nodes = nodes
        self._partition_size = partition_size
        self._mine = threading.local()
        self._all: list[psycopg.Connection[Any]] = []

    @contextmanager
    def transaction(self) -> Iterator[PostgresqlCapture]:
        """Open one group commit; it commits when the context ends cleanly.

        Raises:
            StoreUnavailable: the database is away, or the lock was not had in time.
            RowsRefused: the database refuses the group; nothing of it is stored.
        """
        with translated():
            connection = self._usable()
            capture = PostgresqlCapture(connection, self._nodes, self._partition_size, joins=False)
            try:
                yield capture
                capture.commit()
            except BaseException:
                self._abandon(connection)
                raise
            self._mine.used_at = time.monotonic()
        capture.confirm()

    def close(self) -> None:
        """Close every thread's connection."""
        for connection in self._all:
            connection.close()
        self._all.clear()

    def _usable(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._mine, "connection", None)
        if connection is not None and not connection.closed:
            if time.monotonic() - self._mine.used_at < PING_AFTER:
                return connection
            with suppress(psycopg.OperationalError):
                connection.execute("")
                return connection
        if connection in self._all:
            self._all.remove(connection)
        self._mine.connection = connection = open_session(self._connect)
        self._mine.used_at = time.monotonic()
        self._all.append(connection)
        return connection

    @staticmethod
    def _abandon(connection: psycopg.Connection[Any]) -> None:
        try:
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()


def open_session(connect: Callable[[], psycopg.Connection[Any]]) -> psycopg.Connection[Any]:
    """Open a connection for captures: its own transactions, its limits, its plans."""
    connection = connect()
    connection.autocommit = True
    register(connection)
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SESSION.items())
    connection.execute(f"SELECT {settings}".encode())
    return connection


def _arrays(admission: Admission) -> Sequence[Any]:
    record = _columns(admission.records, 8)
    event = _columns(admission.events, 12)
    edge = _columns(admission.edges, 8)
    node = _columns(admission.nodes, 3)
    grant = _columns(admission.grants, 4)
    digest = _columns(admission.digests, 3)
    quantities = [None if quantity is None else decimal_digits(quantity) for quantity in edge[4]]
    return (
        *(bigints(record[0]), bigints(record[1]), byteas(record[2]), bigints(record[3])),
        *(bigints(record[4]), bigints(record[5]), byteas(record[6]), byteas(record[7])),
        *(bigints(event[0]), bigints(event[1]), texts(event[2]), bigints(event[3]), bigints(event[4])),
        *(texts(event[5]), texts(event[6]), bigints(event[7]), bigints(event[8]), bigints(event[9]), texts(event[10])),
        bigints(event[11]),
        *(bigints(edge[0]), bigints(edge[1]), bigints(edge[2]), bigints(edge[3])),
        *(texts(quantities), texts(edge[5]), bigints(edge[6]), bigints(edge[7])),
        *(bigints(node[0]), texts(node[1]), bigints(node[2])),
        *(bigints(grant[0]), bigints(grant[1]), bigints(grant[2]), bigints(grant[3])),
        *(byteas(digest[0]), bigints(digest[1]), byteas(digest[2])),
    )


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[Any]:
    return list(zip(*rows, strict=True)) if rows else [()] * width
