"""A void: a member's statement that it discarded an event which it had signed and never got stored.

Without it, the gap in the key's chain (`seq`, `prev`) would look like an omission by the platform. A void takes
the next place in the same chain and names the place that it closes. It cannot take back what is stored: therefore it
also says by which identity the discarded event would be known, a digest that tells nothing of the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from filiere_schemas.provenance import fields, sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.envelope import VOID_TYP, Envelope, sign_event
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.keys import PrivateKey
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

LONGEST_REASON: Final = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """What was discarded, its place in the chain, and why."""

    sha256: bytes  # of its compact JWS
    seq: int
    prev: bytes
    event: bytes  # `event_identity` of the event
    reason: str


def sign_void(
    void: Void, *, key: PrivateKey, issuer: str, seq: int, prev: bytes, issued_at: datetime, audience: str
) -> bytes:
    """Sign a void as the next envelope of the key's chain; arguments are as for `sign_event`.

    Raises:
        InvalidJws: a reader would refuse the result.
        ValueError: the reason is too long, the void is not behind what it discards, or `issued_at` is naive.
    """
    if void.seq >= seq:
        raise ValueError(f"expected a place behind {void.seq}, found {seq}")
    if len(void.reason) > LONGEST_REASON:
        raise ValueError(f"expected a reason of at most {LONGEST_REASON} characters, found {len(void.reason)}")
    payload = canonicalize(
        {
            "event": void.event.hex(),
            "prev": void.prev.hex(),
            "reason": void.reason,
            "seq": void.seq,
            "sha256": void.sha256.hex(),
        }
    )
    return sign_event(
        payload,
        key=key,
        issuer=issuer,
        seq=seq,
        prev=prev,
        issued_at=issued_at,
        audience=audience,
        typ=VOID_TYP,
    )


def read_void(envelope: Envelope) -> Void:
    """Read the payload of an envelope that was parsed with `typ=VOID_TYP` and verified.

    Raises:
        InvalidStatement: the payload is not a void, or does not stand behind what it discards.
    """
    try:
        payload = strict_loads(envelope.payload)
    except InvalidJson as error:
        raise InvalidStatement(error.problems) from error
    if type(payload) is not dict:
        raise fields.invalid(sentences.STATEMENT_OBJECT, "", found=payload)
    void = Void(
        sha256=fields.digest(payload, "sha256"),
        seq=fields.whole(payload, "seq"),
        prev=fields.digest(payload, "prev"),
        event=fields.digest(payload, "event"),
        reason=fields.text(payload, "reason", longest=LONGEST_REASON),
    )
    if not 1 <= void.seq < envelope.header.seq:
        least, greatest = 1, envelope.header.seq - 1
        raise fields.invalid(sentences.STATEMENT_NUMBER, "/seq", least=least, greatest=greatest, found=void.seq)
    return void
