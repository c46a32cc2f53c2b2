"""A person's session: a random name in a cookie, and a row that ends it whenever somebody says so.

The row knows a digest of the name. A form of the session carries a mark that only who knows the name can make.

Source: OWASP Session Management Cheat Sheet (renewal at sign-in, idle and absolute limits); NIST SP 800-63B-4, 5.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAME_FORM: Final = re.compile(r"[0-9A-Za-z_-]{43}")
HOUR: Final = 3_600_000_000  # microseconds
ABSOLUTE_LIMIT: Final = 12 * HOUR
IDLE_LIMIT: Final = HOUR
HALF_LIMIT: Final = 5 * 60_000_000  # between the password and the code
SEEN_EVERY: Final = 60_000_000  # a look is written down once a minute, and not at every page
_NONCE_BYTES: Final = 12


class Stage(StrEnum):
    """How far somebody has come in signing in."""

    HALF = "half"  # the password was right, the second factor is asked for
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSession:
    """One session; instants are in microseconds since 1970."""

    sha256: bytes
    person_id: str
    stage: Stage
    began_at: int
    seen_at: int
    ends_at: int

    @property
    def short(self) -> str:
        """What names it on its owner's page."""
        return self.sha256.hex()[:16]

    def is_over(self, now: int) -> bool:
        """Whether its time is over, or nobody used it for too long."""
        return now >= self.ends_at or now >= self.seen_at + IDLE_LIMIT


def new_session(person_id: str, *, stage: Stage, now: int) -> tuple[str, PersonSession]:
    """Make a session; its name goes into the cookie and is not kept."""
    name = secrets.token_urlsafe(32)
    lasts = HALF_LIMIT if stage is Stage.HALF else ABSOLUTE_LIMIT
    digest = hashlib.sha256(name.encode()).digest()
    session = PersonSession(
        sha256=digest, person_id=person_id, stage=stage, began_at=now, seen_at=now, ends_at=now + lasts
    )
    return name, session


def read_session_name(text: str) -> bytes | None:
    """Reduce a presented name to its digest; None for what is not one of ours."""
    return hashlib.sha256(text.encode()).digest() if NAME_FORM.fullmatch(text) else None


def form_mark(cookie: str) -> str:
    """Make the mark of the forms of a session, from what only the session's cookie says."""
    return hmac.new(cookie.encode(), b"filiere form 1", hashlib.sha256).hexdigest()


def is_form_mark(given: str, cookie: str) -> bool:
    """Whether a form carries the mark of this session."""
    return hmac.compare_digest(given.encode(), form_mark(cookie).encode())


def seal_secret(secret: bytes, *, key: bytes, owner: str) -> bytes:
    """Seal the secret of an app for the database, so that a copy of it signs nobody in."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_sealing_key(key)).encrypt(nonce, secret, owner.encode())


def open_secret(sealed: bytes, *, key: bytes, owner: str) -> bytes | None:
    """Open a sealed secret; None where it was sealed for somebody else, or by another instance."""
    try:
        return AESGCM(_sealing_key(key)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode())
    except (InvalidTag, ValueError):  # a nonce that is none, too
        return None


def _sealing_key(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"filiere factors 1").derive(key)
