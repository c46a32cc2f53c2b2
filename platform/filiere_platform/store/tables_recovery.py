"""The tables of a recovery: the instance's standing, the entries that are missing, those that were declared lost."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, LargeBinary, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest, Small
from filiere_platform.store.tables import Row


class StandingTable(Row, table=True):
    """The instance's standing; no row means open."""

    __tablename__ = "standing"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, sa_column=Column(Small, primary_key=True, autoincrement=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    since: int = Field(sa_column=Column(Big, nullable=False))
    start: int = Field(sa_column=Column(Big, nullable=False))
    stop: int = Field(sa_column=Column(Big, nullable=False))


class MissingRecordTable(Row, table=True):
    """An entry of the log whose record the database has lost, and what somebody has brought of it since."""

    __tablename__ = "missing_record"

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    kind: int = Field(sa_column=Column(Small, nullable=False))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False, index=True))
    stored_at: int | None = Field(sa_column=Column(Big))
    member: str | None = Field(sa_column=Column(Text))  # its URI, where the platform itself had kept it
    kid: str | None = Field(sa_column=Column(Text))
    body: bytes | None = Field(sa_column=Column(LargeBinary))
    disclosures: bytes | None = Field(sa_column=Column(LargeBinary))


class LostRecordTable(Row, table=True):
    """An entry whose record nobody could bring back: its leaf stays, its incident is named."""

    __tablename__ = "lost_record"

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    incident: int = Field(sa_column=Column(Big, nullable=False))  # when the recovery began, microseconds


STANDING = Row.metadata.tables["standing"]
MISSING_RECORD = Row.metadata.tables["missing_record"]
LOST_RECORD = Row.metadata.tables["lost_record"]
