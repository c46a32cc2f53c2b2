"""Databases that are migrated already: the migrations run once in a process, and not before each of its tests."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

import services
from filiere_platform.store.database import Database

SQLITE: Final = "sqlite:///"
_TABLES: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
_PARTITIONS: Final = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1"
_OTHERS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SEQUENCES: Final = """
SELECT setval(quote_ident(schemaname) || '.' || quote_ident(sequencename), start_value, false) FROM pg_sequences
"""


def lay_migrated(url: str) -> None:
    """Put a migrated database where a SQLite database is to be, unless there is one."""
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_template(), path)


@functools.cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="filiere-migrated-")) / "filiere.db"
    _migrate(f"{SQLITE}{path}")
    return path


def _migrate(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    database.close()


@dataclass(frozen=True, kw_only=True)
class ReusedDatabase:
    """A PostgreSQL database that is emptied, which takes a hundredth of what it takes to make and to drop one."""

    url: str
    tables: dict[str, list[tuple[Any, ...]]]  # with what stands in them once they are migrated
    partitions: frozenset[str]

    def empty(self) -> None:
        """Bring it back to where it was after its migrations, whoever is connected to it."""
        with psycopg.connect(services.plain_database_url(self.url)) as connection:
            connection.execute(_OTHERS)
            connection.execute("SET session_replication_role = replica")  # no order of foreign keys, no trigger
            for name in self._names(connection, _PARTITIONS) - self.partitions:
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
            for name in self._names(connection, _TABLES):
                _refill(connection, name, self.tables[name])
            connection.execute(_SEQUENCES)

    @staticmethod
    def _names(connection: psycopg.Connection[Any], query: str) -> set[str]:
        return {name for (name,) in connection.execute(query)}


def _refill(connection: psycopg.Connection[Any], table: str, rows: list[tuple[Any, ...]]) -> None:
    name = sql.Identifier(table)
    connection.execute(sql.SQL("DELETE FROM {}").format(name))
    for row in rows:
        places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
        connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(name, places), row)


@contextmanager
def reused_database(postgresql_url: str) -> Iterator[ReusedDatabase]:
    """Make one, and drop it in the end."""
    url = services.create_database(postgresql_url)
    _migrate(url)
    with psycopg.connect(services.plain_database_url(url)) as connection:
        names = [name for (name,) in connection.execute(_TABLES)]
        stand = sql.SQL("SELECT * FROM {}")
        tables = {name: connection.execute(stand.format(sql.Identifier(name))).fetchall() for name in names}
        partitions = frozenset(name for (name,) in connection.execute(_PARTITIONS))
    yield ReusedDatabase(url=url, tables=tables, partitions=partitions)
    services.drop_database(url)
