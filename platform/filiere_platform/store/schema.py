"""Bring a database to the schema of this release, and say whether it is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text, update

from filiere_platform.store.partitions import partitions_to_make, statement_to_make
from filiere_platform.store.tables import LOG_HEAD

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x66696C6965726530  # "filiere0": one migration at a time on a PostgreSQL database


def migrate(connection: Connection, *, partition_size: int, revision: str = "head") -> None:
    """Run the migrations that are missing, write the first log head, make the first partitions.

    The caller begins and commits. Two processes that migrate at once wait for each other.
    """
    on_postgresql = connection.dialect.name == "postgresql"
    if on_postgresql:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    _write_first_head(connection)
    if on_postgresql:
        make_partitions(connection, partition_size)


def make_partitions(connection: Connection, size: int) -> None:
    """Make the partitions that the log needs and has not (PostgreSQL)."""
    head = connection.execute(select(LOG_HEAD.c.size, LOG_HEAD.c.partitioned_to).with_for_update()).one()
    for start, stop in partitions_to_make(partitioned_to=head.partitioned_to, log_size=head.size, size=size):
        connection.exec_driver_sql(statement_to_make(start, stop))
        connection.execute(update(LOG_HEAD).values(partitioned_to=stop))


def is_at_head(connection: Connection) -> bool:
    """Say whether the schema is that of this release; one row."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return bool(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == head_revision())


def knows(revision: str) -> bool:
    """Say whether a migration is one of this release's."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


@cache
def head_revision() -> str | None:
    """Name the latest migration of this release."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    # ConfigParser would read a % in a path as an interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _write_first_head(connection: Connection) -> None:
    if connection.execute(select(LOG_HEAD.c.id)).first() is None:
        first = {"id": 1, "size": 0, "grants": 0, "nodes": 0, "directory_version": 0}
        connection.execute(insert(LOG_HEAD).values(**first, stored_at=0, partitioned_to=0))
