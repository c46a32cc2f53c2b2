"""What makes two events the same: their content, and the ID of an event that came without one.

Content is the event without `@context` (which prefix stands for a namespace does not change what happened),
without `recordTime` (the receiver's business) and without `eventID`. Two receptions are the same event when their
content has the same canonical bytes, whatever the order and spacing of members.

Source: RFC 8785 (canonical JSON); RFC 9562, 5.8 (UUID version 8).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from filiere_schemas.provenance.canonical import canonicalize

NOT_CONTENT: Final = frozenset({"@context", "recordTime", "eventID"})


def content_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """Give the members of an event that are its content; the values are shared with the event."""
    return {name: member for name, member in value.items() if name not in NOT_CONTENT}


def content_sha256(value: Mapping[str, Any]) -> bytes:
    """Digest an event's content: 32 bytes, equal for equal content however it was written."""
    return hashlib.sha256(canonicalize(content_of(value))).digest()


def assigned_event_id(member_uri: str, content_sha256: bytes) -> str:
    """Give the ID of a member's event that came without one: the same content gets the same ID again.

    Args:
        member_uri: the global URI of the member who sent it; two members' equal events stay two events.
        content_sha256: the digest of its content, 32 bytes.
    """
    digest = hashlib.sha256(member_uri.encode() + b"\x00" + content_sha256).digest()
    # RFC 9562, 5.8: version 8 in the top bits of octet 6, variant 10 in those of octet 8, the rest is ours.
    bits = bytearray(digest[:16])
    bits[6] = (bits[6] & 0x0F) | 0x80
    bits[8] = (bits[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(bits)).urn


def event_identity(member_uri: str, event_id: str, *, declaration: bytes | None = None) -> bytes:
    """Digest what makes an event one and the same: its member and its eventID.

    An event that declares an error shares its eventID with the one it declares erroneous (EPCIS 2.0, 7.4.1.2), so its
    content is part of its identity: the same declaration again is a repetition, another one is another record.
    """
    text = f"{'error' if declaration is not None else 'event'}\0{member_uri}\0{event_id}\0".encode()
    return hashlib.sha256(text + (declaration or b"")).digest()


def identity_of(value: Mapping[str, Any], member_uri: str) -> bytes:
    """Digest what makes an event of a member one and the same, from the event as signed."""
    content = content_sha256(value)
    event_id = value.get("eventID") or assigned_event_id(member_uri, content)
    return event_identity(member_uri, event_id, declaration=content if value.get("errorDeclaration") else None)
