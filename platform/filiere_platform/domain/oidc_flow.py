"""One way to an identity provider and back: what is to come back with the answer, sealed for the browser that left.

Source: OpenID Connect Core 1.0, 3.1.2 (state, nonce); RFC 7636 (PKCE); RFC 9700, 2.1, 4.7.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Final

from filiere_platform.domain.passkey import Challenge
from filiere_platform.domain.person_session import open_secret, seal_secret

LIFETIME: Final = 10 * 60_000_000  # microseconds: somebody may look for a telephone at the provider's
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What left with the browser; `person_id` is whose account is to be linked, empty for signing in."""

    state: str
    nonce: str
    verifier: str
    following: str
    person_id: str
    ends_at: int

    @property
    def once(self) -> Challenge:
        """What is written down when the answer was taken, so that it is taken once."""
        return Challenge(value=self.state.encode(), ends_at=self.ends_at)


def new_flow(*, following: str, person_id: str, now: int) -> Flow:
    """Begin one."""
    state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
    return Flow(
        state=state,
        nonce=nonce,
        verifier=verifier,
        following=following,
        person_id=person_id,
        ends_at=now + LIFETIME,
    )


def seal_flow(flow: Flow, *, cookie: str, key: bytes) -> bytes:
    """Seal one for the browser that holds a cookie."""
    return seal_secret(json.dumps(asdict(flow)).encode(), key=key, owner=_owner(cookie))


def open_flow(sealed: bytes, *, cookie: str, key: bytes, now: int) -> Flow | None:
    """Open one; None where it is another browser's, or its time is over."""
    text = open_secret(sealed, key=key, owner=_owner(cookie)) if cookie else None
    if text is None:
        return None
    found = Flow(**json.loads(text))
    return found if now < found.ends_at else None


def _owner(cookie: str) -> str:
    return f"provider {hashlib.sha256(cookie.encode()).hexdigest()}"
