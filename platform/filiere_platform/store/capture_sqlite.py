"""The group commit on SQLite: the write lock is taken at once, rows go in table by table, one fsync per group."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress

import orjson

from filiere_platform.domain.record import KINDS_BY_CODE, Admission, Known, LogHead, Probe
from filiere_platform.store.column_types import decimal_digits
from filiere_platform.store.failures import translated
from filiere_platform.store.node_cache import NodeCache

_READ_HEAD = "SELECT size, grants, nodes, directory_version, stored_at FROM log_head WHERE id = 1"
_FIND_DIGEST = """
SELECT digest.log_index, digest.content, record.kind, record.sha256, record.stored_at
FROM digest JOIN record ON record.log_index = digest.log_index WHERE digest.digest = ?
"""
_FIND_NODES = "SELECT key, node_id FROM node WHERE key IN (SELECT value FROM json_each(?))"
_WRITE_RECORD = """
INSERT INTO record (log_index, kind, sha256, stored_at, member_id, key_id, body, disclosures)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_WRITE_EVENT = """
INSERT INTO event (log_index, member_id, event_id, event_type, action, biz_step, disposition, earliest, latest,
                   declares_error, transformation_id, sharing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_WRITE_EDGE = """
INSERT INTO edge (log_index, ordinal, node_id, role, quantity, uom, earliest, latest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_WRITE_NODE = "INSERT INTO node (node_id, key, kind) VALUES (?, ?, ?)"
_WRITE_GRANT = "INSERT INTO visibility_grant (grant_no, log_index, audience, cause) VALUES (?, ?, ?, ?)"
_WRITE_DIGEST = "INSERT INTO digest (digest, log_index, content) VALUES (?, ?, ?)"
_MOVE_HEAD = """
UPDATE log_head SET size = ?, grants = ?, nodes = ?, directory_version = ?, stored_at = ? WHERE id = 1
"""


class SqliteCapture:
    """A capture transaction on a connection that somebody else commits."""

    def __init__(self, connection: sqlite3.Connection, nodes: NodeCache) -> None:
        self._connection = connection
        self._nodes = nodes
        self._written: dict[str, int] = {}

    def begin(self, *, digests: Collection[bytes], node_keys: Collection[str]) -> Probe:
        """Take the database's write lock; look up identities and nodes under it."""
        execute = self._connection.execute
        if not self._connection.in_transaction:
            execute("BEGIN IMMEDIATE")
        row = execute(_READ_HEAD).fetchone()
        if row is None:
            msg = "the log head is missing: the database was not migrated"
            raise RuntimeError(msg)
        known = {}
        for digest in digests:
            held = execute(_FIND_DIGEST, (digest,)).fetchone()
            if held is not None:
                log_index, content, kind, *rest = held
                known[digest] = Known(log_index, content, KINDS_BY_CODE[kind], *rest)
        ids = self._nodes.known(node_keys)
        unknown = [key for key in node_keys if key not in ids]
        if unknown:
            committed = dict(execute(_FIND_NODES, (orjson.dumps(unknown).decode(),)).fetchall())
            self._nodes.remember(committed)
            ids.update(committed)
        return Probe(head=LogHead(*row), known=known, nodes=ids)

    def save(self, admission: Admission) -> None:
        """Insert every row and move the head."""
        many = self._connection.executemany
        many(_WRITE_RECORD, admission.records)
        many(_WRITE_EVENT, admission.events)
        many(
            _WRITE_EDGE,
            [
                edge if edge.quantity is None else (*edge[:4], decimal_digits(edge.quantity), *edge[5:])
                for edge in admission.edges
            ],
        )
        many(_WRITE_NODE, admission.nodes)
        many(_WRITE_GRANT, admission.grants)
        many(_WRITE_DIGEST, admission.digests)
        self._connection.execute(_MOVE_HEAD, admission.head)
        self._written = {key: node_id for node_id, key, _ in admission.nodes}

    def confirm(self) -> None:
        """Note that the commit happened: the nodes that it wrote may be remembered."""
        self._nodes.remember(self._written)


class SqliteWriter:
    """Group commits, on one connection per committing thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], nodes: NodeCache) -> None:
        self._connect = connect
        self._nodes = nodes
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[SqliteCapture]:
        """Open one group commit; it commits when the context ends cleanly.

        Raises:
            StoreUnavailable: another process held the write lock for too long, or the disk is full or away.
            RowsRefused: the database refuses the group; nothing of it is stored.
        """
        with translated():
            connection = self._usable()
            capture = SqliteCapture(connection, self._nodes)
            try:
                yield capture
                connection.commit()
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise
        capture.confirm()

    def close(self) -> None:
        """Close every thread's connection."""
        for connection in self._all:
            connection.close()
        self._all.clear()

    def _usable(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            self._mine.connection = connection = self._connect()
            self._all.append(connection)
        return connection
