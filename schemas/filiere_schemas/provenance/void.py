"""A void: a member's statement that it discarded an event which it had signed and never got stored.

Without it, the gap in the key's chain (`seq`, `prev`) would look like an omission by the platform. A void takes
the next place in the same chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from filiere_schemas.provenance import fields, sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.envelope import VOID_TYP, Envelope, sign_event
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

LONGEST_REASON: Final = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """What was discarded, by the SHA-256 of its compact JWS, and why."""

    sha256: bytes
    reason: str


def sign_void(
    void: Void, *, key: SigningKey, issuer: str, seq: int, prev: bytes, issued_at: datetime, audience: str
) -> bytes:
    """Sign a void as the next envelope of the key's chain; arguments are as for `sign_event`.

    Raises:
        InvalidJws: a reader would refuse the result.
        ValueError: the reason is too long, or `issued_at` is naive.
    """
    if len(void.reason) > LONGEST_REASON:
        raise ValueError(f"expected a reason of at most {LONGEST_REASON} characters, found {len(void.reason)}")
    payload = canonicalize({"reason": void.reason, "sha256": void.sha256.hex()})
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
        InvalidStatement: the payload is not a void.
    """
    try:
        payload = strict_loads(envelope.payload)
    except InvalidJson as error:
        raise InvalidStatement(error.problems) from error
    if type(payload) is not dict:
        raise fields.invalid(sentences.STATEMENT_OBJECT, "", found=payload)
    return Void(sha256=fields.digest(payload, "sha256"), reason=fields.text(payload, "reason", longest=LONGEST_REASON))
