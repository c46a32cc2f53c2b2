"""The migrated schema is the one that the models declare, in everything that the databases can tell."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url

from contracts.store.conftest import Backend
from filiere_platform.store.database import Database
from filiere_platform.store.tables import PARTITIONED_TABLES, Row

NOT_OURS = {"alembic_version"}
CATALOGUE = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND a.attnum > 0 ORDER BY 1, 2""",
    "indexes": """
        SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition ORDER BY 1, 2""",
    "constraints": """
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition ORDER BY 1, 2""",
    "partitioning": """
        SELECT c.relname, pg_get_partkeydef(c.oid) FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'p' ORDER BY 1""",
}


def test_alembic_finds_nothing_to_migrate(backend: Backend) -> None:
    url = make_url(backend.create())
    driver = "postgresql+psycopg" if url.get_backend_name() == "postgresql" else "sqlite"
    engine = create_engine(url.set(drivername=driver))
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_no_partition}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata) == []
    engine.dispose()


def test_the_migrated_sqlite_file_is_the_one_that_the_models_make(sqlite_template: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    Row.metadata.create_all(engine)
    engine.dispose()
    migrated = _sqlite_schema(sqlite_template)
    assert len(migrated) > 25
    assert migrated == _sqlite_schema(tmp_path / "models.db")


@pytest.mark.postgresql
def test_the_migrated_postgresql_schema_is_the_one_that_the_models_make(
    on_postgresql: Backend, create_database: Any
) -> None:
    url = create_database()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    Row.metadata.create_all(engine)
    engine.dispose()
    migrated = _postgresql_schema(on_postgresql.create())
    assert [table for table, _ in migrated["partitioning"]] == sorted(PARTITIONED_TABLES)
    assert migrated == _postgresql_schema(url)


@pytest.mark.postgresql
def test_a_partition_has_every_index_of_its_table(on_postgresql: Backend) -> None:
    indexes = """
        SELECT count(*) FILTER (WHERE NOT c.relispartition), count(*) FILTER (WHERE c.relname LIKE %s),
               count(*) FILTER (WHERE NOT i.indisvalid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname LIKE %s"""
    with psycopg.connect(on_postgresql.create()) as connection:
        for table in PARTITIONED_TABLES:
            of_table, of_first, invalid = connection.execute(
                indexes, (f"{table}_p000000000000", f"{table}%")
            ).fetchone()
            assert of_first == of_table > 0
            assert invalid == 0


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert database.is_ready()
    database.migrate()
    assert database.is_ready()


def test_a_database_that_was_not_migrated_is_not_ready(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'new.db'}")
    assert not database.is_ready()
    database.migrate()
    assert database.is_ready()
    database.close()


def test_a_database_of_another_release_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    database = Database.open(f"sqlite:///{path}")
    database.migrate()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert not database.is_ready()
    database.close()


@pytest.mark.postgresql
def test_two_processes_may_migrate_at_once(create_database: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    url = create_database()
    doors = [Database.open(url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda door: door.migrate(), doors))
    assert all(door.is_ready() for door in doors)
    for door in doors:
        door.close()


def _is_no_partition(name: str | None, kind: str, _parents: dict[str, str | None]) -> bool:
    return kind != "table" or (name not in NOT_OURS and "_p0000" not in str(name))


def _sqlite_schema(path: Path) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return sorted((kind, name, " ".join(text.split())) for kind, name, text in rows if name not in NOT_OURS)


def _postgresql_schema(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(url) as connection:
        found = {what: connection.execute(query).fetchall() for what, query in CATALOGUE.items()}
    return {what: [row for row in rows if row[0] not in NOT_OURS] for what, rows in found.items()}
