"""The table of who is whom at an identity provider."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big
from filiere_platform.store.tables import Row


class PersonIdentityTable(Row, table=True):
    """A subject of an issuer, and whose it is."""

    __tablename__ = "person_identity"

    issuer: str = Field(sa_column=Column(Text, primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    person_id: str = Field(sa_column=Column(Text, ForeignKey("person.id"), nullable=False, index=True))
    linked_at: int = Field(sa_column=Column(Big, nullable=False))
    used_at: int | None = Field(default=None, sa_column=Column(Big))


PERSON_IDENTITY = Row.metadata.tables["person_identity"]
