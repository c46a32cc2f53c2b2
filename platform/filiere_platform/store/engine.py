"""Open a database: the address, the session settings, the pool, the meaning of its errors.

Units of work read with READ COMMITTED on both databases. On SQLite that means: a read stands alone, and the first
write takes the database's write lock at once (BEGIN IMMEDIATE). A transaction that began with a read and then wrote
would be refused whenever somebody else had written in between, which under a steady stream of captures is always.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.pool import PoolProxiedConnection

from filiere_platform.store.binary_arrays import register
from filiere_platform.store.failures import meaning

LOCK_WAIT = 5.0  # seconds that a statement waits for somebody else's lock
POOL_WAIT = 5.0  # seconds that a unit of work waits for a free connection
CONNECT_WAIT = 5  # seconds, whole (libpq)
# The relay publishes within a unit of work, which takes a while; a unit that holds the log head's lock is given
# less, see `directory.limit_silence`.
SESSION = {
    "application_name": "filiere",
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "120s",
    "jit": "off",
}
_WRITING = ("isinsert", "isupdate", "isdelete", "isddl")  # how SQLAlchemy's execution context names a statement
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def parse_url(url: str) -> URL:
    """Read a database address: `sqlite:///path` or `postgresql://user@host:port/name`.

    Raises:
        ValueError: when it is neither; the message does not repeat the address, which may hold a password.
    """
    parsed = make_url(url)
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        msg = f"a database address begins with sqlite:/// or postgresql://, this with {parsed.get_backend_name()}://"
        raise ValueError(msg)
    if driver == "sqlite" and parsed.database in {None, "", ":memory:"}:
        msg = "SQLite needs a file (sqlite:///path): threads of one process cannot share a database in memory"
        raise ValueError(msg)
    return parsed.set(drivername=driver)


def open_engine(url: URL) -> Engine:
    """Open the pool that units of work draw from."""
    engine = _open_sqlite(url) if url.get_backend_name() == "sqlite" else _open_postgresql(url)
    event.listen(engine, "handle_error", _translate, retval=True)
    return engine


def sqlite_connector(url: URL) -> Callable[[], sqlite3.Connection]:
    """Give the function that opens one SQLite connection of our settings."""
    path = Path(str(url.database))

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=LOCK_WAIT, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged record survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten with zeros, not only let go
        return connection

    return connect


def postgresql_connector(url: URL) -> Callable[[], psycopg.Connection[Any]]:
    """Give the function that opens one PostgreSQL connection; a network that falls silent is noticed in seconds."""
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_WAIT,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        **url.translate_connect_args(username="user", database="dbname"),
        **url.query,
    }

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(**arguments)

    return connect


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(url, creator=sqlite_connector(url), pool_timeout=POOL_WAIT, hide_parameters=True)
    event.listen(engine, "before_cursor_execute", _lock_before_writing)
    return engine


def _open_postgresql(url: URL) -> Engine:
    connect = postgresql_connector(url)

    def connect_with_settings() -> psycopg.Connection[Any]:
        connection = connect()
        register(connection)
        settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SESSION.items())
        connection.execute(f"SELECT {settings}".encode())
        connection.commit()
        return connection

    return create_engine(
        url,
        creator=connect_with_settings,
        pool_timeout=POOL_WAIT,
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's message would repeat what members confide to us
    )


def _lock_before_writing(
    connection: Connection,
    _cursor: Any,
    _statement: str,
    _parameters: Any,
    context: ExecutionContext | None,
    _many: bool,  # noqa: FBT001 - the event's signature
) -> None:
    writes = any(getattr(context, kind, False) for kind in _WRITING)
    driver = _driver(connection.connection)
    if writes and not driver.in_transaction:
        driver.execute("BEGIN IMMEDIATE")


def _driver(connection: PoolProxiedConnection) -> sqlite3.Connection:
    driver = connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - the engine of this event opens no other
    return driver


def _translate(context: ExceptionContext) -> BaseException | None:
    if isinstance(context.original_exception, psycopg.Error | sqlite3.Error):
        return meaning(context.original_exception)
    return None
