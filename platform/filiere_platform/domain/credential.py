"""Bearer credentials: how a token is made, what is kept of it, how it is recognised.

A token is `fil_<prefix>_<secret>`: the prefix finds the row, the SHA-256 of the whole proves it. The secret has 256
bits of randomness, so a fast digest is enough: there is nothing to guess from a dictionary.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from filiere_platform.domain.member import ApiToken, Directory, Member, MemberStatus, Scope
from filiere_platform.domain.principal import Actor, Principal
from filiere_platform.domain.sentences import MEMBER_SUSPENDED, SCOPE_MISSING, TOKEN_REFUSED
from filiere_schemas.problems import Problem, Refusal

TOKEN_FORM = re.compile(r"fil_([0-9a-f]{12})_[0-9A-Za-z_-]{43}")


class Unauthenticated(Refusal):
    """Nobody we know: the credential is absent, unknown, expired or revoked."""


class Forbidden(Refusal):
    """Somebody we know, who may not do this."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A presented token, without its secret: safe to keep in a queue or a log."""

    prefix: str
    sha256: bytes


def new_token() -> tuple[str, Credential]:
    """Make a token; its text is shown once and never kept."""
    token = f"fil_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"
    return token, read_token(token)


def read_token(token: str) -> Credential:
    """Reduce a presented token to what is compared.

    Raises:
        Unauthenticated: when the text is not a token of ours.
    """
    match = TOKEN_FORM.fullmatch(token)
    if match is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    return Credential(match.group(1), hashlib.sha256(token.encode()).digest())


def principal_of_token(credential: Credential, directory: Directory, *, now: int) -> Principal:
    """Find who acts with a token.

    Args:
        credential: what was presented.
        directory: the members and tokens at one version.
        now: microseconds since 1970.

    Raises:
        Unauthenticated: unknown, expired or revoked; the answer does not say which.
        Forbidden: the member is suspended.
    """
    token: ApiToken | None = directory.tokens.get(credential.prefix)
    if token is None or not hmac.compare_digest(token.sha256, credential.sha256):
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    return token_bearer(token, directory, now=now)


def token_bearer(token: ApiToken, directory: Directory, *, now: int) -> Principal:
    """Give who acts with a token that was recognised.

    Raises:
        Unauthenticated: it has expired.
        Forbidden: the member is suspended.
    """
    if token.expires_at is not None and token.expires_at <= now:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    member = active_member(token.member_id, directory)
    return Principal(
        actor=Actor.TOKEN,
        actor_id=token.prefix,
        member_id=member.id,
        of_sector_body=member.is_sector_body,
        scopes=token.scopes,
        ends_at=token.expires_at,
    )


def authenticate(credential: Credential, directory: Directory, *, scope: Scope, now: int) -> Member:
    """Find the member that a credential stands for, where a token is all that can be presented: at capture.

    Raises:
        Unauthenticated: as `principal_of_token`.
        Forbidden: the member is suspended, or the token lacks the scope.
    """
    principal = principal_of_token(credential, directory, now=now)
    if scope not in principal.scopes:
        raise Forbidden([Problem(sentence=SCOPE_MISSING, values={"scope": scope.value})])
    return active_member(principal.member_id or 0, directory)


def active_member(member_id: int, directory: Directory) -> Member:
    """Give a member that may act.

    Raises:
        Unauthenticated: the directory does not know it: it was read before the member was admitted.
        Forbidden: it is suspended.
    """
    member = directory.members.get(member_id)
    if member is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    if member.status is not MemberStatus.ACTIVE:
        raise Forbidden([Problem(sentence=MEMBER_SUSPENDED, values={"member": member.uri})])
    return member
