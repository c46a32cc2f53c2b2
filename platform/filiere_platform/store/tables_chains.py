"""The tables of keys' chains, of findings and of their steps."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest, Flag
from filiere_platform.store.tables import Row, table_of


class ChainSegmentTable(Row, table=True):
    """A run of a key's chain without a gap: one row, however many records it has.

    A void takes two places at one log index, so that the index alone names no run.
    """

    __tablename__ = "chain_segment"
    __table_args__ = (
        Index("ix_chain_segment_last_seq", "kid", "last_seq"),
        Index("ix_chain_segment_last_sha256", "last_sha256"),
        Index("ix_chain_segment_first_prev", "first_prev"),
    )

    kid: str = Field(sa_column=Column(Text, primary_key=True))
    first_seq: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    first_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    last_seq: int = Field(sa_column=Column(Big, nullable=False))
    last_index: int = Field(sa_column=Column(Big, nullable=False))
    first_prev: bytes = Field(sa_column=Column(Digest, nullable=False))
    last_sha256: bytes = Field(sa_column=Column(Digest, nullable=False))


class FindingTable(Row, table=True):
    """What a rule found, with its evidence as JSON text."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("rule", "subject", "low", "high", "log_index", name="uq_finding_rule"),
        Index("ix_finding_member_id", "member_id", "id"),
        Index(
            "ix_finding_not_closed",
            "rule",
            "subject",
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Big, primary_key=True))
    rule: str = Field(sa_column=Column(Text, nullable=False))
    level: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    low: int = Field(sa_column=Column(Big, nullable=False))
    high: int = Field(sa_column=Column(Big, nullable=False))
    log_index: int = Field(sa_column=Column(Big, nullable=False))
    member_id: int | None = Field(sa_column=Column(Big))
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    first_seen: int = Field(sa_column=Column(Big, nullable=False))
    opens_at: int = Field(sa_column=Column(Big, nullable=False))
    closed_at: int | None = Field(default=None, sa_column=Column(Big))


class FindingStepTable(Row, table=True):
    """What was done to a finding by hand. It names the finding by what it is: numbers change when rules start anew."""

    __tablename__ = "finding_step"
    __table_args__ = (
        Index(
            "uq_finding_step_last",
            "rule",
            "subject",
            "low",
            "high",
            "log_index",
            unique=True,
            postgresql_where=text("is_last"),
            sqlite_where=text("is_last"),
        ),
    )

    rule: str = Field(sa_column=Column(Text, primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    low: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    high: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(Big, nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    on_behalf_of: str | None = Field(sa_column=Column(Text))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    words: str = Field(sa_column=Column(Text, nullable=False))
    act: int | None = Field(sa_column=Column(Big))  # a log index
    is_last: bool = Field(sa_column=Column(Flag, nullable=False))


class FindingNewsTable(Row, table=True):
    """What a member is to be told of a finding, and the message that told it last; named as in `finding_step`."""

    __tablename__ = "finding_news"
    __table_args__ = (
        Index(
            "ix_finding_news_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )

    rule: str = Field(sa_column=Column(Text, primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    low: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    high: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    member_id: int = Field(sa_column=Column(Big, nullable=False))
    due_at: int | None = Field(sa_column=Column(Big))  # None: nothing is left to tell
    change: int = Field(sa_column=Column(Big, nullable=False))  # how often it was noted: what is read may change again
    told: str | None = Field(default=None, sa_column=Column(Text))


CHAIN_SEGMENT = table_of(ChainSegmentTable)
FINDING = table_of(FindingTable)
FINDING_STEP = table_of(FindingStepTable)
FINDING_NEWS = table_of(FindingNewsTable)
