"""Which copies of new records go to whom: from grants, in their order, to one message per distinct set of recipients.

A message holds records that every one of its recipients may see, and each record goes out once for the whole set of
members that a grant entitles: bytes grow with the records, never with the members. Messages are in an order in which
every member, reading only its own, meets its records in the order of their grants.

Records that are not neighbours share a message where nobody's order suffers: the records of two members who share
nothing with each other make two messages, however their captures were interleaved.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from filiere_platform.domain.audience import PUBLIC, PUBLIC_VIEW, SECTOR
from filiere_platform.domain.event_view import NOT_VERIFIABLE, VIEW_NAME, EventView
from filiere_platform.domain.instant import moment
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.message import Message
from filiere_platform.domain.record import GrantRow
from filiere_schemas.provenance.entry import EntryKind

EVENT_TYPE = "filiere.record.stored.v1"  # the CloudEvents `type`; a change that breaks readers takes a new number
VIEW_TYPE = "filiere.record.view.v1"  # of the public fields of a record, for who sees no more of it
VIEW_KIND = "view"  # routing key
# Limits of one message: a broker moves a batch of about 100 events at a thirtieth of the cost of 100 messages, and
# larger ones gain nothing more while they hold up a slow reader.
MOST_RECORDS = 100
MOST_BYTES = 512 * 1024  # a single larger record still makes a message of its own


CloudEvent = dict[str, Any]  # as it is written in JSON


class SharedRecord(NamedTuple):
    """What a delivery says of a record: its place in the log, who sent it, the bytes that prove it."""

    log_index: int
    kind: EntryKind
    sha256: bytes
    stored_at: int
    member_uri: str | None
    event_id: str | None
    jws: bytes | None  # without disclosures, as the log commits to it; None once erased


class SharedView(NamedTuple):
    """What a delivery says of a record to who sees its public fields alone, and who sees more: members or everybody."""

    view: EventView
    entitled: frozenset[int]


NO_VIEWS: Final[Mapping[int, SharedView]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message, and what it fulfils.

    `first_grant` is the earliest grant in it: a cursor may pass it only once the message is safe.
    """

    message: Message
    first_grant: int
    indexes: tuple[int, ...]


def deliveries(
    grants: Sequence[GrantRow],
    records: Mapping[int, SharedRecord],
    members: Iterable[Member],
    *,
    origin: str,
    views: Mapping[int, SharedView] = NO_VIEWS,
) -> list[Delivery]:
    """Make the deliveries that fulfil some grants, in the order in which they must be handed over.

    Suspended members are left out, and so is a grant to nobody who is admitted: there is no one to deliver to.

    Args:
        grants: grants in ascending order.
        records: by log index, every record the grants name.
        members: every member of the instance.
        origin: the log's name, the CloudEvents `source`.
        views: by log index, of every record that grants share by its public fields.
    """
    active = frozenset(member.id for member in members if member.status is MemberStatus.ACTIVE)
    packing = _Packing(active=active, everyone=tuple(sorted(active)))
    for first_grant, log_index, audiences in _by_record(grants):
        record = records[log_index]
        packing.add(record, orjson.dumps(cloud_event(record, origin=origin)), first_grant, audiences - {PUBLIC_VIEW})
        if PUBLIC_VIEW in audiences and log_index in views:
            packing.add_view(views[log_index], origin, first_grant)
    return [parcel.sealed() for parcel in packing.parcels]


def cloud_event(record: SharedRecord, *, origin: str) -> CloudEvent:
    """Write one record as a CloudEvent; the same view of the same record always has the same id.

    Source: CloudEvents 1.0.2, section 3 (attributes); JSON event format 1.0.2, section 3.
    """
    data: dict[str, object] = {"index": record.log_index, "kind": record.kind.value, "sha256": record.sha256.hex()}
    if record.member_uri is not None:
        data["member"] = record.member_uri
    if record.event_id is not None:
        data["eventID"] = record.event_id
    if record.jws is None:
        data["erased"] = True
    else:
        data["jws"] = record.jws.decode("ascii")
    return {
        "specversion": "1.0",
        "id": view_id(record, origin=origin),
        "source": origin,
        "type": EVENT_TYPE,
        "subject": f"records/{record.log_index}",
        "time": _stored(record.stored_at),
        "datacontenttype": "application/json",
        "data": data,
    }


def view_event(view: EventView, *, origin: str) -> CloudEvent:
    """Write a view as a CloudEvent: the public fields, and nothing that depends on what else the event says."""
    data: dict[str, object] = {
        "index": view.log_index,
        "kind": view.kind.value,
        "assurance": NOT_VERIFIABLE,
        "view": VIEW_NAME,
    }
    if view.shown is None:
        data["erased"] = True
    else:
        data["event"] = view.shown
    shown = hashlib.sha256(f"{origin}\n".encode() + orjson.dumps(data)).digest()
    return {
        "specversion": "1.0",
        "id": f"{view.log_index}-{short_digest(shown)}",
        "source": origin,
        "type": VIEW_TYPE,
        "subject": f"records/{view.log_index}",
        "time": _stored(view.stored_at),
        "datacontenttype": "application/json",
        "data": data,
    }


