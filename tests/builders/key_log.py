"""Key entries for tests: a log's keys, told in statements that are really signed."""

from __future__ import annotations

import hashlib

from filiere_schemas.provenance.key_statements import RevocationReason, sign_key_revocation, sign_key_rotation
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.statements import sign_enrolment_proof, sign_key_registration

ORIGIN = "log.test.example/filiere"
DAIRY, SHOP = "urn:filiere:party:siret:00001003300017", "urn:filiere:party:siret:00001004100010"
NOW = 1_772_353_800_123_456  # microseconds: 2026-03-01T08:30:00.123456Z
TOKEN = bytes(range(32))


def a_key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


REGISTRAR = a_key("registrar")


def a_registration(
    key: SigningKey, *, issuer: str = DAIRY, registrar: SigningKey = REGISTRAR, origin: str = ORIGIN
) -> bytes:
    proof = sign_enrolment_proof(key=key, issuer=issuer, token_sha256=TOKEN, origin=origin)
    return sign_key_registration(
        public=key.public, issuer=issuer, proof=proof, key=registrar, origin=origin, registered_at=NOW
    )


def a_rotation(
    previous: SigningKey, following: SigningKey, *, issuer: str = DAIRY, origin: str = ORIGIN, rotated_at: int = NOW
) -> bytes:
    return sign_key_rotation(
        previous=previous, following=following, issuer=issuer, origin=origin, rotated_at=rotated_at
    )


def a_revocation(
    key: SigningKey,
    *,
    signer: SigningKey = REGISTRAR,
    issuer: str = DAIRY,
    suspect_from: int | None = None,
    reason: RevocationReason = RevocationReason.KEY_COMPROMISE,
    origin: str = ORIGIN,
    revoked_at: int = NOW,
) -> bytes:
    return sign_key_revocation(
        kid=key.public.thumbprint,
        issuer=issuer,
        reason=reason,
        suspect_from=suspect_from,
        key=signer,
        origin=origin,
        revoked_at=revoked_at,
    )
