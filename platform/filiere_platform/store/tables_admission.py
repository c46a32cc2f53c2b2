"""The tables of admission: applications, invitations, the charter's versions and who accepted which."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, false
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest, Flag
from filiere_platform.store.tables import Row, table_of


class ApplicationTable(Row, table=True):
    """Somebody who wants to become a member."""

    __tablename__ = "application"
    __table_args__ = (Index("ix_application_state", "state", "asked_at"),)

    id: str = Field(sa_column=Column(Text, primary_key=True))
    uri: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    contact: str = Field(sa_column=Column(Text, nullable=False))
    message: str = Field(sa_column=Column(Text, nullable=False))
    identifiers: str = Field(sa_column=Column(Text, nullable=False))  # a JSON list
    charter: str | None = Field(sa_column=Column(Text))  # the version that was accepted
    charter_sha256: bytes | None = Field(sa_column=Column(Digest))
    asked_at: int = Field(sa_column=Column(Big, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    decided_at: int | None = Field(default=None, sa_column=Column(Big))
    reason: str | None = Field(default=None, sa_column=Column(Text))


class InvitationTable(Row, table=True):
    """A one-time right to take a member's first credentials."""

    __tablename__ = "invitation"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    expires_at: int = Field(sa_column=Column(Big, nullable=False))
    used_at: int | None = Field(default=None, sa_column=Column(Big))


class CharterTable(Row, table=True):
    """A version of the charter; its text lies with the sector body."""

    __tablename__ = "charter"

    version: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    published_at: int = Field(sa_column=Column(Big, nullable=False, index=True))
    allows_mandates: bool = Field(default=False, sa_column=Column(Flag, nullable=False, server_default=false()))


class CharterAcceptanceTable(Row, table=True):
    """That a member accepted a version of the charter, and the digest of what it read."""

    __tablename__ = "charter_acceptance"

    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), primary_key=True, autoincrement=False))
    version: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    accepted_at: int = Field(sa_column=Column(Big, nullable=False))


APPLICATION = table_of(ApplicationTable)
INVITATION = table_of(InvitationTable)
CHARTER = table_of(CharterTable)
CHARTER_ACCEPTANCE = table_of(CharterAcceptanceTable)
