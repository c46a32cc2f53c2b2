"""The tables of cases: where each stands, its steps, none of them ever rewritten, what waits for a second person."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big
from filiere_platform.store.tables import Row, table_of


class CaseTable(Row, table=True):
    """A case as it stands."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_sender_id", "sender_id", "opened_at"),
        Index("ix_case_file_receiver_id", "receiver_id", "opened_at"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    machine: str = Field(sa_column=Column(Text, nullable=False))  # a JSON document, as it was when it was opened
    profile: str = Field(sa_column=Column(Text, nullable=False))
    sender_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    receiver_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    subjects: str = Field(sa_column=Column(Text, nullable=False))  # a JSON document
    state: str = Field(sa_column=Column(Text, nullable=False))
    number: int = Field(sa_column=Column(Big, nullable=False))  # of its last step
    opened_at: int = Field(sa_column=Column(Big, nullable=False))
    changed_at: int = Field(sa_column=Column(Big, nullable=False))
    shown: bool = Field(sa_column=Column(Boolean, nullable=False))  # to the receiver
    is_over: bool = Field(sa_column=Column(Boolean, nullable=False))


class CaseStepTable(Row, table=True):
    """A step that was taken."""

    __tablename__ = "case_step"

    case_id: str = Field(sa_column=Column(Text, ForeignKey("case_file.id"), primary_key=True))
    number: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(Big, nullable=False))
    side: str = Field(sa_column=Column(Text, nullable=False))
    start: str | None = Field(default=None, sa_column=Column(Text))
    to: str = Field(sa_column=Column(Text, nullable=False))
    said: str = Field(sa_column=Column(Text, nullable=False))  # a JSON document
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    log_index: int = Field(sa_column=Column(Big, nullable=False))


class CaseProposalTable(Row, table=True):
    """A step that one person proposed; one of a case at a time."""

    __tablename__ = "case_proposal"

    case_id: str = Field(sa_column=Column(Text, ForeignKey("case_file.id"), primary_key=True))
    number: int = Field(sa_column=Column(Big, nullable=False))
    side: str = Field(sa_column=Column(Text, nullable=False))
    to: str = Field(sa_column=Column(Text, nullable=False))
    said: str = Field(sa_column=Column(Text, nullable=False))  # a JSON document
    person: str = Field(sa_column=Column(Text, nullable=False))  # an opaque id
    at: int = Field(sa_column=Column(Big, nullable=False))


CASE = table_of(CaseTable)
CASE_STEP = table_of(CaseStepTable)
CASE_PROPOSAL = table_of(CaseProposalTable)
