"""Ask a database how it is set up: what `filiere doctor` decides about. Changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from filiere_platform.domain.diagnosis import Commit, PostgresqlFacts, Replica, SqliteFacts

# A session of ours sees in pg_settings what its own role and database were given; others' are in pg_db_role_setting.
_SETTINGS = """
SELECT name, setting, source FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')
"""
_GIVEN = """
SELECT coalesce(r.rolname, ''), coalesce(d.datname, ''), unnest(s.setconfig) FROM pg_db_role_setting s
LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE s.setdatabase = 0 OR d.datname = current_database() ORDER BY 1, 2
"""
# Who copies WAL or a whole cluster is no replica, and is never promoted.
_REPLICAS = """
SELECT coalesce(nullif(application_name, ''), usename, '?'), sync_state FROM pg_stat_replication
WHERE application_name IS NULL OR application_name NOT IN ('pg_basebackup', 'pg_receivewal') ORDER BY 1, 2
"""
_SELF = """
SELECT current_user::text, pg_is_in_recovery(), extract(epoch FROM clock_timestamp())::float8
"""
# A WAL file's name begins with its timeline (PostgreSQL 15 manual, 30.5); on a standby the function is refused.
_TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)"


def postgresql_durability(connection: psycopg.Connection[Any], clock: Callable[[], int]) -> PostgresqlFacts:
    """Ask a server of PostgreSQL, in autocommit; `clock` gives microseconds since 1970.

    Raises:
        psycopg.Error: it is away.
    """
    before = clock()
    user, is_standby, told = _rows(connection, _SELF)[0]
    ours = (before + clock()) / 2 / 1_000_000  # the database looked at its clock about halfway
    found = {name: (setting, source) for name, setting, source in _rows(connection, _SETTINGS)}
    return PostgresqlFacts(
        user=user,
        fsync=found["fsync"][0] == "on",
        full_page_writes=found["full_page_writes"][0] == "on",
        commits=tuple(_commits(connection, *found["synchronous_commit"])),
        named_standbys=found["synchronous_standby_names"][0],
        replicas=tuple(Replica(name=name, mode=mode) for name, mode in _rows(connection, _REPLICAS)),
        is_standby=is_standby,
        timeline=None if is_standby else int(_rows(connection, _TIMELINE)[0][0], 16),
        drift=ours - told,
    )


def sqlite_durability(connection: sqlite3.Connection) -> SqliteFacts:
    """Ask a connection of SQLite what it writes with."""
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    (journal_mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return SqliteFacts(synchronous=synchronous, journal_mode=journal_mode)


def _commits(connection: psycopg.Connection[Any], value: str, source: str) -> Iterator[Commit]:
    given = [(role, base, text.split("=", 1)) for role, base, text in _rows(connection, _GIVEN)]
    for role, base, (name, setting) in given:
        if name == "synchronous_commit":
            where = " ".join(word for word in (role and f"ROLE {role}", base and f"DATABASE {base}") if word)
            yield Commit(value=setting, where=where)
    if source not in {"user", "database", "database user", "global"}:  # those were just told by name
        yield Commit(value=value, where=source)


def _rows(connection: psycopg.Connection[Any], statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(statement.encode()).fetchall()
