"""The tables of passkeys: public keys of authenticators, and the challenges that were answered."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Digest
from filiere_platform.store.tables import Row


class PasskeyTable(Row, table=True):
    """A public key that signs one person in."""

    __tablename__ = "passkey"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))  # of the credential's id
    person_id: str = Field(sa_column=Column(Text, ForeignKey("person.id"), nullable=False, index=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    credential: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sign_count: int = Field(sa_column=Column(Big, nullable=False))
    created_at: int = Field(sa_column=Column(Big, nullable=False))
    used_at: int | None = Field(default=None, sa_column=Column(Big))


class AnsweredChallengeTable(Row, table=True):
    """A challenge that was answered, until its time is over."""

    __tablename__ = "answered_challenge"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))
    ends_at: int = Field(sa_column=Column(Big, nullable=False, index=True))


PASSKEY = Row.metadata.tables["passkey"]
ANSWERED_CHALLENGE = Row.metadata.tables["answered_challenge"]
