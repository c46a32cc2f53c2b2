"""The tables of mandates: what was given, the guest links under it, who looked at whose records."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest
from filiere_platform.store.tables import Row, table_of


class MandateTable(Row, table=True):
    """A right to look. Its number gives its audience; everybody outside names it by its id."""

    __tablename__ = "mandate"
    __table_args__ = (
        UniqueConstraint("id", name="uq_mandate_id"),
        Index("ix_mandate_holder_id", "holder_id", "ends_at"),
        Index("ix_mandate_giver_id", "giver_id", "number"),
        Index("ix_mandate_ends_at", "ends_at"),
    )

    number: int | None = Field(default=None, sa_column=Column(Big, primary_key=True))
    id: str = Field(sa_column=Column(Text, nullable=False))
    giver_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    holder_id: int | None = Field(sa_column=Column(Big, ForeignKey("member.id")))
    person_id: str | None = Field(sa_column=Column(Text, ForeignKey("person.id")))
    purpose: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    scope: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    given_at: int = Field(sa_column=Column(Big, nullable=False))
    starts_at: int = Field(sa_column=Column(Big, nullable=False))
    ends_at: int = Field(sa_column=Column(Big, nullable=False))
    revoked_at: int | None = Field(default=None, sa_column=Column(Big))
    # Grants were given to the records below this log index that the scope covers, and to no other.
    followed: int = Field(default=0, sa_column=Column(Big, nullable=False))
    looks: int = Field(default=0, sa_column=Column(Big, nullable=False))  # answers that it was needed for
    delivered: int = Field(default=0, sa_column=Column(Big, nullable=False))  # the last grant noted as delivered


class MandateMemberTable(Row, table=True):
    """Whose records a mandate covers, so that they find it."""

    __tablename__ = "mandate_member"
    __table_args__ = (Index("ix_mandate_member_member_id", "member_id", "mandate"),)

    mandate: int = Field(sa_column=Column(Big, ForeignKey("mandate.number"), primary_key=True, autoincrement=False))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), primary_key=True, autoincrement=False))


class GuestLinkTable(Row, table=True):
    """A time-boxed link under a mandate, of whose secret only the digest is kept."""

    __tablename__ = "guest_link"
    __table_args__ = (UniqueConstraint("sha256", name="uq_guest_link_sha256"),)

    mandate: int = Field(sa_column=Column(Big, ForeignKey("mandate.number"), primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    label: str = Field(sa_column=Column(Text, nullable=False))  # for whom, in the giver's words; never in the log
    made_at: int = Field(sa_column=Column(Big, nullable=False))
    ends_at: int = Field(sa_column=Column(Big, nullable=False))
    revoked_at: int | None = Field(default=None, sa_column=Column(Big))


class LookTable(Row, table=True):
    """That some of a member's records were looked at: one row for each answer and member, chained by digest."""

    __tablename__ = "look"
    __table_args__ = (Index("ix_look_mandate", "mandate", "at"),)

    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    mandate: int = Field(sa_column=Column(Big, ForeignKey("mandate.number"), nullable=False))
    at: int = Field(sa_column=Column(Big, nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))
    question: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    records: str = Field(sa_column=Column(Text, nullable=False))  # ranges of log indexes
    count: int = Field(sa_column=Column(Big, nullable=False))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))


class LookChainTable(Row, table=True):
    """How far the looks at a member's records go, and how far a statement in the log covers them."""

    __tablename__ = "look_chain"

    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(Big, nullable=False))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    stated: int = Field(default=0, sa_column=Column(Big, nullable=False))
    stated_at: int = Field(default=0, sa_column=Column(Big, nullable=False))


MANDATE = table_of(MandateTable)
MANDATE_MEMBER = table_of(MandateMemberTable)
GUEST_LINK = table_of(GuestLinkTable)
LOOK = table_of(LookTable)
LOOK_CHAIN = table_of(LookChainTable)
