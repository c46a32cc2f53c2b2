"""A finding as it passes over the bus: a CloudEvent for the member whom it concerns, and for nobody else.

It says the finding as it is then, whole. Of changes that follow each other quickly the last alone may be told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import orjson

from filiere_platform.domain.deliveries import MOST_BYTES, MOST_RECORDS, CloudEvent, message_id_of, short_digest
from filiere_platform.domain.message import Message

FINDING_TYPE: Final = "filiere.finding.changed.v1"
FINDING_KIND: Final = "finding"  # routing key
_NUMBER: Final = "id"  # in lists: it changes when rules start anew, and what is told does not


class ToldFinding(NamedTuple):
    """A finding as its member is told of it; `position` is the caller's."""

    member_id: int
    event: CloudEvent
    position: int


def finding_event(document: Mapping[str, Any], *, changed_at: str, origin: str) -> CloudEvent:
    """Write a finding as a CloudEvent; told the same again, it has the same id, whatever its number is then.

    Source: CloudEvents 1.0.2, section 3 (attributes); JSON event format 1.0.2, section 3.
    """
    lasting = {name: value for name, value in document.items() if name != _NUMBER}
    said = hashlib.sha256(f"{origin}\n".encode() + orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS)).digest()
    return {
        "specversion": "1.0",
        "id": f"finding-{short_digest(said)}",
        "source": origin,
        "type": FINDING_TYPE,
        "subject": f"findings/{document[_NUMBER]}",
        "time": changed_at,
        "datacontenttype": "application/json",
        "data": dict(document),
    }


def finding_messages(told: Iterable[ToldFinding]) -> list[tuple[Message, tuple[int, ...]]]:
    """Make the messages of each member, in order, with the positions of what is in each."""
    messages = []
    by_member = sorted(told, key=lambda each: each.member_id)  # stable
    for member_id, group in groupby(by_member, key=lambda each: each.member_id):
        for parcel in _parcels(list(group)):
            body = b"[" + b",".join(text for text, _ in parcel) + b"]"
            message = Message(id=message_id_of(body), kind=FINDING_KIND, recipients=(member_id,), body=body)
            messages.append((message, tuple(position for _, position in parcel)))
    return messages


def _parcels(told: Sequence[ToldFinding]) -> Iterable[list[tuple[bytes, int]]]:
    parcel: list[tuple[bytes, int]] = []
    size = 0
    for each in told:
        text = orjson.dumps(each.event)
        if parcel and (len(parcel) == MOST_RECORDS or size + len(text) > MOST_BYTES):
            yield parcel
            parcel, size = [], 0
        parcel.append((text, each.position))
        size += len(text) + 1
    yield parcel
