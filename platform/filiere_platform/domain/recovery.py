"""A record that the database has lost, and how it is admitted again at the place that it had.

Everything that capture derives of a record is derived again: its rows, its edges, its grants by today's members. What
capture decides is not decided again: the log has said that the record was admitted, and where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from filiere_platform.domain import recovery_sentences as say
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.candidate import prepare_plain, prepare_signed
from filiere_platform.domain.capture import RefusedSubmission, Submission, decide_group, identities_of, node_keys_of
from filiere_platform.domain.member import Directory, Member
from filiere_platform.domain.member_changes import admit_statement, statement_identity
from filiere_platform.domain.record import KIND_CODES, Admission, DigestRow, LogHead, Probe, RecordRow
from filiere_schemas.epcis.received import recorded
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import CHAINED as ENVELOPES
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.statements import read_attestation, read_refusal
from filiere_schemas.sectors.sealable import Sealable

CHAINED = frozenset({EntryKind.EVENT, EntryKind.VOID})


class Missing(NamedTuple):
    """An entry whose record is lost, and what somebody has brought of it."""

    log_index: int
    kind: EntryKind
    sha256: bytes
    stored_at: int | None
    member: str | None
    kid: str | None
    body: bytes | None
    disclosures: bytes | None


class ReadmissionRefused(Refusal):
    """A lost record that was brought back cannot be admitted at its place; somebody has to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readmission:
    """What a record is admitted with: the log's name, the platform's key, today's members, the default sharing."""

    origin: str
    receipt_key: PublicKey
    directory: Directory
    default_sharing: SharingMode
    sealable: Sealable

    def submission(self, missing: Missing) -> Submission | None:
        """Prepare a record again; None for a statement, which is admitted as it is.

        Raises:
            ReadmissionRefused: its member or its key is not known.
            Refusal: it is not what its kind says.
        """
        body = missing.body or b""
        if missing.kind in CHAINED:
            return self._chained(missing, body)
        if missing.kind is EntryKind.RECEIPT:
            attested = read_attestation(body, self.receipt_key, issuer=self.origin, audience=self.origin)
            member = self._member(attested.subject, missing)
            plain = prepare_plain(
                recorded(attested.payload),
                sender=member,
                directory=self.directory,
                default_sharing=self.default_sharing,
            )
            return plain.attested(body)
        if missing.kind is EntryKind.REFUSED:
            refusal = read_refusal(body, self.receipt_key, origin=self.origin)
            key = self.directory.keys.get(refusal.place.kid)
            if key is None:
                raise refused(say.READMISSION_SIGNER_UNKNOWN, missing, found=refusal.place.kid)
            return RefusedSubmission(
                member_id=key.member_id,
                key_id=key.id,
                place=refusal.place,
                source_sha256=refusal.sha256,
                problems=(),
            )
        return None

    def _chained(self, missing: Missing, body: bytes) -> Submission:
        kid = parse_envelope(body, typ=ENVELOPES).header.kid
        key = self.directory.keys.get(kid)
        if key is None:
            raise refused(say.READMISSION_SIGNER_UNKNOWN, missing, found=kid)
        # Whether the key was valid then is settled: its record is in the tree. That it has ended since is no matter.
        known = {**self.directory.keys, kid: replace(key, life=replace(key.life, replaced_at=None, revoked_at=None))}
        raw = body if missing.disclosures is None else b"~".join((body, missing.disclosures, b""))
        return prepare_signed(
            raw,
            sender=self.directory.members[key.member_id],
            directory=replace(self.directory, keys=known),
            origin=self.origin,
            default_sharing=self.default_sharing,
            sealable=self.sealable,
        )

    def _member(self, uri: str, missing: Missing) -> Member:
        member_id = self.directory.members_by_uri.get(uri)
        if member_id is None:
            raise refused(say.READMISSION_MEMBER_UNKNOWN, missing, found=uri)
        return self.directory.members[member_id]


def keys_to_look_up(submission: Submission | None, missing: Missing) -> tuple[set[bytes], set[str]]:
    """Name the identities and nodes whose presence decides something."""
    if submission is None:
        return {statement_identity(missing.body or b"")}, set()
    return identities_of([submission]), node_keys_of([submission])


def readmit(missing: Missing, submission: Submission | None, probe: Probe, *, member_id: int | None) -> Admission:
    """Lay out a record's rows at the place that it had.

    Raises:
        ReadmissionRefused: it would get another place or another digest than the log has.
    """
    stored_at = max(missing.stored_at or 0, probe.head.stored_at)
    if submission is None:
        admission = admit_statement(
            missing.kind,
            missing.body or b"",
            member_id=member_id or 0,
            audiences=() if member_id is None else (member_id,),
            probe=probe,
            now=stored_at,
        )
        admission.records = [row._replace(member_id=member_id) for row in admission.records]
    else:
        body = missing.body or b""
        admission = decide_group([submission], probe, now=stored_at, sign_refusal=lambda _: body).admission
    found = [(row.log_index, row.kind, row.sha256) for row in admission.records]
    if found != [(missing.log_index, KIND_CODES[missing.kind], missing.sha256)]:
        raise refused(say.READMISSION_DIFFERS, missing)
    return admission


def admit_lost(missing: Missing, head: LogHead) -> Admission:
    """Lay out an entry without its record: its digest, its kind, and an identity that nothing else can have."""
    stored_at = max(missing.stored_at or 0, head.stored_at)
    row = RecordRow(missing.log_index, KIND_CODES[missing.kind], missing.sha256, stored_at, None, None, None, None)
    identity = hashlib.sha256(b"lost\0" + missing.log_index.to_bytes(8, "big")).digest()
    return Admission(
        head=head._replace(size=head.size + 1, stored_at=stored_at),
        records=[row],
        events=[],
        edges=[],
        nodes=[],
        grants=[],
        digests=[DigestRow(identity, missing.log_index, None)],
    )


def refused(sentence: Sentence, missing: Missing, **values: object) -> ReadmissionRefused:
    """Build the refusal that a sentence says of an entry."""
    told = {"index": missing.log_index, "kind": missing.kind.value, **values}
    return ReadmissionRefused([Problem(sentence=sentence, pointer=f"/records/{missing.log_index}", values=told)])


def compact_of(raw: bytes) -> tuple[bytes, bytes | None]:
    """Split a record as sent into its compact JWS and its disclosures."""
    body, _, rest = raw.strip().partition(b"~")
    return body, rest.rstrip(b"~") or None


def kinds_of(missing: Sequence[Missing]) -> dict[str, int]:
    """Count entries by kind."""
    counts: dict[str, int] = {}
    for each in missing:
        counts[each.kind.value] = counts.get(each.kind.value, 0) + 1
    return counts
