"""A passkey: what of it is kept, and the challenge that each use of one answers once.

A challenge goes to the browser sealed for the browser's own cookie and comes back with the answer: strangers, who are
given one with every page of signing in, fill no table. What was answered is written down until its time is over.

Source: W3C Web Authentication, level 2, 7.1, 7.2, 13.4.3 (challenges), 6.1.1 (signature counter).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from filiere_platform.domain.person_session import open_secret, seal_secret

MOST_OF_ONE: Final = 20
LONGEST_CREDENTIAL_ID: Final = 1_023  # bytes; level 2, 7.1, step 17 of its candidate
CHALLENGE_LIFETIME: Final = 30 * 60_000_000  # microseconds: a page may lie open for a while
_CHALLENGE_BYTES: Final = 32
_TIME_BYTES: Final = 8


class Use(StrEnum):
    """What a challenge is for; an answer to one is never taken for the other."""

    REGISTER = "register"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One passkey of a person; instants are in microseconds since 1970."""

    sha256: bytes  # of the credential's id
    person_id: str
    name: str
    credential: bytes  # attested credential data: id and public key
    sign_count: int
    created_at: int
    used_at: int | None = None

    @property
    def short(self) -> str:
        """What names it on its owner's page."""
        return self.sha256.hex()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What an authenticator is to sign, and until when."""

    value: bytes
    ends_at: int

    @property
    def sha256(self) -> bytes:
        """What is written down once it was answered."""
        return hashlib.sha256(self.value).digest()


def new_challenge(now: int) -> Challenge:
    """Make a challenge."""
    return Challenge(value=secrets.token_bytes(_CHALLENGE_BYTES), ends_at=now + CHALLENGE_LIFETIME)


def seal_challenge(challenge: Challenge, *, use: Use, cookie: str, key: bytes) -> bytes:
    """Seal a challenge for one use by whoever holds a cookie."""
    text = challenge.ends_at.to_bytes(_TIME_BYTES, "big") + challenge.value
    return seal_secret(text, key=key, owner=_owner(use, cookie))


def open_challenge(sealed: bytes, *, use: Use, cookie: str, key: bytes, now: int) -> Challenge | None:
    """Open a sealed challenge; None where it is for another use or another cookie, or its time is over."""
    text = open_secret(sealed, key=key, owner=_owner(use, cookie)) if cookie else None
    if text is None:
        return None
    found = Challenge(value=text[_TIME_BYTES:], ends_at=int.from_bytes(text[:_TIME_BYTES], "big"))
    return found if now < found.ends_at else None


def relying_party(base_url: str) -> str | None:
    """Give the name under which passkeys of this instance are made; None where browsers make none.

    They want a host name, over TLS or on the reader's own machine. Source: level 2, 5.1.3, step 7.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    is_address = ":" in host or host.replace(".", "").isdecimal()
    is_safe = parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return host if host and not is_address and is_safe else None


def _owner(use: Use, cookie: str) -> str:
    return f"passkey {use} {hashlib.sha256(cookie.encode()).hexdigest()}"
