"""Copy a PostgreSQL database while it is written to, table by table, and load such a copy.

COPY within one REPEATABLE READ transaction rather than `pg_dump`: the container image holds no PostgreSQL program, a
`pg_dump` must not be older than its server, and one format for every installation is one that is tested. What is not in
the copy, the schema, is what migrations make.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, delete, text, update

from filiere_platform.domain.snapshot import Snapshot
from filiere_platform.store import schema
from filiere_platform.store.failures import translated
from filiere_platform.store.tables import LOG_HEAD, PARTITIONED_TABLES, Row

HEAD = LOG_HEAD.name
_LEAVING_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.05
_OTHERS = """
SELECT pid, coalesce(nullif(application_name, ''), usename::text, '?') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid
"""


def dump_postgresql(connection: psycopg.Connection[Any], folder: Path, *, revision: str) -> Snapshot:
    """Copy every table in one snapshot of the database; who writes meanwhile neither waits nor is waited for.

    Source: PostgreSQL 15 manual, section 13.2.2: all statements of a REPEATABLE READ transaction see one moment.
    """
    files, columns = [], {}
    with translated():
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        size = int(_one(connection, "SELECT size FROM log_head"))
        for table in Row.metadata.sorted_tables:
            columns[table.name] = [column.name for column in table.columns]
            files.append(folder / f"{table.name}.copy")
            command = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
                _names(columns[table.name]),
                sql.Identifier(table.name),
                _names([column.name for column in table.primary_key.columns]),
            )
            with files[-1].open("xb") as out, connection.cursor().copy(command) as copy:
                files[-1].chmod(0o600)
                for block in copy:
                    out.write(block)
        connection.execute("COMMIT")
    return Snapshot(kind="postgresql", revision=revision, size=size, columns=columns, files=tuple(files))


def postgresql_users(connection: psycopg.Connection[Any]) -> str | None:
    """Say who else has a session in the database, and does not leave it at once; None where nobody does.

    The server ends a session a moment after its client has gone: who has just stopped the services is not told that
    they run.
    """
    deadline = time.monotonic() + _LEAVING_SECONDS
    with translated():
        while (found := connection.execute(_OTHERS).fetchall()) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_SECONDS)
    return ", ".join(f"{name} ({pid})" for pid, name in found) or None


def postgresql_origin(connection: psycopg.Connection[Any]) -> str | None:
    """Read the origin of the instance in a database; None where there is none."""
    with translated():
        if _one(connection, "SELECT to_regclass('instance') IS NULL"):
            return None
        row = connection.execute("SELECT origin FROM instance").fetchone()
    return row[0] if row else None


def load_postgresql(
    connection: Connection, folder: Path, *, revision: str, columns: Mapping[str, Sequence[str]], partition_size: int
) -> None:
    """Replace every table of ours by a copy's, in the caller's transaction: until it commits, nobody sees a change."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment] # psycopg's
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    # 1. An empty schema of the copy's release.
    for table in ("alembic_version", *Row.metadata.tables):
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    schema.migrate(connection, partition_size=partition_size, revision=revision)
    # 2. The head first, since it says how many partitions there have to be, and those that are here count.
    connection.execute(delete(LOG_HEAD))
    _load(driver, folder, HEAD, columns[HEAD])
    connection.execute(update(LOG_HEAD).values(partitioned_to=0))
    for partition in _partitions(driver):
        connection.exec_driver_sql(f'DROP TABLE "{partition}"')
    schema.make_partitions(connection, partition_size)
    # 3. The rest, in the order of their references, and the numbers that come next.
    for table in [table.name for table in Row.metadata.sorted_tables if table.name in columns]:
        if table != HEAD:
            _load(driver, folder, table, columns[table])
    for table, column in _serials(driver):
        following = sql.SQL(
            "SELECT setval(pg_get_serial_sequence({}, {}), coalesce((SELECT max({}) FROM {}), 0) + 1, false)"
        )
        where = (sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table))
        driver.execute(following.format(*where))


def _load(driver: psycopg.Connection[Any], folder: Path, table: str, columns: Sequence[str]) -> None:
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
    with (folder / f"{table}.copy").open("rb") as source, driver.cursor().copy(command) as copy:
        while block := source.read(1 << 20):
            copy.write(block)


def _partitions(driver: psycopg.Connection[Any]) -> list[str]:
    rows = driver.execute(
        "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid"
        " JOIN pg_class AS parent ON parent.oid = inhparent WHERE child.relkind = 'r' AND parent.relname = ANY (%s)",
        (list(PARTITIONED_TABLES),),
    ).fetchall()
    return [row[0] for row in rows]


def _serials(driver: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return driver.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    ).fetchall()


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
