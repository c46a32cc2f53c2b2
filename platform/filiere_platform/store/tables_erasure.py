"""The table of erasures: which records were erased, by which entry of the log, so that readers need not search it."""

from __future__ import annotations

from sqlalchemy import Column, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big
from filiere_platform.store.tables import Row


class ErasureTable(Row, table=True):
    """That a record was erased; the signed statement is the record at `entry_index`, and says all of this again.

    A record may lose disclosures several times and its payload once.
    """

    __tablename__ = "erasure"

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    entry_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    what: str = Field(sa_column=Column(Text, nullable=False))
    rule: str = Field(sa_column=Column(Text, nullable=False))
    erased_at: int = Field(sa_column=Column(Big, nullable=False))


ERASURE = Row.metadata.tables["erasure"]
