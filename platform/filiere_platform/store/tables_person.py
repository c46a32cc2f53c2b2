"""The tables of people: accounts, links, recovery codes, sessions; of each secret a digest, or the secret sealed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest
from filiere_platform.store.tables import Row


class PersonTable(Row, table=True):
    """Somebody who acts for a member; never deleted, since its id stands in acts."""

    __tablename__ = "person"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    login: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    roles: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    password: str | None = Field(default=None, sa_column=Column(Text))  # as argon2 writes it
    totp: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # sealed
    totp_step: int = Field(default=0, sa_column=Column(Big, nullable=False))  # the last one that was taken
    created_at: int = Field(sa_column=Column(Big, nullable=False))


class PersonLinkTable(Row, table=True):
    """A one-time link by which a person chooses a password."""

    __tablename__ = "person_link"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))
    person_id: str = Field(sa_column=Column(Text, ForeignKey("person.id"), nullable=False, index=True))
    expires_at: int = Field(sa_column=Column(Big, nullable=False))


class RecoveryCodeTable(Row, table=True):
    """A code that stands in for an app that was lost, once."""

    __tablename__ = "recovery_code"

    person_id: str = Field(sa_column=Column(Text, ForeignKey("person.id"), primary_key=True))
    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))


class PersonSessionTable(Row, table=True):
    """A session in a browser."""

    __tablename__ = "person_session"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))
    person_id: str = Field(sa_column=Column(Text, ForeignKey("person.id"), nullable=False, index=True))
    stage: str = Field(sa_column=Column(Text, nullable=False))
    began_at: int = Field(sa_column=Column(Big, nullable=False))
    seen_at: int = Field(sa_column=Column(Big, nullable=False))
    ends_at: int = Field(sa_column=Column(Big, nullable=False, index=True))


PERSON = Row.metadata.tables["person"]
PERSON_LINK = Row.metadata.tables["person_link"]
RECOVERY_CODE = Row.metadata.tables["recovery_code"]
PERSON_SESSION = Row.metadata.tables["person_session"]
