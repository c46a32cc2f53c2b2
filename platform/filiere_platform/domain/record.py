"""What the platform keeps of an admitted record, as rows: the shapes that cross from decisions to the store.

Rows are named tuples, in the order of their columns: a group of hundreds is written in one round trip, and a tuple
costs a hundredth of an object-relational row. Times are integer microseconds since 1970 (UTC), digests 32 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple, Protocol

from filiere_schemas.epcis.event import EventType
from filiere_schemas.provenance.entry import EntryKind

# The stored code of each kind of log entry. Codes are never reused; the name is what the log hashes.
KIND_CODES: dict[EntryKind, int] = {
    EntryKind.EVENT: 1,
    EntryKind.RECEIPT: 2,
    EntryKind.REFUSED: 3,
    EntryKind.VOID: 4,
    EntryKind.KEY: 5,
    EntryKind.ERASURE: 6,
    EntryKind.AUDIT: 7,
    EntryKind.RECALL: 8,
    EntryKind.CASE: 9,
}
KINDS_BY_CODE: dict[int, EntryKind] = {code: kind for kind, code in KIND_CODES.items()}


class EventTypeCode(IntEnum):
    """The stored code of an EPCIS event type."""

    OBJECT = 1
    AGGREGATION = 2
    TRANSACTION = 3
    TRANSFORMATION = 4
    ASSOCIATION = 5


EVENT_TYPE_CODES: dict[EventType, EventTypeCode] = {
    EventType.OBJECT: EventTypeCode.OBJECT,
    EventType.AGGREGATION: EventTypeCode.AGGREGATION,
    EventType.TRANSACTION: EventTypeCode.TRANSACTION,
    EventType.TRANSFORMATION: EventTypeCode.TRANSFORMATION,
    EventType.ASSOCIATION: EventTypeCode.ASSOCIATION,
}
EVENT_TYPES_BY_CODE: dict[int, EventType] = {code: event_type for event_type, code in EVENT_TYPE_CODES.items()}


class ActionCode(IntEnum):
    """The stored code of an EPCIS action."""

    ADD = 1
    OBSERVE = 2
    DELETE = 3


class Role(IntEnum):
    """What a node is to an event. Objects are below 10, parties and places from 10 on."""

    OF_LOT = 0  # the lot that the items of the event are of
    OBJECT = 1
    PARENT = 2
    CHILD = 3
    INPUT = 4
    OUTPUT = 5
    SAME_AS = 6  # another identifier of the event's object; its end has a time of its own
    MIXED = 7  # the event's object is a vessel that carries over, and how
    FIRST_IN_FIRST_OUT = 8
    WINDOW = 9  # with its length as the quantity, in seconds
    READ_POINT = 10
    BIZ_LOCATION = 11
    SOURCE_OWNING_PARTY = 20
    SOURCE_POSSESSING_PARTY = 21
    SOURCE_LOCATION = 22
    SOURCE_OTHER = 23
    DESTINATION_OWNING_PARTY = 30
    DESTINATION_POSSESSING_PARTY = 31
    DESTINATION_LOCATION = 32
    DESTINATION_OTHER = 33
    SHARED_WITH = 40  # whom the owner lists in `filiere:sharedWith`: neither an object, nor a place of the event


OBJECT_ROLES = tuple(role for role in Role if role < Role.READ_POINT)
PLACE_ROLES = frozenset({Role.READ_POINT, Role.BIZ_LOCATION})  # of where an event was


class NodeKind(IntEnum):
    """The stored code of what a canonical key identifies (`filiere_schemas.identifiers.Kind`)."""

    LOT = 1
    ITEM = 2
    LOGISTIC_UNIT = 3
    CLASS = 4
    LOCATION = 5
    PARTY = 6
    DOCUMENT = 7
    OTHER = 8


class End(NamedTuple):
    """One end of an event: a node (by canonical key) in a role, with its quantity if one was stated."""

    role: Role
    key: str
    kind: NodeKind
    quantity: Decimal | None = None
    uom: str | None = None  # UN/ECE Recommendation 20 code; None is a count of pieces
    since: int | None = (
        None  # of an identity: from when on and until when it holds; of all else, the event's time counts
    )
    until: int | None = None


class RecordRow(NamedTuple):
    """A record: the bytes as received and their place in the log."""

    log_index: int
    kind: int  # KIND_CODES
    sha256: bytes  # of `body`: what the log commits to
    stored_at: int
    member_id: int | None
    key_id: int | None
    body: bytes | None  # the compact JWS without disclosures; None once erased
    disclosures: bytes | None  # the disclosures joined by "~", or None


class Timed(Protocol):
    """What has a time: an interval of instants, both included."""

    @property
    def earliest(self) -> int:
        """The first instant."""

    @property
    def latest(self) -> int:
        """The last instant."""


class EventRow(NamedTuple):
    """What queries ask of an event; the event itself stays in its record."""

    log_index: int
    member_id: int
    event_id: str  # as sent, or assigned by the platform
    event_type: int
    action: int | None
    biz_step: str | None
    disposition: str | None
    earliest: int
    latest: int
    declares_error: bool
    transformation_id: str | None
    sharing: int | None = None  # SHARING_CODES: what was in force when it was stored; None: stored before it was kept


class EdgeRow(NamedTuple):
    """One end of an event in the graph, with the time and the quantity that a trace needs."""

    log_index: int
    ordinal: int
    node_id: int
    role: int
    quantity: Decimal | None
    uom: str | None
    earliest: int
    latest: int

    @classmethod
    def of(cls, end: End, *, log_index: int, ordinal: int, node_id: int, event: Timed) -> EdgeRow:
        """Write an end of an event as a row: an identity has a time of its own."""
        earliest = event.earliest if end.since is None else end.since
        latest = event.latest if end.until is None else end.until
        return cls(log_index, ordinal, node_id, end.role, end.quantity, end.uom, earliest, latest)


class NodeRow(NamedTuple):
    """An object, place or party by its canonical key; ids are given under the lock, in order of arrival."""

    node_id: int
    key: str
    kind: int


class GrantRow(NamedTuple):
    """That an audience may see a record; numbered under the lock, so that a member's stream is its grants in order."""

    grant_no: int
    log_index: int
    audience: int
    cause: int


class DigestRow(NamedTuple):
    """What tells a repetition from a conflict: an identity, the record that holds it, the digest of its content."""

    digest: bytes
    log_index: int
    content: bytes | None


class LogHead(NamedTuple):
    """The one locked row that orders everything: the next log index is `size`, the next grant `grants + 1`."""

    size: int
    grants: int
    nodes: int
    directory_version: int  # changes with every change of a member, key or token
    stored_at: int  # of the latest group; never goes back


class Known(NamedTuple):
    """A record that an earlier capture stored under the same identity."""

    log_index: int
    content: bytes | None
    kind: EntryKind
    sha256: bytes
    stored_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the lock showed: the head, the identities already known, the nodes already numbered."""

    head: LogHead
    known: dict[bytes, Known]
    nodes: dict[str, int]


@dataclass(slots=True, kw_only=True)
class Admission:
    """Everything one group writes, in one commit: rows by table and the new head."""

    head: LogHead
    records: list[RecordRow]
    events: list[EventRow]
    edges: list[EdgeRow]
    nodes: list[NodeRow]
    grants: list[GrantRow]
    digests: list[DigestRow]
