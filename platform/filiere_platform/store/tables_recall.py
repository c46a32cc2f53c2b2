"""The tables of recalls: scopes in versions, who approved, notices and answers, of which none is ever rewritten."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big
from filiere_platform.store.tables import Row, table_of


class RecallTable(Row, table=True):
    """A recall as it stands."""

    __tablename__ = "recall"
    __table_args__ = (
        Index("ix_recall_issuer_id", "issuer_id", "started_at"),
        Index("ix_recall_state", "state", "as_of"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    issuer_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False))
    question: str = Field(sa_column=Column(Text, nullable=False))  # a JSON document
    state: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(Big, nullable=False))  # of its newest scope
    as_of: int = Field(sa_column=Column(Big, nullable=False))  # a size of the log
    started_at: int = Field(sa_column=Column(Big, nullable=False))
    listed_at: int = Field(sa_column=Column(Big, nullable=False))
    sent_at: int | None = Field(default=None, sa_column=Column(Big))
    closed_at: int | None = Field(default=None, sa_column=Column(Big))


class RecallScopeTable(Row, table=True):
    """A version of a scope."""

    __tablename__ = "recall_scope"

    recall_id: str = Field(sa_column=Column(Text, ForeignKey("recall.id"), primary_key=True))
    version: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    log_index: int = Field(sa_column=Column(Big, nullable=False))  # of the entry with its digest
    made_at: int = Field(sa_column=Column(Big, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))  # canonical JSON
    changes: str = Field(sa_column=Column(Text, nullable=False))  # JSON


class RecallApprovalTable(Row, table=True):
    """That somebody approved a decision about a version."""

    __tablename__ = "recall_approval"

    recall_id: str = Field(sa_column=Column(Text, ForeignKey("recall.id"), primary_key=True))
    act: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    person: str = Field(sa_column=Column(Text, primary_key=True))  # an opaque id
    at: int = Field(sa_column=Column(Big, nullable=False))


class RecallNoticeTable(Row, table=True):
    """That somebody was warned of lots."""

    __tablename__ = "recall_notice"
    __table_args__ = (Index("ix_recall_notice_member_id", "member_id", "sent_at"),)

    id: str = Field(sa_column=Column(Text, primary_key=True))
    recall_id: str = Field(sa_column=Column(Text, ForeignKey("recall.id"), nullable=False, index=True))
    reach: str = Field(sa_column=Column(Text, nullable=False))
    member_id: int | None = Field(default=None, sa_column=Column(Big, ForeignKey("member.id")))
    party: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(Big, nullable=False))
    lots: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    sent_at: int = Field(sa_column=Column(Big, nullable=False))
    acknowledged_at: int | None = Field(default=None, sa_column=Column(Big))


class RecallAnswerTable(Row, table=True):
    """What somebody says became of so much of a lot."""

    __tablename__ = "recall_answer"

    notice_id: str = Field(sa_column=Column(Text, ForeignKey("recall_notice.id"), primary_key=True))
    number: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    lot: str = Field(sa_column=Column(Text, nullable=False))
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    quantity: str = Field(sa_column=Column(Text, nullable=False))  # a decimal number
    uom: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(Big, nullable=False))


RECALL = table_of(RecallTable)
RECALL_SCOPE = table_of(RecallScopeTable)
RECALL_APPROVAL = table_of(RecallApprovalTable)
RECALL_NOTICE = table_of(RecallNoticeTable)
RECALL_ANSWER = table_of(RecallAnswerTable)
