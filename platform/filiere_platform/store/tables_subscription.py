"""The tables of named queries and of their subscriptions."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Text, UniqueConstraint
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Flag
from filiere_platform.store.tables import Row, table_of


class NamedQueryTable(Row, table=True):
    """A named query, as its member gave it."""

    __tablename__ = "named_query"
    __table_args__ = (UniqueConstraint("member_id", "name", name="uq_named_query_name"),)

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    query: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    made_at: int = Field(sa_column=Column(Big, nullable=False))


class SubscriptionTable(Row, table=True):
    """What a webhook sends that sends the answers of a query, and when; the rest of it is the webhook's."""

    __tablename__ = "subscription"

    webhook_id: str = Field(sa_column=Column(Text, ForeignKey("webhook.id"), primary_key=True))
    query_id: str = Field(sa_column=Column(Text, ForeignKey("named_query.id"), nullable=False, index=True))
    schedule: str | None = Field(default=None, sa_column=Column(Text))  # JSON
    reports_empty: bool = Field(sa_column=Column(Flag, nullable=False))
    record_from: int = Field(sa_column=Column(Big, nullable=False))
    late_from: int | None = Field(default=None, sa_column=Column(Big))
    epc_format: str = Field(sa_column=Column(Text, nullable=False))
    word_format: str = Field(sa_column=Column(Text, nullable=False))
    runs_at: int | None = Field(default=None, sa_column=Column(Big))
    run_end: int | None = Field(default=None, sa_column=Column(Big))
    has_told: bool = Field(sa_column=Column(Flag, nullable=False))
    ran_at: int | None = Field(default=None, sa_column=Column(Big))


NAMED_QUERY = table_of(NamedQueryTable)
SUBSCRIPTION = table_of(SubscriptionTable)
