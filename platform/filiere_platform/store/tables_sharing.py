"""The tables of sharing: what was applied of the directory, requests for access, who wants to be named."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Flag
from filiere_platform.store.tables import Row, table_of


class AppliedPartyTable(Row, table=True):
    """An identifier of a member that was looked for in everything stored before the member had it."""

    __tablename__ = "applied_party"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, nullable=False))


class AccessRequestTable(Row, table=True):
    """That a member asked for a record behind a sealed node, and what its owner answered."""

    __tablename__ = "access_request"
    __table_args__ = (
        UniqueConstraint("asker_id", "log_index", name="uq_access_request_asker_id"),
        Index("ix_access_request_owner_id", "owner_id", "asked_at"),
        Index("ix_access_request_asker_id", "asker_id", "asked_at"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    asker_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    owner_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    log_index: int = Field(sa_column=Column(Big, nullable=False))
    node_id: int = Field(sa_column=Column(Big, nullable=False))
    purpose: str = Field(sa_column=Column(Text, nullable=False))
    asked_at: int = Field(sa_column=Column(Big, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    answered_at: int | None = Field(default=None, sa_column=Column(Big))


class NamedMemberTable(Row, table=True):
    """What a member says of being named behind sealed nodes, where it says something."""

    __tablename__ = "named_member"

    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), primary_key=True, autoincrement=False))
    is_named: bool = Field(sa_column=Column(Flag, nullable=False))


class GivenAccessTable(Row, table=True):
    """That the owner of a record named a member for it afterwards; never taken back."""

    __tablename__ = "given_access"

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), primary_key=True, autoincrement=False))
    given_at: int = Field(sa_column=Column(Big, nullable=False))


APPLIED_PARTY = table_of(AppliedPartyTable)
ACCESS_REQUEST = table_of(AccessRequestTable)
NAMED_MEMBER = table_of(NamedMemberTable)
GIVEN_ACCESS = table_of(GivenAccessTable)
