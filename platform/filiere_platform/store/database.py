"""The store's front door: open a database, migrate it, commit groups, open units of work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import URL, Engine
from sqlmodel import Session

from filiere_platform.domain.diagnosis import DatabaseFacts
from filiere_platform.domain.snapshot import Snapshot
from filiere_platform.domain.standing import nothing_promised
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.store import schema
from filiere_platform.store.capture_postgresql import PostgresqlCapture, PostgresqlWriter
from filiere_platform.store.capture_sqlite import SqliteCapture, SqliteWriter
from filiere_platform.store.durability import postgresql_durability, sqlite_durability
from filiere_platform.store.engine import open_engine, parse_url, postgresql_connector, sqlite_connector
from filiere_platform.store.failures import translated
from filiere_platform.store.graph_columns import GraphReader
from filiere_platform.store.graph_memory import DEFAULT_LIMIT, GraphMemory
from filiere_platform.store.leadership import (
    Leadership,
    lead_on_postgresql,
    lead_on_sqlite,
    led_on_postgresql,
    led_on_sqlite,
)
from filiere_platform.store.node_cache import NodeCache
from filiere_platform.store.partitions import DEFAULT_SIZE
from filiere_platform.store.snapshot_postgresql import (
    dump_postgresql,
    load_postgresql,
    postgresql_origin,
    postgresql_users,
)
from filiere_platform.store.snapshot_sqlite import FILE as SQLITE_FILE
from filiere_platform.store.snapshot_sqlite import dump_sqlite, load_sqlite, sqlite_origin, sqlite_users
from filiere_platform.store.unit_of_work import Capture, UnitOfWork
from filiere_schemas.problems import Refusal
from filiere_schemas.sectors.sector_policies import SectorPolicies, sector_policies


class Database:
    """One instance's database, SQLite or PostgreSQL; shared by all threads of a process."""

    def __init__(self, url: URL, engine: Engine, *, partition_size: int, graph_bytes: int) -> None:
        # The size of the log that was signed; the composition root knows the files that say it.
        self.promised: Callable[[], int] = nothing_promised
        # What a sector decides; the composition root knows where those of the sector body lie.
        self.policies_of: Callable[[str], SectorPolicies] = sector_policies
        self._url = url
        self._engine = engine
        self._partition_size = partition_size
        self._nodes = NodeCache()
        self.graph = GraphMemory(self._graph_reader, limit=graph_bytes)
        self._writer = (
            PostgresqlWriter(postgresql_connector(url), self._nodes, partition_size)
            if self.is_postgresql
            else SqliteWriter(sqlite_connector(url), self._nodes)
        )

    @classmethod
    def open(cls, url: str, *, partition_size: int = DEFAULT_SIZE, graph_bytes: int = DEFAULT_LIMIT) -> Database:
        """Open the database of an address; nothing is connected yet.

        Args:
            url: `sqlite:///path` or `postgresql://user@host:port/name`.
            partition_size: log indexes per new partition (PostgreSQL); those that exist keep their size.
            graph_bytes: how much memory the graph may take; 0 keeps none.

        Raises:
            ValueError: the address is of neither kind, or the partition size is not positive.
        """
        if partition_size < 1:
            msg = f"a partition holds at least one log index, not {partition_size}"
            raise ValueError(msg)
        parsed = parse_url(url)
        return cls(parsed, open_engine(parsed), partition_size=partition_size, graph_bytes=graph_bytes)

    @property
    def is_postgresql(self) -> bool:
        """Whether several processes may share this database."""
        return self._url.get_backend_name() == "postgresql"

    def migrate(self) -> None:
        """Bring the schema to this release's, in one transaction; does nothing where it is there.

        Raises:
            StoreUnavailable: the database is away, or somebody held it for too long.
        """
        with translated(), self._engine.begin() as connection:
            schema.migrate(connection, partition_size=self._partition_size)

    def is_ready(self) -> bool:
        """Say whether the database answers and has this release's schema."""
        try:
            with translated(), self._engine.connect() as connection:
                return schema.is_at_head(connection)
        except StoreUnavailable:
            return False

    def dump(self, folder: Path) -> Snapshot:
        """Copy the database into a folder as one moment of it, while others go on writing.

        Raises:
            StoreUnavailable: the database is away.
        """
        revision = schema.head_revision() or ""
        if not self.is_postgresql:
            return dump_sqlite(Path(str(self._url.database)), folder, revision=revision)
        with self._session_of_its_own() as connection:
            return dump_postgresql(connection, folder, revision=revision)

    def users(self) -> str | None:
        """Say who else has the database open; None where nobody does."""
        if not self.is_postgresql:
            return sqlite_users(Path(str(self._url.database)))
        with self._session_of_its_own() as connection:
            return postgresql_users(connection)

    def origin(self) -> str | None:
        """Read the origin of the instance that is here, whatever its schema; None where none can be read."""
        if not self.is_postgresql:
            return sqlite_origin(Path(str(self._url.database)))
        with self._session_of_its_own() as connection:
            return postgresql_origin(connection)

    @staticmethod
    def knows(revision: str) -> bool:
        """Say whether a schema is one that this release can bring up to date."""
        return schema.knows(revision)

    def durability(self, clock: Callable[[], int]) -> DatabaseFacts:
        """Ask the database how it is set up, for `filiere doctor`; `clock` gives microseconds since 1970.

        Raises:
            StoreUnavailable: the database is away.
        """
        if self.is_postgresql:
            with self._session_of_its_own() as connection, translated():
                return postgresql_durability(connection, clock)
        if not Path(str(self._url.database)).exists():
            raise StoreUnavailable("there is no database")  # to connect would make one
        with translated(), closing(sqlite_connector(self._url)()) as connection:
            return sqlite_durability(connection)

    def load(self, folder: Path, *, revision: str, columns: Mapping[str, Sequence[str]]) -> None:
        """Put a snapshot in this database's place and bring it to this release's schema. Nobody may use it meanwhile.

        Raises:
            StoreUnavailable: the database is away, or somebody uses it.
        """
        if self.is_postgresql:
            with translated(), self._engine.begin() as connection:
                load_postgresql(
                    connection, folder, revision=revision, columns=columns, partition_size=self._partition_size
                )
        else:
            load_sqlite(Path(str(self._url.database)), folder / SQLITE_FILE)
        self.graph.forget()
        self.migrate()

    @contextmanager
    def _session_of_its_own(self) -> Iterator[psycopg.Connection[Any]]:
        with translated():
            connection = postgresql_connector(self._url)()
        try:
            connection.autocommit = True
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection. Nothing may be under way."""
        self.graph.close()
        self._writer.close()
        self._engine.dispose()

    def capture_transaction(self) -> AbstractContextManager[PostgresqlCapture | SqliteCapture]:
        """Open one group commit, on a connection of the calling thread's own.

        Raises:
            StoreUnavailable: on entering or leaving the context, see `usecases.ports.CaptureStore`.
            RowsRefused: on leaving it.
        """
        return self._writer.transaction()

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """Open a unit of work: committed when the context ends cleanly, rolled back on any exception.

        Raises:
            StoreUnavailable: the database is away, or a lock was not had in time.
            RowsRefused: a constraint refuses what was written; also on leaving, where the refusal was caught within.
        """
        joined: list[Capture] = []

        def join_capture() -> Capture:
            joined.append(self._capture_on(session))
            return joined[-1]

        with translated(), Session(self._engine, expire_on_commit=False) as session:
            uow = UnitOfWork(session, join_capture, self.graph, self.promised, self.policies_of)
            try:
                yield uow
            except Refusal:
                # Also a refusal may tell of what was read, as one that says when a record was erased.
                session.rollback()
                if uow.events.keep_looks():
                    session.commit()
                raise
            uow.events.keep_looks()
            session.commit()
        for capture in joined:
            capture.confirm()

    @contextmanager
    def _graph_reader(self) -> Iterator[GraphReader]:
        with translated(), Session(self._engine) as session:
            yield GraphReader(session)

    def scrub(self) -> None:
        """Bring what was erased out of the write-ahead log of SQLite, which still has the pages as they were.

        On PostgreSQL nothing is to be done from here: autovacuum frees the old rows, backups and archived WAL age out
        (docs/erasure.md).

        Raises:
            StoreUnavailable: the database is away.
        """
        if not self.is_postgresql:
            with translated(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def leadership(self, name: str) -> AbstractContextManager[Leadership]:
        """Try to lead in something, for as long as the context lasts; what it yields is false where somebody else does.

        Ask it again from time to time: it turns false when the database has lost the lock's session.

        Raises:
            StoreUnavailable: on entering, when the database is away.
        """
        if self.is_postgresql:
            return lead_on_postgresql(postgresql_connector(self._url), name)
        return lead_on_sqlite(Path(str(self._url.database)), name)

    def leaders(self, names: Collection[str]) -> frozenset[str]:
        """Say which of some names a process leads in now, this one included.

        Raises:
            StoreUnavailable: the database is away.
        """
        if not self.is_postgresql:
            return led_on_sqlite(Path(str(self._url.database)), names)
        with translated(), self._engine.connect() as connection:
            return led_on_postgresql(cast("Any", connection.connection.driver_connection), names)

    def _capture_on(self, session: Session) -> Capture:
        driver = cast("Any", session.connection().connection.driver_connection)
        if self.is_postgresql:
            return PostgresqlCapture(driver, self._nodes, self._partition_size, joins=True)
        return SqliteCapture(driver, self._nodes)
