"""Envelopes for tests: a valid one, and any forgery of it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from filiere_schemas.provenance.envelope import EVENT_TYP, FIRST_PREV, sign_event
from filiere_schemas.provenance.keys import SigningKey

ORIGIN = "log.example.org/sector"
ISSUER = "urn:filiere:party:siret:73282932000074"
WHEN = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
KEY = SigningKey.from_seed(bytes(range(32)))
PAYLOAD = b'{"action":"OBSERVE","epcList":["urn:epc:id:sgtin:4012345.011111.1"],"type":"ObjectEvent"}'


def b64(value: bytes) -> bytes:
    """Base64url without padding, independent of the code under test."""
    return urlsafe_b64encode(value).rstrip(b"=")


def an_envelope(payload: bytes = PAYLOAD, *, key: SigningKey = KEY, **changes: Any) -> bytes:
    """A valid envelope, with some arguments of `sign_event` changed."""
    arguments: dict[str, Any] = {
        "issuer": ISSUER,
        "seq": 1,
        "prev": FIRST_PREV,
        "issued_at": WHEN,
        "audience": ORIGIN,
    }
    return sign_event(payload, key=key, **{**arguments, **changes})


def a_header(key: SigningKey = KEY, **changes: Any) -> dict[str, Any]:
    """The header of a valid envelope; a change to None removes the member."""
    header = {
        "alg": key.public.alg.value,
        "kid": key.public.thumbprint,
        "iss": ISSUER,
        "typ": EVENT_TYP,
        "cty": "application/ld+json",
        "seq": 1,
        "prev": b64(FIRST_PREV).decode(),
        "iat": int(WHEN.timestamp()),
        "aud": ORIGIN,
    } | changes
    return {name: value for name, value in header.items() if value is not None}


def a_forgery(
    header: Mapping[str, Any] | bytes, payload: bytes = PAYLOAD, *, sign: Callable[[bytes], bytes] = KEY.sign
) -> bytes:
    """A compact JWS over any header, written by this module and not by the code under test."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = b64(raw) + b"." + b64(payload)
    return signing_input + b"." + b64(sign(signing_input))
