"""Verify a stored record again, as anybody could: form, signature, and whether its key was valid where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain import fsck_sentences as say
from filiere_platform.domain.member import Directory, Member, MemberKey
from filiere_platform.domain.record import KINDS_BY_CODE, RecordRow
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.audit import AUDIT_TYP, read_act
from filiere_schemas.provenance.case import read_case
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import VOID_TYP, Envelope, parse_envelope, verify_envelope
from filiere_schemas.provenance.erasure import read_erasure
from filiere_schemas.provenance.incident import INCIDENT_TYP, read_incident
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.key_history import KeyHistory
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.recall import read_recall
from filiere_schemas.provenance.statements import read_attestation, read_refusal
from filiere_schemas.provenance.void import read_void

AUDIT_TYPS = frozenset({AUDIT_TYP, INCIDENT_TYP})  # an act, or what a recovery says


# Statements that the platform signs with the receipts' key, each with one form.
_OF_THE_PLATFORM: Final[Mapping[EntryKind, Callable[..., object]]] = {
    EntryKind.REFUSED: read_refusal,
    EntryKind.ERASURE: read_erasure,
    EntryKind.RECALL: read_recall,
    EntryKind.CASE: read_case,
}


class RecordUnproven(Refusal):
    """A record whose signer cannot be named, or had no right to sign at its place in the log."""


@dataclass(slots=True, kw_only=True)
class RecordVerifier:
    """What records are verified against, one after the other in the order of the log: `history` grows with them.

    Which key was valid where is read from the entries of keys themselves and not from the rows that capture asks:
    the rows are compared at the end.
    """

    origin: str
    members: Mapping[int, Member]
    keys: Mapping[int, MemberKey]  # by id
    receipt_key: PublicKey
    history: KeyHistory

    @classmethod
    def of(
        cls, directory: Directory, *, origin: str, receipt_key: PublicKey, registrar_key: PublicKey
    ) -> RecordVerifier:
        """Build a verifier of a snapshot of the directory; records later than it may name keys that it lacks."""
        return cls(
            origin=origin,
            members=directory.members,
            keys={key.id: key for key in directory.keys.values()},
            receipt_key=receipt_key,
            history=KeyHistory(registrar=registrar_key, origin=origin),
        )

    def verify(self, record: RecordRow) -> None:
        """Verify the next record.

        Raises:
            RecordUnproven: its member or key is unknown, the key was not valid at its index, an attestation is about
                another member, or no record of its kind can be verified.
            Refusal: the form or the signature does not hold.
        """
        body = record.body or b""
        kind = KINDS_BY_CODE.get(record.kind)
        if kind is EntryKind.EVENT:
            self._verify_signed(record, parse_envelope(body))
        elif kind is EntryKind.VOID:
            envelope = parse_envelope(body, typ=VOID_TYP)
            self._verify_signed(record, envelope)
            read_void(envelope)
        elif kind is EntryKind.RECEIPT:
            found = read_attestation(body, self.receipt_key, issuer=self.origin, audience=self.origin).subject
            if found != self.member_of(record).uri:
                raise _unproven(say.ATTESTED_FOR_ANOTHER, expected=self.member_of(record).uri, found=found)
        elif kind is not None and kind in _OF_THE_PLATFORM:
            _OF_THE_PLATFORM[kind](body, self.receipt_key, origin=self.origin)
        elif kind is EntryKind.KEY:
            self.history = self.history.after([(record.log_index, body)])
        elif kind is EntryKind.AUDIT:
            if parse_jws(body, typ=AUDIT_TYPS).header["typ"] == AUDIT_TYP:
                read_act(body, self.receipt_key, origin=self.origin)
            else:
                read_incident(body, self.receipt_key, origin=self.origin)
        else:
            raise _unproven(say.KIND_WITHOUT_SIGNATURE, found=kind or record.kind)

    def member_of(self, record: RecordRow) -> Member:
        """Find whose record it is.

        Raises:
            RecordUnproven: nobody's.
        """
        member = self.members.get(record.member_id or 0)
        if member is None:
            raise _unproven(say.SIGNER_UNKNOWN, found=record.member_id)
        return member

    def differing_keys(self, below: int) -> list[str]:
        """Name the keys, by kid, whose rows tell another life than the entries of the log below an index."""
        rows = {key.kid: key.life for key in self.keys.values()}
        told = self.history.lives
        # What was committed while records were read has its entry at `below` or later: it is another check's.
        later = {kid for kid, life in rows.items() if life.changed_at >= below}
        return sorted(kid for kid in {*rows, *told} - later if rows.get(kid) != told.get(kid))

    def _verify_signed(self, record: RecordRow, envelope: Envelope) -> None:
        key = self.keys.get(record.key_id or 0)
        member = self.member_of(record)
        if key is None or key.member_id != member.id:
            raise _unproven(say.SIGNER_UNKNOWN, found=record.key_id)
        if not self.history.standing_at(key.kid, record.log_index).holds:
            raise _unproven(say.KEY_NOT_VALID_HERE, kid=key.kid, index=record.log_index)
        verify_envelope(envelope, key.public, issuer=member.uri, audience=self.origin)


def _unproven(sentence: Sentence, **values: object) -> RecordUnproven:
    return RecordUnproven([Problem(sentence=sentence, values=values)])
