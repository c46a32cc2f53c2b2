"""Give members tokens, list them, take them back; each change is an act in the log, and the secret is shown once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import ApiToken, Member
from filiere_platform.domain.token_request import TokenRequest, is_in_force, require_grantable
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.members import new_api_token
from filiere_schemas.problems import Problem, Refusal

WRITE_EVERY = 600_000_000  # microseconds between two notes of the same token's use, per process


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenToken:
    """A new token with its text, for the one answer that shows it."""

    text: str
    token: ApiToken


@dataclass(frozen=True, slots=True)
class TokenUses:
    """Remembers when the use of each token was last written down: a write per request would cost more than reading."""

    _written: dict[str, int] = field(default_factory=dict)

    def is_old(self, prefix: str, now: int) -> bool:
        """Say whether it is time to write a use down; asks only."""
        return now - self._written.get(prefix, -WRITE_EVERY) >= WRITE_EVERY

    def is_due(self, prefix: str, now: int) -> bool:
        """Say whether it is time, and count on the asker to write: of two who ask, mostly one is told to."""
        due = self.is_old(prefix, now)
        if due:
            self._written[prefix] = now
        return due


def give_token(
    uow: UnitOfWork,
    member: Member,
    request: TokenRequest,
    *,
    by: ApiToken | None,
    author: Author,
    signer: ActSigner,
    now: int,
) -> GivenToken:
    """Make a bearer token of a member; its text is returned once and never kept.

    Raises:
        Refusal: more is asked for than may be given.
    """
    require_grantable(request, member, by=by, existing=uow.tokens.of_member(member.id), now=now)
    text, token = new_api_token(
        member.id, scopes=request.scopes, expires_at=request.expires_at, name=request.name.strip(), now=now
    )
    uow.tokens.add(token)
    details = {"scopes": " ".join(sorted(token.scopes))}
    if token.expires_at is not None:
        details["expires"] = iso_instant(token.expires_at)
    act = Act(act="token.create", author=author, member_id=member.id, object=token.prefix, details=details)
    record_act(uow, act, signer=signer, now=now)
    return GivenToken(text=text, token=token)


def take_token_back(
    uow: UnitOfWork, prefix: str, *, member_id: int | None, author: Author, signer: ActSigner, now: int
) -> ApiToken:
    """Revoke a token, for good; it takes effect with the next look of every process. A second time changes nothing.

    `member_id` is of whom it must be; None: of anybody, at the console.

    Raises:
        Refusal: code `not-found`, also of another member's token.
    """
    token = uow.tokens.find(prefix)
    if token is None or member_id not in {None, token.member_id}:
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": prefix})])
    if uow.tokens.revoke(prefix):
        act = Act(act="token.revoke", author=author, member_id=token.member_id, object=prefix)
        record_act(uow, act, signer=signer, now=now)
    return token


def token_as_json(token: ApiToken, *, now: int) -> dict[str, Any]:
    """Lay out a token for its member and the operator, without anything of its secret."""
    state = "active" if is_in_force(token, now) else ("revoked" if token.revoked else "expired")
    return {
        "prefix": token.prefix,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "state": state,
        "created": _instant(token.created_at),
        "expires": _instant(token.expires_at),
        "lastUsed": _instant(token.last_used_at),
    }


def _instant(microseconds: int | None) -> str | None:
    return None if microseconds is None else iso_instant(microseconds)
