"""The tables of accounts."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big
from filiere_platform.store.tables import Row, table_of


class CounterEntryTable(Row, table=True):
    """An event that enters an account of a counter, whoever may see it; subject `*`: it is sealed, it may enter any."""

    __tablename__ = "counter_entry"
    __table_args__ = (Index("ix_counter_entry_log_index", "log_index"),)

    counter: str = Field(sa_column=Column(Text, primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))


COUNTER_ENTRY = table_of(CounterEntryTable)
