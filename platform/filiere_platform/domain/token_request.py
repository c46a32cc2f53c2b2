"""What somebody asks of a new token, and how much of it may be given: never more than the asker has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from filiere_platform.domain import token_sentences as say
from filiere_platform.domain.member import ApiToken, Member, Scope
from filiere_schemas.problems import Problem, Refusal

LONGEST_NAME = 100  # characters
LONGEST_LIFE_DAYS = 3_650
MOST_TOKENS = 100  # in force, of one member: each is in every process's memory
DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A token as it is asked for; `expires_at` is in microseconds since 1970, None for one that does not expire."""

    name: str
    scopes: frozenset[Scope]
    expires_at: int | None = None


def require_grantable(
    request: TokenRequest, member: Member, *, by: ApiToken | None, existing: Collection[ApiToken], now: int
) -> None:
    """Check that a member may be given a token; `by` is the token with which it is asked for.

    None stands for the console, or a person who may manage the member's tokens. A token gives no scope that it lacks
    and no life longer than its own: who steals one gains nothing that outlasts it. What administers the instance is
    the sector body's alone.

    Raises:
        Refusal: with every reason.
    """
    problems = []
    if not 0 < len(request.name.strip()) <= LONGEST_NAME:
        problems.append(Problem(sentence=say.TOKEN_NAME, pointer="/name", values={"limit": LONGEST_NAME}))
    grantable = frozenset(Scope) if by is None else by.scopes
    if not member.is_sector_body:
        grantable -= {Scope.ADMINISTER}
    if not request.scopes or request.scopes - grantable:
        values = {"found": _listed(request.scopes), "expected": _listed(grantable)}
        problems.append(Problem(sentence=say.TOKEN_SCOPES, pointer="/scopes", values=values))
    latest = now + LONGEST_LIFE_DAYS * DAY
    if by is not None and by.expires_at is not None:
        latest = min(latest, by.expires_at)
    unending = request.expires_at is None and (by is None or by.expires_at is None)
    if not unending and not now < (request.expires_at or latest + 1) <= latest:
        problems.append(Problem(sentence=say.TOKEN_EXPIRY, pointer="/expires", values={"limit": LONGEST_LIFE_DAYS}))
    if sum(is_in_force(token, now) for token in existing) >= MOST_TOKENS:
        problems.append(Problem(sentence=say.TOO_MANY_TOKENS, values={"limit": MOST_TOKENS}))
    if problems:
        raise Refusal(problems)


def read_days(text: str) -> int | None:
    """Read a life in days as a form gives it; None: without an end.

    Raises:
        Refusal: code `token-expiry`.
    """
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(LONGEST_LIFE_DAYS)):
        raise Refusal([Problem(sentence=say.TOKEN_EXPIRY, pointer="/expires", values={"limit": LONGEST_LIFE_DAYS})])
    return int(text)


def is_in_force(token: ApiToken, now: int) -> bool:
    """Say whether a token may still be used."""
    return not token.revoked and (token.expires_at is None or token.expires_at > now)


def _listed(scopes: Collection[Scope]) -> str:
    return ", ".join(sorted(scopes))
