"""One translation of what drivers raise into the two things that a caller may do: wait, or try the items singly."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy.exc

from filiere_platform.domain.storage import RowsRefused, StoreUnavailable

_SQLITE_CONSTRAINT = ("UNIQUE", "FOREIGN KEY", "NOT NULL", "CHECK")


@contextmanager
def translated() -> Iterator[None]:
    """Turn a driver's exception into `StoreUnavailable` or `RowsRefused`.

    A programming error (a missing table, a statement that does not parse) stays what it is.

    Raises:
        StoreUnavailable: the database is away, a lock or a statement took too long, no connection was free.
        RowsRefused: a constraint was broken, or a value cannot be held.
    """
    try:
        yield
    except sqlalchemy.exc.TimeoutError as error:
        raise StoreUnavailable("no database connection became free in time") from error
    except sqlalchemy.exc.PendingRollbackError as error:
        raise RowsRefused(None, "an earlier write of the same unit of work was refused") from error
    except sqlalchemy.exc.DBAPIError as error:
        if error.orig is None:
            raise
        raise meaning(error.orig) or error from error
    except (psycopg.Error, sqlite3.Error) as error:
        raise meaning(error) or error from error


def meaning(found: BaseException) -> StoreUnavailable | RowsRefused | None:
    """Say what a driver's exception means to a caller; None where it is a mistake of ours."""
    if isinstance(found, psycopg.IntegrityError):
        return RowsRefused(found.diag.constraint_name, _first_line(found))
    if isinstance(found, sqlite3.IntegrityError):
        return RowsRefused(_sqlite_constraint(str(found)), _first_line(found))
    if isinstance(found, psycopg.DataError | psycopg.errors.ProgramLimitExceeded | sqlite3.DataError):
        return RowsRefused(None, _first_line(found))
    if isinstance(found, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
        return StoreUnavailable(_first_line(found))
    if isinstance(found, sqlite3.OperationalError) and _is_passing(found):
        return StoreUnavailable(_first_line(found))
    return None


def _is_passing(error: sqlite3.OperationalError) -> bool:
    # SQLite calls a missing table an operational error too: only locks and the disk are states of the world.
    primary = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    return primary in {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
    }


def _sqlite_constraint(message: str) -> str | None:
    """Name the constraint as PostgreSQL would: "UNIQUE constraint failed: member.uri" is uq_member_uri."""
    kind, _, rest = message.partition(" constraint failed: ")
    if not rest:
        return None
    table, _, column = rest.split(",")[0].strip().partition(".")
    if kind == "CHECK" or not column:
        return rest
    return f"uq_{table}_{column}" if kind == "UNIQUE" else f"nn_{table}_{column}"


def _first_line(error: BaseException) -> str:
    # A database's detail lines repeat values of the rows; the first line names the rule.
    return str(error).splitlines()[0] if str(error) else type(error).__name__
