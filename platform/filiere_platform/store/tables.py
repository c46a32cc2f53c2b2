"""The tables, as SQLModel classes: what migrations are compared with and what queries name.

A row is never a domain object: `table=True` validates nothing. Hot tables (`record`, `event`, `edge`, `node`,
`digest`, `visibility_grant`) are written by the capture writers alone, without a foreign key: each would cost a probe
and a row lock per inserted row, while the rows of one admission are decided together and never deleted.

`record`, `event`, `edge` and `visibility_grant` are range-partitioned by `log_index` on PostgreSQL. Every index on
them is therefore local: only the newest partition's indexes are written, and stay in memory at any size of the log.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, MetaData, Table, Text, false, text
from sqlmodel import Field, SQLModel

from filiere_platform.domain.record import KIND_CODES
from filiere_platform.store.column_types import Big, Digest, ExactDecimal, Flag, Small, Whole
from filiere_schemas.provenance.entry import EntryKind

# Constraints are named by rule, since errors are told apart by the constraint that they break.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
KEY_ENTRY = KIND_CODES[EntryKind.KEY]
ACT_ENTRY = KIND_CODES[EntryKind.AUDIT]
IS_LINKED = "sharing IN (3, 4)"  # SHARING_CODES of the modes that later records extend
PARTITIONED = {"postgresql_partition_by": "RANGE (log_index)"}
PARTITIONED_TABLES = ("record", "event", "edge", "visibility_grant")


class Row(SQLModel):
    """The base of all tables, with a metadata of its own."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class LogHeadTable(Row, table=True):
    """The one locked row that orders everything."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(sa_column=Column(Small, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(Big, nullable=False))
    grants: int = Field(sa_column=Column(Big, nullable=False))
    nodes: int = Field(sa_column=Column(Big, nullable=False))
    directory_version: int = Field(sa_column=Column(Big, nullable=False))
    stored_at: int = Field(sa_column=Column(Big, nullable=False))
    # Partitions exist for every log index below this one (PostgreSQL). Kept here, under the same lock, so that no
    # writer has to read the catalogue, and partitions of several sizes may follow one another.
    partitioned_to: int = Field(sa_column=Column(Big, nullable=False))


class InstanceTable(Row, table=True):
    """The instance, written once."""

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, sa_column=Column(Small, primary_key=True, autoincrement=False))
    origin: str = Field(sa_column=Column(Text, nullable=False))
    sector: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(Big, nullable=False))


class RecordTable(Row, table=True):
    """The bytes as received. The key is the only index of events: identities are looked up in `digest`."""

    __tablename__ = "record"
    __table_args__ = (
        Index(
            "ix_record_key_entries",
            "log_index",
            postgresql_where=text(f"kind = {KEY_ENTRY}"),
            sqlite_where=text(f"kind = {KEY_ENTRY}"),
        ),
        Index(
            "ix_record_acts",
            "log_index",
            "member_id",
            postgresql_where=text(f"kind = {ACT_ENTRY}"),
            sqlite_where=text(f"kind = {ACT_ENTRY}"),
        ),
        PARTITIONED,
    )

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    kind: int = Field(sa_column=Column(Small, nullable=False))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    stored_at: int = Field(sa_column=Column(Big, nullable=False))
    member_id: int | None = Field(sa_column=Column(Big))
    key_id: int | None = Field(sa_column=Column(Big))
    body: bytes | None = Field(sa_column=Column(LargeBinary))
    disclosures: bytes | None = Field(sa_column=Column(LargeBinary))


class EventTable(Row, table=True):
    """What queries ask of an event.

    Event ids and transformation ids have hash indexes on PostgreSQL: they are only compared for equality, may be
    longer than a B-tree entry, and an entry of eight bytes is a fifth of the URI's.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_event_id", "event_id", postgresql_using="hash"),
        Index(
            "ix_event_declaration",
            "event_id",
            postgresql_using="hash",
            postgresql_where=text("declares_error"),
            sqlite_where=text("declares_error = 1"),
        ),
        Index(
            "ix_event_transformation_id",
            "transformation_id",
            postgresql_using="hash",
            postgresql_where=text("transformation_id IS NOT NULL"),
            sqlite_where=text("transformation_id IS NOT NULL"),
        ),
        Index("ix_event_earliest", "earliest", "log_index"),
        Index(
            "ix_event_long",
            "earliest",
            postgresql_where=text("latest > earliest"),
            sqlite_where=text("latest > earliest"),
        ),
        Index("ix_event_linked", "log_index", postgresql_where=text(IS_LINKED), sqlite_where=text(IS_LINKED)),
        PARTITIONED,
    )

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    member_id: int = Field(sa_column=Column(Big, nullable=False))
    event_id: str = Field(sa_column=Column(Text, nullable=False))
    event_type: int = Field(sa_column=Column(Small, nullable=False))
    action: int | None = Field(sa_column=Column(Small))
    biz_step: str | None = Field(sa_column=Column(Text))
    disposition: str | None = Field(sa_column=Column(Text))
    earliest: int = Field(sa_column=Column(Big, nullable=False))
    latest: int = Field(sa_column=Column(Big, nullable=False))
    declares_error: bool = Field(sa_column=Column(Flag, nullable=False))
    transformation_id: str | None = Field(sa_column=Column(Text))
    sharing: int | None = Field(default=None, sa_column=Column(Small))


