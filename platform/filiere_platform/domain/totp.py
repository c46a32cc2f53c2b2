"""Codes of an authenticator app, each taken once.

Source: RFC 6238 (TOTP, SHA-1, 30 seconds, 6 digits: what every app speaks), RFC 4226, 5.3; RFC 6238, 5.2 (one time).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import quote, urlencode

STEP_MICROSECONDS: Final = 30_000_000
DIGITS: Final = 6
DRIFT_STEPS: Final = 1  # how far an app's clock may be off, either way
SECRET_BYTES: Final = 20  # RFC 4226, 4, R6


def new_secret() -> bytes:
    """Make the secret that an app and the instance share."""
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """Give the code of one step of thirty seconds since 1970."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of_code(secret: bytes, code: str, *, now: int, after: int) -> int | None:
    """Find the step whose code was given; None where it is none of now, or not after the one that was taken last.

    `now` is in microseconds since 1970. All steps are compared, so that the time tells nothing.
    """
    given = code.replace(" ", "").encode()
    current = now // STEP_MICROSECONDS
    found = [
        step
        for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), given)
    ]
    return next((step for step in found if step > after), None)


def secret_text(secret: bytes) -> str:
    """Write a secret as people type it into an app (RFC 4648 base 32)."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def app_address(secret: bytes, *, login: str, instance: str) -> str:
    """Write the address that an app reads from a link or a code."""
    label = quote(f"{instance}:{login}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret_text(secret), 'issuer': instance})}"
