"""The tables of members' registers: partners, their versions, and the invitations of those who are not members yet."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest
from filiere_platform.store.tables import Row, table_of


class PartnerTable(Row, table=True):
    """A partner in the register of one member; its contacts are kept here alone, without a history."""

    __tablename__ = "partner"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    contacts: str = Field(sa_column=Column(Text, nullable=False))  # a JSON list
    latest: int = Field(sa_column=Column(Big, nullable=False))  # its newest version


class PartnerVersionTable(Row, table=True):
    """What a member's register said of a partner from an instant on."""

    __tablename__ = "partner_version"
    __table_args__ = (Index("ix_partner_version_at", "partner_id", "at"),)

    partner_id: str = Field(sa_column=Column(Text, ForeignKey("partner.id"), primary_key=True))
    number: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(Big, nullable=False))
    author: str = Field(sa_column=Column(Text, nullable=False))
    step: str = Field(sa_column=Column(Text, nullable=False))
    body: str | None = Field(sa_column=Column(Text))  # a JSON document; none once the partner is removed
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    act: int = Field(sa_column=Column(Big, nullable=False))  # a log index


class PartnerInvitationTable(Row, table=True):
    """A one-time link by which a partner applies; of its secret the digest."""

    __tablename__ = "partner_invitation"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))
    partner_id: str = Field(sa_column=Column(Text, ForeignKey("partner.id"), nullable=False, index=True))
    made_at: int = Field(sa_column=Column(Big, nullable=False))
    expires_at: int = Field(sa_column=Column(Big, nullable=False))
    application_id: str | None = Field(default=None, sa_column=Column(Text, ForeignKey("application.id")))


PARTNER = table_of(PartnerTable)
PARTNER_VERSION = table_of(PartnerVersionTable)
PARTNER_INVITATION = table_of(PartnerInvitationTable)
