"""Admit members, give them tokens, enrol their keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.credential import Unauthenticated, new_token
from filiere_platform.domain.member import ApiToken, Member, MemberStatus, Scope
from filiere_platform.domain.member_changes import (
    admit_statement,
    check_enrolment,
    identifiers_of,
    statement_identity,
)
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.statements import sign_key_registration

ENROLMENT_TOKEN_PREFIX = "file_"  # noqa: S105 - "Filière enrolment": the form of a token, not a token
HOUR = 3_600_000_000  # microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledKey:
    """A key that may sign from now on, and the entry that says so."""

    kid: str
    member_uri: str
    log_index: int
    sha256: bytes


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
    """Make a bearer token of a member; its text is returned once and never kept.

    Raises:
        Refusal: code `not-found`.
    """
    member = member_by_uri(uow, uri)
    token, credential = new_token()
    uow.tokens.add(
        ApiToken(
            prefix=credential.prefix,
            sha256=credential.sha256,
            member_id=member.id,
            scopes=scopes,
            expires_at=expires_at,
        )
    )
    return token


def create_enrolment_token(uow: UnitOfWork, *, uri: str, now: int, hours: int = 72) -> str:
    """Make a one-time token with which the member enrols one key.

    Raises:
        Refusal: code `not-found`.
    """
    member = member_by_uri(uow, uri)
    token = ENROLMENT_TOKEN_PREFIX + secrets.token_urlsafe(32)
    uow.tokens.add_enrolment(hashlib.sha256(token.encode()).digest(), member.id, now + hours * HOUR)
    return token


def enrol_key(
    uow: UnitOfWork, *, token: str, proof: bytes, registrar_key: SigningKey, origin: str, now: int
) -> EnrolledKey:
    """Register a key with a one-time token and the key's own signature; the entry and the key are one commit.

    Raises:
        Unauthenticated: the token is unknown, expired or used.
        Refusal: the proof does not hold.
        AlreadyExists: the key is registered already.
    """
    token_sha256 = hashlib.sha256(token.encode()).digest()
    member_id = uow.tokens.take_enrolment(token_sha256, now)
    directory = uow.directory()
    member = directory.members.get(member_id) if member_id is not None else None
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise Unauthenticated([Problem(sentence=sentences.ENROLMENT_TOKEN_REFUSED)])
    enrolment = check_enrolment(proof, member=member, token_sha256=token_sha256, origin=origin, directory=directory)
    statement = sign_key_registration(
        public=enrolment.public, issuer=member.uri, proof=proof, key=registrar_key, origin=origin, registered_at=now
    )
    probe = uow.capture.begin(digests={statement_identity(statement)}, node_keys=())
    admission = admit_statement(
        EntryKind.KEY, statement, member_id=member.id, audiences=(member.id,), probe=probe, now=now
    )
    uow.capture.save(admission)
    record = admission.records[0]
    uow.keys.add(
        member_id=member.id,
        kid=enrolment.public.thumbprint,
        jwk=enrolment.public.jwk,
        registered_at=record.log_index,
    )
    return EnrolledKey(
        kid=enrolment.public.thumbprint, member_uri=member.uri, log_index=record.log_index, sha256=record.sha256
    )
