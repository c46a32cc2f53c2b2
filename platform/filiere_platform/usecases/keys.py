"""Enrol, rotate and revoke members' keys: each change is an entry of the log and its rows, in one commit.

Whether a change is allowed is decided by the history of keys (`filiere_schemas.provenance.key_history`), under the
lock that gives it its index, and by nothing else: what an auditor concludes from the log is what capture does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from filiere_platform.domain import key_sentences, sentences
from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.key_request import KeyRequest, revocation_request, sign_request
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.member_changes import (
    AlreadyExists,
    admit_statement,
    check_enrolment,
    statement_identity,
)
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import key_sentences as history_sentences
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.key_history import KeyChangeRefused, KeyEntryRefused, KeyHistory
from filiere_schemas.provenance.key_statements import (
    REVOKE,
    KeyChange,
    RevocationReason,
    read_key_change,
)
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import ENROLMENT_TYP, KEY_TYP, REGISTER, key_of, payload_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Whose signature admits a key; its private part is None where it is kept offline."""

    public: PublicKey
    key: SigningKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedKey:
    """A change of a key that is in force, and the entry that says so."""

    kid: str  # the key that begins or, at a revocation, ends
    member_uri: str
    log_index: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingKey:
    """A key that waits for the registrar, whose key is kept offline."""

    kid: str
    member_uri: str


def enrol_key(
    uow: UnitOfWork, *, token: str, proof: bytes, registrar: Registrar, origin: str, now: int, label: str = ""
) -> AdmittedKey | WaitingKey:
    """Register a key with a one-time token and its own signature, or keep it until the registrar has signed.

    The same token and proof again, by a connector that lost the answer or asks whether it is admitted by now, get the
    answer that holds at the time.

    Raises:
        Unauthenticated: the token is unknown, expired or used for another key.
        Refusal: the proof does not hold.
        AlreadyExists: the key is registered already.
    """
    token_sha256 = hashlib.sha256(token.encode()).digest()
    answered = _answered(uow, proof, token_sha256)
    if answered is not None:
        return answered
    member_id = uow.tokens.take_enrolment(token_sha256, now)
    directory = uow.directory()
    member = directory.members.get(member_id) if member_id is not None else None
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise Unauthenticated([Problem(sentence=sentences.ENROLMENT_TOKEN_REFUSED)])
    enrolment = check_enrolment(proof, member=member, token_sha256=token_sha256, origin=origin, directory=directory)
    kid = enrolment.public.thumbprint
    request = KeyRequest(operation=REGISTER, kid=kid, issuer=member.uri, body=proof, asked_at=now, label=label)
    if registrar.key is None:
        if uow.key_requests.find(kid, REGISTER) is not None:
            raise AlreadyExists([Problem(sentence=sentences.KEY_ALREADY_REGISTERED, values={"kid": kid})])
        uow.key_requests.add(member.id, request)
        return WaitingKey(kid=kid, member_uri=member.uri)
    statement = sign_request(request, key=registrar.key, origin=origin, now=now)
    return admit_key_statement(uow, statement, registrar=registrar.public, origin=origin, now=now, label=label)


def admit_key_statement(
    uow: UnitOfWork, statement: bytes, *, registrar: PublicKey, origin: str, now: int, label: str = ""
) -> AdmittedKey:
    """Put a signed change of a key into the log and into force; the same statement again gives the same answer.

    A rotated key keeps the label of the one it follows.

    Raises:
        KeyChangeRefused: the history does not allow it.
        Forbidden: its member is suspended, and it asks for more than an end.
        Refusal: a signature does not hold, or it is no such statement.
    """
    identity = statement_identity(statement)
    # The lock first: the history is that below the index which the statement will get.
    probe = uow.capture.begin(digests={identity}, node_keys=())
    change = read_key_change(statement)
    known = probe.known.get(identity)
    if known is not None:
        return AdmittedKey(kid=change.kid, member_uri=change.issuer, log_index=known.log_index, sha256=known.sha256)
    keys = uow.keys.concerning(change.issuer, {change.kid, change.previous or change.kid})
    before = KeyHistory(registrar=registrar, origin=origin, lives={kid: key.life for kid, key in keys.items()})
    try:
        after = before.after([(probe.head.size, statement)])
    except KeyEntryRefused as refused:
        raise _reason_of(refused) from refused
    member = _member_of(uow, change)
    admission = admit_statement(
        EntryKind.KEY, statement, member_id=member.id, audiences=(member.id,), probe=probe, now=now
    )
    uow.capture.save(admission)
    request = uow.key_requests.find(change.kid, change.operation)
    if request is not None:
        label = label or request.label
        uow.key_requests.remove(change.kid, change.operation)
    if change.previous is not None:
        label = keys[change.previous].label
    changed = {kid: life for kid, life in after.lives.items() if before.lives.get(kid) != life}
    uow.keys.write(member.id, changed, label=label)
    record = admission.records[0]
    return AdmittedKey(kid=change.kid, member_uri=member.uri, log_index=record.log_index, sha256=record.sha256)