class EdgeTable(Row, table=True):
    """One end of an event. The second index covers a trace's first step: which events touch a node, in which role."""

    __tablename__ = "edge"
    __table_args__ = (
        Index("ix_edge_node_id", "node_id", "log_index", "role"),
        {**PARTITIONED, "sqlite_with_rowid": False},
    )

    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    ordinal: int = Field(sa_column=Column(Whole, primary_key=True, autoincrement=False))
    node_id: int = Field(sa_column=Column(Big, nullable=False))
    role: int = Field(sa_column=Column(Small, nullable=False))
    quantity: Decimal | None = Field(sa_column=Column(ExactDecimal))
    uom: str | None = Field(sa_column=Column(Text))
    earliest: int = Field(sa_column=Column(Big, nullable=False))
    latest: int = Field(sa_column=Column(Big, nullable=False))


class NodeTable(Row, table=True):
    """An object, place or party by its canonical key.

    That a key has one node is the work of the log head's lock, under which keys are looked up and numbered, and not of
    a constraint: a unique index on the keys takes two to three times the space and the time of this hash index
    (measured, 200,000 keys), and refuses keys that are longer than a B-tree entry.
    """

    __tablename__ = "node"
    __table_args__ = (Index("ix_node_key", "key", postgresql_using="hash"),)

    node_id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    key: str = Field(sa_column=Column(Text, nullable=False))
    kind: int = Field(sa_column=Column(Small, nullable=False))


class GrantTable(Row, table=True):
    """That an audience may see a record, once.

    Partitioned by the record's index and not by the grant's number: the gate asks for one record and some audiences,
    a hundred times per page, and must find them in one partition. The key serves that question and the other way
    round (an audience's records in order); the second index serves a member's stream, the third the relay's, the
    fourth who asks for every grant of some records, and a page that walks along events and grants side by side.
    """

    __tablename__ = "visibility_grant"
    __table_args__ = (
        Index("ix_visibility_grant_stream", "audience", "grant_no"),
        Index("ix_visibility_grant_number", "grant_no"),
        Index("ix_visibility_grant_record", "log_index"),
        {**PARTITIONED, "sqlite_with_rowid": False},
    )

    audience: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    log_index: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    grant_no: int = Field(sa_column=Column(Big, nullable=False))
    cause: int = Field(sa_column=Column(Small, nullable=False))


class DigestTable(Row, table=True):
    """Identities that tell a repetition from a conflict, over all partitions."""

    __tablename__ = "digest"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    digest: bytes = Field(sa_column=Column(Digest, primary_key=True))
    log_index: int = Field(sa_column=Column(Big, nullable=False))
    content: bytes | None = Field(sa_column=Column(Digest))