def view_id(record: SharedRecord, *, origin: str) -> str:
    """Name a view of a record: its index and a digest of what is shown, so that a repetition is known by its id.

    Half of a SHA-256 is kept: the id tells repetitions apart, the record's own digest proves content.
    """
    shown = hashlib.sha256(f"{origin}\n{record.log_index}\n{record.kind}\n".encode())
    shown.update(record.sha256 if record.jws is None else record.jws)
    return f"{record.log_index}-{short_digest(shown.digest())}"


def message_id_of(body: bytes) -> str:
    """Name a message by its body, whichever road it takes: the same again has the same name."""
    return short_digest(hashlib.sha256(body).digest())


def _by_record(grants: Sequence[GrantRow]) -> Iterable[tuple[int, int, set[int]]]:
    # Capture numbers the grants of one record one after another; a grant that comes later is a delivery of its own.
    position = 0
    while position < len(grants):
        first = grants[position]
        audiences = set()
        while position < len(grants) and grants[position].log_index == first.log_index:
            audiences.add(grants[position].audience)
            position += 1
        yield first.grant_no, first.log_index, audiences


def _stored(instant: int) -> str:
    return moment(instant).isoformat().replace("+00:00", "Z")


def short_digest(digest: bytes) -> str:
    """Write half of a SHA-256 as base64url: enough to tell repetitions apart."""
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


@dataclass(slots=True, kw_only=True)
class _Parcel:
    """A delivery that may still grow."""

    kind: str
    recipients: tuple[int, ...]
    first_grant: int
    indexes: list[int] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    size: int = 2  # the brackets

    def has_room(self, event: bytes) -> bool:
        return len(self.events) < MOST_RECORDS and self.size + len(event) + 1 <= MOST_BYTES

    def add(self, log_index: int, event: bytes) -> None:
        self.indexes.append(log_index)
        self.events.append(event)
        self.size += len(event) + 1

    def sealed(self) -> Delivery:
        body = b"[" + b",".join(self.events) + b"]"
        message = Message(id=message_id_of(body), kind=self.kind, recipients=self.recipients, body=body)
        return Delivery(message=message, first_grant=self.first_grant, indexes=tuple(self.indexes))


@dataclass(slots=True, kw_only=True)
class _Packing:
    """Puts each record into the latest parcel of its recipients, as long as nobody's order breaks."""

    active: frozenset[int]
    everyone: tuple[int, ...]  # the same, in order
    parcels: list[_Parcel] = field(default_factory=list)
    latest: dict[int, int] = field(default_factory=dict)  # member -> number of the last parcel addressed to it by name
    latest_to_everyone: int = -1

    def add(self, record: SharedRecord, event: bytes, first_grant: int, audiences: set[int]) -> None:
        to_everyone = not audiences.isdisjoint((SECTOR, PUBLIC))
        recipients = self.everyone if to_everyone else tuple(sorted(audiences & self.active))
        if not recipients:
            return
        number = self._open_parcel(recipients, to_everyone=to_everyone)
        if number is None or self.parcels[number].kind != record.kind.value or not self.parcels[number].has_room(event):
            number = len(self.parcels)
            self.parcels.append(_Parcel(kind=record.kind.value, recipients=recipients, first_grant=first_grant))
            if to_everyone:
                self.latest_to_everyone = number
            else:
                self.latest.update(dict.fromkeys(recipients, number))
        self.parcels[number].add(record.log_index, event)

    def add_view(self, shared: SharedView, origin: str, first_grant: int) -> None:
        """Add a message of one view, for all who see no more of the record.

        One view never shares a message with another: who gets both would learn from it whether the same members see
        more of both.
        """
        if not shared.entitled.isdisjoint((SECTOR, PUBLIC)):
            return
        recipients = tuple(member for member in self.everyone if member not in shared.entitled)
        if recipients:
            parcel = _Parcel(kind=VIEW_KIND, recipients=recipients, first_grant=first_grant)
            parcel.add(shared.view.log_index, orjson.dumps(view_event(shared.view, origin=origin)))
            self.latest.update(dict.fromkeys(recipients, len(self.parcels)))
            self.parcels.append(parcel)

    def _open_parcel(self, recipients: tuple[int, ...], *, to_everyone: bool) -> int | None:
        """Find the parcel for exactly these recipients that is the last one for each of them."""
        if to_everyone:
            # Anything after it went to somebody, who is one of everyone.
            return self.latest_to_everyone if self.latest_to_everyone == len(self.parcels) - 1 >= 0 else None
        numbers = {self.latest.get(member, -1) for member in recipients}
        number = numbers.pop()
        if numbers or number < self.latest_to_everyone or number < 0:
            return None
        return number if self.parcels[number].recipients == recipients else None
