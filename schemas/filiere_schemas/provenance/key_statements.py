"""What ends or replaces a key: statements of the type that registers one (`statements`), with another operation.

| operation | signed by | says |
|---|---|---|
| rotate | the old key, around a proof by the new one | from this entry on the new key signs, and the old one no more |
| revoke | the registrar, or the key itself | from this entry on the key signs nothing; since an entry it was suspect |

The registrar speaks in the log's name, a key in its member's: `iss` says which. No instant in them decides anything:
validity follows from where an entry stands in the log (`key_history`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from filiere_schemas.provenance import fields, sentences
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.keys import PrivateKey, PublicKey
from filiere_schemas.provenance.statements import (
    KEY_TYP,
    REGISTER,
    key_of,
    payload_of,
    sign_statement,
    verify_statement,
)

ROTATION_TYP: Final = "filiere-rotation+jws"  # the new key's own proof
ROTATE: Final = "rotate"
REVOKE: Final = "revoke"


class RevocationReason(StrEnum):
    """Why a key was revoked. Source: RFC 5280, section 5.3.1, those of its words that fit a member's key."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """What a key statement is about, as read and not yet verified: enough to find who has to have signed it."""

    operation: str
    kid: str  # the key that begins or, at a revocation, ends
    issuer: str
    signer: str  # `kid` of the header
    previous: str | None  # of a rotation: the key that ends


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """A verified rotation: `public` follows the key `previous` of the same member."""

    public: PublicKey
    issuer: str
    previous: str
    rotated_at: int  # as its member claims


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevocation:
    """A verified revocation; `suspect_from` is the log index since which the key may have been in other hands."""

    kid: str
    issuer: str
    reason: RevocationReason
    suspect_from: int | None
    revoked_at: int  # as its signer claims


def read_key_change(compact: bytes) -> KeyChange:
    """Read what a key statement is about, before anything of it is verified.

    Raises:
        InvalidJws: it is no key statement.
        InvalidStatement: its payload is none.
    """
    jws = parse_jws(compact, typ=KEY_TYP)
    payload = payload_of(jws)
    operation = fields.one_of(payload, "op", REGISTER, ROTATE, REVOKE)
    return KeyChange(
        operation=operation,
        kid=fields.text(payload, "kid"),
        issuer=fields.text(payload, "iss"),
        signer=jws.header["kid"],
        previous=fields.text(payload, "previous") if operation == ROTATE else None,
    )


def sign_key_rotation(
    *, previous: PrivateKey, following: PrivateKey, issuer: str, origin: str, rotated_at: int
) -> bytes:
    """Sign that one key of a member follows another; nobody else has to agree."""
    proof = sign_statement(
        {"jwk": following.public.jwk, "previous": previous.public.thumbprint},
        key=following,
        typ=ROTATION_TYP,
        issuer=issuer,
        audience=origin,
    )
    payload = {
        "iss": issuer,
        "jwk": following.public.jwk,
        "kid": following.public.thumbprint,
        "log": origin,
        "op": ROTATE,
        "previous": previous.public.thumbprint,
        "proof": proof.decode("ascii"),
        "rotated": fields.instant_text(rotated_at),
    }
    return sign_statement(payload, key=previous, typ=KEY_TYP, issuer=issuer, audience=origin)


def read_key_rotation(compact: bytes, previous: PublicKey, *, issuer: str, origin: str) -> KeyRotation:
    """Verify a rotation: the old key's signature, and the new key's proof that it follows this old one.

    Raises:
        InvalidKey: the new key is unusable.
        InvalidStatement: the payload is no rotation of this key in this log, or its proof is another's.
        Refusal: as `verify_statement`, for the rotation or for the proof.
    """
    payload = verify_statement(compact, previous, typ=KEY_TYP, issuer=issuer, audience=origin).payload
    fields.one_of(payload, "log", origin)
    fields.one_of(payload, "op", ROTATE)
    fields.one_of(payload, "iss", issuer)
    fields.one_of(payload, "previous", previous.thumbprint)
    public = key_of(payload)
    fields.one_of(payload, "kid", public.thumbprint)
    proof = fields.text(payload, "proof").encode()
    proven = verify_statement(proof, public, typ=ROTATION_TYP, issuer=issuer, audience=origin).payload
    if proven.get("previous") != previous.thumbprint:
        values = {"expected": previous.thumbprint, "found": proven.get("previous")}
        raise fields.invalid(sentences.STATEMENT_VALUE, "/proof", **values)
    return KeyRotation(
        public=public, issuer=issuer, previous=previous.thumbprint, rotated_at=fields.instant(payload, "rotated")
    )


def key_revocation_payload(
    *, kid: str, issuer: str, reason: RevocationReason, suspect_from: int | None, origin: str, revoked_at: int
) -> dict[str, Any]:
    """Write what a revocation says; `suspect_from` is left out where nothing is suspected."""
    payload: dict[str, Any] = {
        "iss": issuer,
        "kid": kid,
        "log": origin,
        "op": REVOKE,
        "reason": reason.value,
        "revoked": fields.instant_text(revoked_at),
    }
    return payload if suspect_from is None else {**payload, "suspectFrom": suspect_from}


def sign_key_revocation(
    *,
    kid: str,
    issuer: str,
    reason: RevocationReason,
    suspect_from: int | None,
    key: PrivateKey,
    origin: str,
    revoked_at: int,
) -> bytes:
    """Sign that a key signs nothing any more: as the key itself, or as the registrar with any other key."""
    payload = key_revocation_payload(
        kid=kid, issuer=issuer, reason=reason, suspect_from=suspect_from, origin=origin, revoked_at=revoked_at
    )
    speaker = issuer if key.public.thumbprint == kid else origin
    return sign_statement(payload, key=key, typ=KEY_TYP, issuer=speaker, audience=origin)


def read_key_revocation(compact: bytes, signer: PublicKey, *, kid: str, issuer: str, origin: str) -> KeyRevocation:
    """Verify the revocation of a member's key, signed by that key or, under any other key, by the registrar.

    Raises:
        InvalidStatement: the payload is no revocation of this key in this log.
        Refusal: as `verify_statement`.
    """
    speaker = issuer if signer.thumbprint == kid else origin
    payload = verify_statement(compact, signer, typ=KEY_TYP, issuer=speaker, audience=origin).payload
    fields.one_of(payload, "log", origin)
    fields.one_of(payload, "op", REVOKE)
    fields.one_of(payload, "iss", issuer)
    fields.one_of(payload, "kid", kid)
    return KeyRevocation(
        kid=kid,
        issuer=issuer,
        reason=RevocationReason(fields.one_of(payload, "reason", *RevocationReason)),
        suspect_from=_suspect_from(payload),
        revoked_at=fields.instant(payload, "revoked"),
    )


def _suspect_from(payload: Mapping[str, Any]) -> int | None:
    return fields.whole(payload, "suspectFrom") if "suspectFrom" in payload else None
