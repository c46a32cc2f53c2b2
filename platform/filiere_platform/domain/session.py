"""A reader's session in a browser: which credential signed in, until when; sealed, so that nobody writes one himself.

The cookie holds no secret of the credential: it names the token by its public prefix, and the token's own revocation
and expiry hold at every request.

Source: RFC 2104 (HMAC); OWASP Session Management Cheat Sheet (lifetime, attributes).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from filiere_platform.domain.credential import Unauthenticated, token_bearer
from filiere_platform.domain.member import Directory, Scope
from filiere_platform.domain.principal import Principal
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_schemas.problems import Problem

LIFETIME_SECONDS = 8 * 3600  # a working day
_MICROSECONDS = 1_000_000
_FORM = re.compile(r"([0-9a-f]{12})\.([0-9]{1,17})\.([0-9a-f]{64})")


def seal_session(prefix: str, *, secret: bytes, now: int) -> str:
    """Seal a session of the token with this prefix; `now` is in microseconds since 1970."""
    content = f"{prefix}.{now + LIFETIME_SECONDS * _MICROSECONDS}"
    return f"{content}.{_mac(content, secret)}"


def open_session(sealed: str, directory: Directory, *, secret: bytes, now: int) -> Principal:
    """Find who acts in a session: the bearer of the token, who may do no more in a browser than read.

    Raises:
        Unauthenticated: the seal is not ours, the session or its token is over.
        Forbidden: the member is suspended.
    """
    match = _FORM.fullmatch(sealed)
    if match is None or not hmac.compare_digest(_mac(f"{match[1]}.{match[2]}", secret), match[3]):
        raise _over()
    token = directory.tokens.get(match[1])
    if int(match[2]) <= now or token is None:
        raise _over()
    bearer = token_bearer(token, directory, now=now)
    return replace(bearer, scopes=bearer.scopes & {Scope.READ})


def _mac(content: str, secret: bytes) -> str:
    return hmac.new(secret, content.encode(), hashlib.sha256).hexdigest()


def _over() -> Unauthenticated:
    return Unauthenticated([Problem(sentence=TOKEN_REFUSED)])


def session_secret(pem: bytes) -> bytes:
    """Derive what seals the pages' sessions from a key of the instance, in PEM: useless for anything else.

    The same in every process of the instance. Source: RFC 5869 (HKDF).
    """
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"filiere pages session 1").derive(pem)
