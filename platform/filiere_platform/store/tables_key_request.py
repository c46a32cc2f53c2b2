"""The table of what waits for a registrar's key that is kept offline: keys to enrol, keys to revoke."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from filiere_platform.store.column_types import Big
from filiere_platform.store.tables import Row


class KeyRequestTable(Row, table=True):
    """One change that the registrar is asked to sign; it goes with the commit that admits the signed statement."""

    __tablename__ = "key_request"
    __table_args__ = (UniqueConstraint("kid", "operation", name="uq_key_request_kid"),)

    id: int | None = Field(default=None, sa_column=Column(Big, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    kid: str = Field(sa_column=Column(Text, nullable=False))
    operation: str = Field(sa_column=Column(Text, nullable=False))
    label: str = Field(sa_column=Column(Text, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    asked_at: int = Field(sa_column=Column(Big, nullable=False))


KEY_REQUEST = Row.metadata.tables["key_request"]
