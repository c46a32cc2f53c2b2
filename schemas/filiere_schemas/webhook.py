"""The signature of a webhook: what a sender makes, and what a receiver checks before it believes a body.

A receiver needs nothing but this module: `verify_webhook(body, headers, secrets, now=time.time())` returns, or raises.

Source: Standard Webhooks 1.0.0 (id, timestamp and body under HMAC-SHA-256; `v1,` and base64; several signatures with
spaces between, for secrets that are being replaced); RFC 2104.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as randomness
from collections.abc import Mapping, Sequence
from typing import Final

from filiere_schemas.problems import Problem, Refusal, Sentence

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES: Final = 32  # the source wants 24 to 64
TOLERANCE_SECONDS: Final = 300
MOST_SIGNATURES: Final = 10  # of one message: each costs a comparison
REPORT_SIGNATURE: Final = "GS1-Signature"
_VERSION: Final = "v1"

HEADER_MISSING = Sentence(
    "webhook-header-missing",
    "L'en-tête « {name} » manque ou est illisible : ce message n'est pas un webhook signé.",
    "The header “{name}” is missing or unreadable: this message is no signed webhook.",
)
TOO_OLD_OR_NEW = Sentence(
    "webhook-time",
    "Ce message date de {found}, à plus de {limit} s de votre horloge ({expected}) : répétition, ou horloge fausse.",
    "This message is of {found}, more than {limit} s from your clock ({expected}): a repetition, or a wrong clock.",
)
SIGNATURE_WRONG = Sentence(
    "webhook-signature",
    "Aucune signature de ce message n'est faite avec l'un de vos secrets.",
    "No signature of this message was made with one of your secrets.",
)
SECRET_UNREADABLE = Sentence(
    "webhook-secret",
    "Le secret d'un webhook s'écrit « whsec_ » suivi de base64.",
    "A webhook's secret is written “whsec_” followed by base64.",
)


class WebhookRefused(Refusal):
    """A message that must not be believed."""


def new_secret() -> bytes:
    """Make a secret for one receiver."""
    return randomness.token_bytes(SECRET_BYTES)


def write_secret(secret: bytes) -> str:
    """Write a secret as its receiver is told it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def read_secret(text: str) -> bytes:
    """Read a secret as a receiver was told it.

    Raises:
        WebhookRefused: code `webhook-secret`.
    """
    try:
        return base64.b64decode(text.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookRefused([Problem(sentence=SECRET_UNREADABLE)]) from None


def sign_webhook(body: bytes, *, message_id: str, timestamp: int, secrets: Sequence[bytes]) -> dict[str, str]:
    """Give the headers that sign a body with each of some secrets; `timestamp` is in seconds since 1970."""
    signatures = (f"{_VERSION},{_signature(body, message_id, timestamp, secret)}" for secret in secrets)
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(signatures)}


def sign_report(body: bytes, token: bytes) -> dict[str, str]:
    """Give the header that signs the answer to an EPCIS subscription with its token; none where it has no token.

    HMAC-SHA-256 over the body, in hexadecimal. Source: EPCIS 2.0, 12.8 (which leaves the algorithm to us).
    """
    return {REPORT_SIGNATURE: hmac.new(token, body, hashlib.sha256).hexdigest()} if token else {}


def verify_webhook(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], *, now: float) -> str:
    """Check that a message comes from who shares a secret, lately; gives its id, the same for each repetition.

    1. The three headers are there. 2. The message is at most five minutes from the receiver's clock. 3. One of its
    signatures is made with one of the secrets; two are valid while one replaces the other.

    Args:
        body: the bytes as they came, before anything parses them.
        headers: of the request, in any case.
        secrets: as the receiver was told them, `whsec_...`.
        now: the receiver's clock, in seconds since 1970.

    Raises:
        WebhookRefused: one of them does not hold.
    """
    known = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, given = (known.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    for name, value in ((ID, message_id), (SIGNATURE, given)):
        if not value:
            raise WebhookRefused([Problem(sentence=HEADER_MISSING, values={"name": name})])
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= len(str(2**53))):
        raise WebhookRefused([Problem(sentence=HEADER_MISSING, values={"name": TIMESTAMP})])
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        values = {"found": stamp, "expected": round(now), "limit": TOLERANCE_SECONDS}
        raise WebhookRefused([Problem(sentence=TOO_OLD_OR_NEW, values=values)])
    wanted = [_signature(body, message_id, int(stamp), read_secret(secret)).encode() for secret in secrets]
    presented = [each.partition(",") for each in given.split(" ")[:MOST_SIGNATURES]]
    found = [
        hmac.compare_digest(signature.encode(), ours)
        for version, _, signature in presented
        if version == _VERSION
        for ours in wanted
    ]
    if not any(found):
        raise WebhookRefused([Problem(sentence=SIGNATURE_WRONG)])
    return message_id


def _signature(body: bytes, message_id: str, timestamp: int, secret: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode("ascii")
