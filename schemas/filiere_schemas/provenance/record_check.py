"""Verify one record by itself: its digest, its signature and its signer's standing, and what it discloses.

These are the parts that a bundle's verifier, a single record's and the platform's own pages have in common; the steps
that they belong to are numbered in `verify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.chain import ChainLink
from filiere_schemas.provenance.disclosures import Seal, unseal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import Envelope, digest_of, parse_envelope, verify_envelope
from filiere_schemas.provenance.key_history import KeyHistory, KeyStanding, read_key_history
from filiere_schemas.provenance.statements import read_attestation
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.trust import Trust

EVENT_KINDS = frozenset({EntryKind.EVENT, EntryKind.RECEIPT})


class RecordRefuted(Refusal):
    """A record or key entry that does not prove what it claims; the problem names its index and the reason."""


class Assurance(StrEnum):
    """Who stands behind a record."""

    SIGNED = "signed at source"
    ATTESTED = "attested on receipt"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """A record whose signature holds; its content is not read yet."""

    index: int
    member: str | None  # None once erased: who signed stood in the payload's envelope
    assurance: Assurance
    standing: KeyStanding | None = None  # of the member's key; None where the platform attested
    link: ChainLink | None = None  # its place in its key's chain
    payload: bytes = b""
    disclosures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRecord:
    """A record that holds."""

    index: int
    member: str | None
    assurance: Assurance
    event: Mapping[str, Any] | None
    standing: KeyStanding | None = None
    withheld: tuple[Seal, ...] = field(default=())  # sealed members that are not disclosed here


def require_digest(entry: LoggedEntry) -> None:
    """Verify that an entry's bytes are those of its digest.

    Raises:
        RecordRefuted: they are others.
    """
    if entry.body is not None and digest_of(entry.body) != entry.sha256:
        raise _refuted(sentences.BUNDLE_DIGEST, index=entry.index)


def read_history(entries: Iterable[LoggedEntry], trust: Trust) -> KeyHistory:
    """Read what key entries, ascending, say of the keys that signed.

    Raises:
        RecordRefuted: an entry has no bytes.
        KeyEntryRefused: an entry does not hold.
    """
    statements = []
    for entry in entries:
        if entry.body is None:
            raise _refuted(sentences.BUNDLE_KIND, index=entry.index, found="-", expected=EntryKind.KEY)
        statements.append((entry.index, entry.body))
    return read_key_history(statements, registrar=trust.registrar, origin=trust.origin)


def verify_signature(entry: LoggedEntry, history: KeyHistory, trust: Trust) -> SignedRecord:
    """Verify that a record is its member's, by a key of good standing at its index, or attested by the platform.

    Raises:
        RecordRefuted: it is not, or the entry is no record of an event.
    """
    if entry.kind not in EVENT_KINDS:
        expected = ", ".join(sorted(EVENT_KINDS))
        raise _refuted(sentences.BUNDLE_KIND, index=entry.index, found=entry.kind, expected=expected)
    if entry.body is None:
        return SignedRecord(index=entry.index, member=None, assurance=Assurance.ERASED)
    try:
        if entry.kind is EntryKind.RECEIPT:
            attested = read_attestation(entry.body, trust.receipt, issuer=trust.origin, audience=trust.origin)
            return SignedRecord(
                index=entry.index, member=attested.subject, assurance=Assurance.ATTESTED, payload=attested.payload
            )
        return _signed(entry, parse_envelope(entry.body), history, trust)
    except RecordRefuted:
        raise
    except Refusal as refused:
        raise _refuted(sentences.BUNDLE_RECORD, index=entry.index, reason=refused.problems[0]) from refused


def read_content(signed: SignedRecord) -> VerifiedRecord:
    """Read what a signed record says: one reading, and what is disclosed is what was sealed.

    Raises:
        RecordRefuted: it has another reading, or its disclosures do not fit.
    """
    event: dict[str, Any] | None = None
    withheld: tuple[Seal, ...] = ()
    if signed.assurance is not Assurance.ERASED:
        try:
            unsealed = unseal(strict_loads(signed.payload), signed.disclosures)
        except Refusal as refused:
            raise _refuted(sentences.BUNDLE_RECORD, index=signed.index, reason=refused.problems[0]) from refused
        event, withheld = unsealed.value, unsealed.withheld
    return VerifiedRecord(
        index=signed.index,
        member=signed.member,
        assurance=signed.assurance,
        event=event,
        standing=signed.standing,
        withheld=withheld,
    )


def _signed(entry: LoggedEntry, envelope: Envelope, history: KeyHistory, trust: Trust) -> SignedRecord:
    header = envelope.header
    standing = history.standing_at(header.kid, entry.index)
    if standing in {KeyStanding.UNKNOWN, KeyStanding.NOT_YET}:
        raise _refuted(sentences.BUNDLE_KEY_ABSENT, index=entry.index, kid=header.kid)
    life = history.lives[header.kid]
    if not standing.holds:
        raise _refuted(sentences.BUNDLE_KEY_ENDED, index=entry.index, kid=header.kid, found=life.ended_at)
    verify_envelope(envelope, life.public, issuer=life.issuer, audience=trust.origin)
    link = ChainLink(
        kid=header.kid, seq=header.seq, prev=header.prev, sha256=envelope.sha256, index=entry.index, kind=entry.kind
    )
    return SignedRecord(
        index=entry.index,
        member=life.issuer,
        assurance=Assurance.SIGNED,
        standing=standing,
        link=link,
        payload=envelope.payload,
        disclosures=envelope.disclosures,
    )


def _refuted(sentence: Sentence, **values: object) -> RecordRefuted:
    return RecordRefuted([Problem(sentence=sentence, values=values)])