class MemberTable(Row, table=True):
    """An admitted organisation; never deleted, since its id stands in records and grants."""

    __tablename__ = "member"
    __table_args__ = (
        Index(
            "uq_member_is_sector_body",
            "is_sector_body",
            unique=True,
            postgresql_where=text("is_sector_body"),
            sqlite_where=text("is_sector_body = 1"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Big, primary_key=True))
    uri: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    sharing: str | None = Field(sa_column=Column(Text))
    is_sector_body: bool = Field(default=False, sa_column=Column(Flag, nullable=False, server_default=false()))


class MemberIdentifierTable(Row, table=True):
    """A canonical key that names a member, one of its parties or one of its sites; it has one owner."""

    __tablename__ = "member_identifier"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))


class MemberKeyTable(Row, table=True):
    """A signing key and its life in the log: every place is a log index."""

    __tablename__ = "member_key"

    id: int | None = Field(default=None, sa_column=Column(Big, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    kid: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    jwk: str = Field(sa_column=Column(Text, nullable=False))
    registered_at: int = Field(sa_column=Column(Big, nullable=False))
    revoked_at: int | None = Field(default=None, sa_column=Column(Big))
    replaced_at: int | None = Field(default=None, sa_column=Column(Big))
    suspect_from: int | None = Field(default=None, sa_column=Column(Big))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    predecessor: str | None = Field(default=None, sa_column=Column(Text))  # kid
    label: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))


class ApiTokenTable(Row, table=True):
    """A bearer credential, of which only the prefix and the digest are kept."""

    __tablename__ = "api_token"

    prefix: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: bytes = Field(sa_column=Column(Digest, nullable=False))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    scopes: str = Field(sa_column=Column(Text, nullable=False))
    expires_at: int | None = Field(sa_column=Column(Big))
    revoked: bool = Field(default=False, sa_column=Column(Flag, nullable=False))
    name: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))
    created_at: int | None = Field(default=None, sa_column=Column(Big))
    last_used_at: int | None = Field(default=None, sa_column=Column(Big))


class EnrolmentTokenTable(Row, table=True):
    """A one-time right to enrol a key."""

    __tablename__ = "enrolment_token"

    sha256: bytes = Field(sa_column=Column(Digest, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    expires_at: int = Field(sa_column=Column(Big, nullable=False))
    used_at: int | None = Field(default=None, sa_column=Column(Big))


class CaptureJobTable(Row, table=True):
    """A document taken in by `POST /epcis/capture`, kept whole until it is worked off, then empty."""

    __tablename__ = "capture_job"
    __table_args__ = (
        Index(
            "ix_capture_job_unfinished",
            "created_at",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    created_at: int = Field(sa_column=Column(Big, nullable=False))
    behaviour: str = Field(sa_column=Column(Text, nullable=False))
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    finished_at: int | None = Field(default=None, sa_column=Column(Big))
    success: bool = Field(default=True, sa_column=Column(Flag, nullable=False))
    errors: str = Field(default="[]", sa_column=Column(Text, nullable=False))


class RelayCursorTable(Row, table=True):
    """How far a reader of the log or of grants has come."""

    __tablename__ = "relay_cursor"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(Big, nullable=False))


def table_of(model: type[Row]) -> Table:
    """Give the table of a model, to name its columns in statements."""
    return model.metadata.tables[str(model.__tablename__)]


LOG_HEAD = table_of(LogHeadTable)
INSTANCE = table_of(InstanceTable)
RECORD = table_of(RecordTable)
EVENT = table_of(EventTable)
EDGE = table_of(EdgeTable)
NODE = table_of(NodeTable)
GRANT = table_of(GrantTable)
DIGEST = table_of(DigestTable)
MEMBER = table_of(MemberTable)
MEMBER_IDENTIFIER = table_of(MemberIdentifierTable)
MEMBER_KEY = table_of(MemberKeyTable)
API_TOKEN = table_of(ApiTokenTable)
ENROLMENT_TOKEN = table_of(EnrolmentTokenTable)
CAPTURE_JOB = table_of(CaptureJobTable)
RELAY_CURSOR = table_of(RelayCursorTable)
