"""The tables of master data: what members say of things, every version of it, and what the newest is found by."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest
from filiere_platform.store.tables import Row, table_of


class MasterDataTable(Row, table=True):
    """That a member describes a thing in a vocabulary."""

    __tablename__ = "master_data"
    __table_args__ = (
        UniqueConstraint("member_id", "vocabulary", "key", name="uq_master_data_member_id"),
        Index("ix_master_data_key", "key"),
        Index("ix_master_data_sharing", "sharing", "id"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    vocabulary: str = Field(sa_column=Column(Text, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False))  # canonical
    sharing: str = Field(sa_column=Column(Text, nullable=False))  # of the newest version; private once it is removed
    latest: int = Field(sa_column=Column(Big, nullable=False))  # its newest version


class MasterDataVersionTable(Row, table=True):
    """What a member said of a thing from an instant on."""

    __tablename__ = "master_data_version"
    __table_args__ = (Index("ix_master_data_version_at", "entry_id", "at"),)

    entry_id: str = Field(sa_column=Column(Text, ForeignKey("master_data.id"), primary_key=True))
    number: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(Big, nullable=False))
    body: str | None = Field(sa_column=Column(Text))  # a JSON document; none once it is removed
    act: int = Field(sa_column=Column(Big, nullable=False))  # a log index


class MasterDataTermTable(Row, table=True):
    """A digest of an attribute's name, or of its name and value, of the newest version."""

    __tablename__ = "master_data_term"
    __table_args__ = (Index("ix_master_data_term_sha256", "sha256"),)

    entry_id: str = Field(sa_column=Column(Text, ForeignKey("master_data.id"), primary_key=True))
    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))


MASTER_DATA = table_of(MasterDataTable)
MASTER_DATA_VERSION = table_of(MasterDataVersionTable)
MASTER_DATA_TERM = table_of(MasterDataTermTable)
