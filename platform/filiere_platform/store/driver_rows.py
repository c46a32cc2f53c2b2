"""Rows as the database's driver gives them: for whoever reads a whole log, and looks at each value once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select
from sqlmodel import Session


def driver_rows(session: Session, statement: Select[Any]) -> list[tuple[Any, ...]]:
    """Read all rows as plain tuples, without an object of SQLAlchemy for each, which costs more than the reading.

    Column types convert nothing: on SQLite a decimal is a text and a flag a number.
    """
    result = session.connection().execute(statement)
    cursor = result.cursor
    rows = [] if cursor is None else cursor.fetchall()  # a SELECT always has one
    result.close()
    return list(rows)
