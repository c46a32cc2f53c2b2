"""Admit members, enrol keys: what is checked before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import GrantCause
from filiere_platform.domain.member import Directory, Member
from filiere_platform.domain.record import (
    KIND_CODES,
    Admission,
    DigestRow,
    GrantRow,
    Probe,
    RecordRow,
)
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.statements import EnrolmentProof, read_enrolment_proof


class AlreadyExists(Refusal):
    """What was to be created is there already, or belongs to somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A key that proved itself: the member's own signature over the token it was given."""

    member: Member
    public: PublicKey
    proof: EnrolmentProof


def identifiers_of(uri: str, others: Collection[str], directory: Directory) -> tuple[str, ...]:
    """Give the canonical keys of a new member, its own URI first.

    Raises:
        InvalidIdentifier: one of them has no canonical key.
        AlreadyExists: one of them belongs to another member.
    """
    keys = tuple(dict.fromkeys(canonical_key(identifier) for identifier in (uri, *others)))
    taken = [key for key in keys if key in directory.parties]
    if uri in directory.members_by_uri:
        raise AlreadyExists([Problem(sentence=sentences.MEMBER_EXISTS, values={"uri": uri})])
    if taken:
        raise AlreadyExists([Problem(sentence=sentences.IDENTIFIER_TAKEN, values={"key": key}) for key in taken])
    return keys


def check_enrolment(
    proof: bytes, *, member: Member, token_sha256: bytes, origin: str, directory: Directory
) -> Enrolment:
    """Check a key's proof of possession: it signed this member's URI and this token, for this log.

    Raises:
        Refusal: the proof does not hold, or names another member, token or log.
        AlreadyExists: the key is registered already, for whomever.
    """
    read = read_enrolment_proof(proof, issuer=member.uri, token_sha256=token_sha256, origin=origin)
    kid = read.public.thumbprint
    if kid in directory.keys:
        raise AlreadyExists([Problem(sentence=sentences.KEY_ALREADY_REGISTERED, values={"kid": kid})])
    return Enrolment(member=member, public=read.public, proof=read)


def statement_identity(statement: bytes) -> bytes:
    """Digest what makes a statement of the platform one and the same: its bytes."""
    return hashlib.sha256(b"statement\0" + statement).digest()


def admit_statement(
    kind: EntryKind, statement: bytes, *, member_id: int | None, audiences: Collection[int], probe: Probe, now: int
) -> Admission:
    """Lay out the log entry of one statement of the platform, such as a key registration."""
    head = probe.head
    stored_at = max(now, head.stored_at)
    row = RecordRow(
        head.size, KIND_CODES[kind], hashlib.sha256(statement).digest(), stored_at, member_id, None, statement, None
    )
    grants = [
        GrantRow(head.grants + number, head.size, audience, GrantCause.OWNER)
        for number, audience in enumerate(audiences, start=1)
    ]
    return Admission(
        head=head._replace(size=head.size + 1, grants=head.grants + len(grants), stored_at=stored_at),
        records=[row],
        events=[],
        edges=[],
        nodes=[],
        grants=grants,
        digests=[DigestRow(statement_identity(statement), head.size, None)],
    )