def change_key(
    uow: UnitOfWork, statement: bytes, *, operation: str, registrar: PublicKey, origin: str, now: int
) -> AdmittedKey:
    """Take a change that a member's own key has signed: a rotation, or the key's own revocation.

    Raises:
        Refusal: as `admit_key_statement`; code `key-change-kind` for another operation, or the registrar's signature.
    """
    change = read_key_change(statement)
    if change.operation != operation or (operation == REVOKE and change.signer != change.kid):
        values = {"expected": operation, "found": change.operation}
        raise Refusal([Problem(sentence=key_sentences.KEY_CHANGE_KIND, values=values)])
    return admit_key_statement(uow, statement, registrar=registrar, origin=origin, now=now)


def revoke_key(
    uow: UnitOfWork,
    *,
    kid: str,
    reason: RevocationReason,
    suspect_from: int | None,
    registrar: Registrar,
    origin: str,
    now: int,
) -> AdmittedKey | WaitingKey:
    """Revoke a key as the registrar, or keep the revocation until the registrar has signed.

    Raises:
        KeyChangeRefused: there is no such key, or it is revoked already with as early a suspicion.
        AlreadyExists: a revocation of it waits already.
    """
    key = uow.keys.by_kid(kid)
    if key is None:
        raise KeyChangeRefused([Problem(sentence=history_sentences.KEY_ENTRY_UNKNOWN, values={"kid": kid})])
    uri = key.life.issuer
    request = revocation_request(kid=kid, issuer=uri, reason=reason, suspect_from=suspect_from, asked_at=now)
    if registrar.key is not None:
        statement = sign_request(request, key=registrar.key, origin=origin, now=now)
        return admit_key_statement(uow, statement, registrar=registrar.public, origin=origin, now=now)
    if uow.key_requests.find(kid, REVOKE) is not None:
        raise AlreadyExists([Problem(sentence=key_sentences.KEY_REVOCATION_WAITS, values={"kid": kid})])
    uow.key_requests.add(key.member_id, request)
    return WaitingKey(kid=kid, member_uri=uri)


def _answered(uow: UnitOfWork, proof: bytes, token_sha256: bytes) -> AdmittedKey | WaitingKey | None:
    """What became of a proof that was taken before, byte for byte, for somebody who has its token."""
    try:
        payload = payload_of(parse_jws(proof, typ=ENROLMENT_TYP))
        kid = key_of(payload).thumbprint
    except Refusal:
        return None
    if payload.get("token") != token_sha256.hex():
        return None
    request = uow.key_requests.find(kid, REGISTER)
    if request is not None and request.body == proof:
        return WaitingKey(kid=kid, member_uri=request.issuer)
    key = uow.keys.by_kid(kid)
    if key is None or key.life.predecessor is not None:
        return None
    at = key.life.registered_at
    (record,) = uow.log.records(at, at + 1)
    registered = payload_of(parse_jws(record.body or b"", typ=KEY_TYP))
    if registered["proof"].encode() != proof:
        return None
    return AdmittedKey(kid=kid, member_uri=key.life.issuer, log_index=at, sha256=record.sha256)


def _member_of(uow: UnitOfWork, change: KeyChange) -> Member:
    """Find whose key it is; a suspended member may end a key, and begin none.

    Raises:
        Forbidden: the member is suspended.
        Refusal: code `not-found`.
    """
    member = uow.members.by_uri(change.issuer)
    if member is None:
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": change.issuer})])
    if member.status is not MemberStatus.ACTIVE and change.operation != REVOKE:
        raise Forbidden([Problem(sentence=sentences.MEMBER_SUSPENDED, values={"member": member.uri})])
    return member


def _reason_of(refused: KeyEntryRefused) -> Refusal:
    """Say the reason alone: the index is that of an entry which there will not be."""
    cause = refused.__cause__
    return cause if isinstance(cause, Refusal) else refused
