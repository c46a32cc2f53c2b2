"""Admit members, give them tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.credential import new_token
from filiere_platform.domain.member import ApiToken, Member, MemberStatus, Scope
from filiere_platform.domain.member_changes import identifiers_of
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_schemas.problems import Problem, Refusal

ENROLMENT_TOKEN_PREFIX = "file_"  # noqa: S105 - "Filière enrolment": the form of a token, not a token
HOUR = 3_600_000_000  # microseconds
LENT_HOURS = 72


def add_member(
    uow: UnitOfWork,
    *,
    uri: str,
    name: str,
    sharing: SharingMode | None = None,
    identifiers: Collection[str] = (),
) -> Member:
    """Admit a member under its global URI, with the identifiers of its parties and sites.

    Raises:
        AlreadyExists: the member, or one of the identifiers, is another's already.
        InvalidIdentifier: one of them is malformed.
    """
    keys = identifiers_of(uri, identifiers, uow.directory())
    return uow.members.add(uri=uri, name=name, sharing=sharing, identifiers=keys)


def member_by_uri(uow: UnitOfWork, uri: str) -> Member:
    """Find a member by the URI it was admitted under.

    Raises:
        Refusal: code `not-found`.
    """
    member = uow.members.by_uri(uri)
    if member is None:
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": uri})])
    return member


def set_status(uow: UnitOfWork, *, uri: str, status: MemberStatus) -> Member:
    """Suspend a member or let it back in; it takes effect with the next commit of every process.

    Raises:
        Refusal: code `not-found`.
    """
    member = member_by_uri(uow, uri)
    uow.members.set_status(member.id, status)
    return member


def create_api_token(uow: UnitOfWork, *, uri: str, scopes: frozenset[Scope], expires_at: int | None = None) -> str:
    """Make a bearer token of a member, for the instance's own machinery (the demo); others go by `give_token`.

    Raises:
        Refusal: code `not-found`.
    """
    token, made = new_api_token(member_by_uri(uow, uri).id, scopes=scopes, expires_at=expires_at)
    uow.tokens.add(made)
    return token


def lend_token(uow: UnitOfWork, *, uri: str, now: int) -> str:
    """Make a token for a member that lost its own with the database, while the instance is closed.

    Without it the member's connector could not give back what is missing. The log takes no act meanwhile, so the token
    stands in no act: it reads nothing that the member's own would not, and ends by itself after LENT_HOURS.

    Raises:
        Refusal: code `not-found`.
    """
    member = member_by_uri(uow, uri)
    scopes = frozenset({Scope.CAPTURE, Scope.READ})
    token, made = new_api_token(member.id, scopes=scopes, expires_at=now + LENT_HOURS * HOUR, name="recovery", now=now)
    uow.tokens.add(made)
    return token


def new_api_token(
    member_id: int, *, scopes: frozenset[Scope], expires_at: int | None, name: str = "", now: int | None = None
) -> tuple[str, ApiToken]:
    """Make a token; its text is to be shown once and is never kept."""
    token, credential = new_token()
    made = ApiToken(
        prefix=credential.prefix,
        sha256=credential.sha256,
        member_id=member_id,
        scopes=scopes,
        expires_at=expires_at,
        name=name,
        created_at=now,
    )
    return token, made


def give_enrolment_token(uow: UnitOfWork, member: Member, *, author: Author, signer: ActSigner, now: int) -> str:
    """Make a one-time token with which a member enrols one key; an act says who asked for it."""
    made = create_enrolment_token(uow, uri=member.uri, now=now)
    record_act(uow, Act(act="enrolment.create", author=author, member_id=member.id), signer=signer, now=now)
    return made


def create_enrolment_token(uow: UnitOfWork, *, uri: str, now: int, hours: int = 72) -> str:
    """Make a one-time token with which the member enrols one key.

    Raises:
        Refusal: code `not-found`.
    """
    member = member_by_uri(uow, uri)
    token = ENROLMENT_TOKEN_PREFIX + secrets.token_urlsafe(32)
    uow.tokens.add_enrolment(hashlib.sha256(token.encode()).digest(), member.id, now + hours * HOUR)
    return token
