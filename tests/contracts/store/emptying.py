"""Empty a database between examples of one test: faster than a new one, and nothing of ours remembers the old rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from contracts.store.conftest import Backend
from filiere_platform.store.database import Database

TABLES = ("record", "event", "edge", "node", "visibility_grant", "digest", "member_identifier", "member")
RESET = "UPDATE log_head SET size = 0, grants = 0, nodes = 0, directory_version = 0, stored_at = 0"


@contextmanager
def emptied(backend: Backend, url: str) -> Iterator[Database]:
    """Open an emptied database by a new door: a `Database` keeps the numbers of nodes that it has seen."""
    with execute(url) as run:
        for table in TABLES:
            run(f"DELETE FROM {table}")
        run(RESET)
        if url.startswith("postgresql"):
            run("ALTER SEQUENCE member_id_seq RESTART")
    database = backend.open(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def execute(url: str) -> Iterator[object]:
    """Speak SQL to a database behind the store's back, in one transaction."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            yield connection.execute
        return
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        with connection:
            yield connection.execute
    finally:
        connection.close()
