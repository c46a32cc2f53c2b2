"""Verify a bundle offline, against a trust file and nothing else.

1. The bundle speaks of the log that is trusted.
2. The checkpoint is signed by that log's key.
3. Each key entry is in the log under the checkpoint, and follows from those before it (`key_history`): registered by
   the registrar with the key's own proof, rotated by old and new key, revoked by the registrar or by itself.
4. Each record's bytes are those whose digest is in the log under the checkpoint, at the index that is claimed.
5. Each record is signed by a key that was active at its index for the member that it names, for this log; or, where
   it came unsigned, attested by the platform. Where the key was revoked later and is suspect there, it is disputed.
6. Disclosures are those that were sealed, and the payload is JSON with a single reading.
7. Some record speaks of the object.

What a bundle cannot prove: that nothing was left out of it, such as a revocation; that what a member signed is true.
Whoever verifies must still have the trust file from the sector body itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.bundle import Bundle, BundledRecord
from filiere_schemas.provenance.checkpoint import Checkpoint, verify_checkpoint
from filiere_schemas.provenance.disclosures import unseal
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import digest_of, parse_envelope, verify_envelope
from filiere_schemas.provenance.key_history import KeyEntryRefused, KeyHistory, KeyStanding
from filiere_schemas.provenance.merkle import leaf_hash, verify_inclusion
from filiere_schemas.provenance.statements import read_attestation
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.trust import Trust

# Where an event names objects: lists of identifiers, lists of quantities, single ones. Source: GS1 EPCIS 2.0, 7.4.
_EPCS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


class BundleRefuted(Refusal):
    """A bundle that does not prove what it claims; the problem names the step's record and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRecord:
    """A record that holds."""

    index: int
    member: str | None  # None once erased: who signed stood in the payload's envelope
    assurance: str  # signed at source, attested on receipt, erased
    event: Mapping[str, Any] | None
    withheld: int = 0  # sealed members that the bundle does not disclose
    standing: KeyStanding | None = None  # of the key that signed, there: active or disputed; None where none has


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBundle:
    """A bundle that holds: the head of the log that it stands under, and its records in the order of the log."""

    object: str
    checkpoint: Checkpoint
    keys: int
    records: tuple[VerifiedRecord, ...]


def verify_bundle(bundle: Bundle, trust: Trust) -> VerifiedBundle:
    """Verify a bundle, steps 1 to 7.

    Raises:
        BundleRefuted: steps 1, 3 to 7.
        Refusal: step 2; as `verify_checkpoint`.
    """
    if bundle.origin != trust.origin:
        raise _refuted(sentences.BUNDLE_OTHER_LOG, expected=trust.origin, found=bundle.origin)
    checkpoint = verify_checkpoint(bundle.checkpoint, trust.log)
    for entry in bundle.keys:
        require_included(entry, checkpoint)
    keys = read_keys(bundle.keys, trust)
    records = []
    for entry in bundle.records:
        require_included(entry, checkpoint)
        records.append(read_record(entry, keys, trust))
    if not any(bundle.object in _objects(record.event) for record in records if record.event is not None):
        raise _refuted(sentences.BUNDLE_OBJECT_ABSENT, found=bundle.object)
    return VerifiedBundle(object=bundle.object, checkpoint=checkpoint, keys=len(keys.lives), records=tuple(records))


def require_included(entry: BundledRecord, checkpoint: Checkpoint) -> None:
    """Steps 3 and 4: the digest is at its index under the head, and the bytes are those of the digest.

    Raises:
        BundleRefuted: the proof leads elsewhere, or the bytes are others.
    """
    try:
        verify_inclusion(
            index=entry.index,
            size=checkpoint.size,
            leaf=leaf_hash(log_entry(entry.kind, entry.sha256)),
            proof=entry.proof,
            root=checkpoint.root,
        )
    except Refusal as refused:
        raise _refuted(sentences.BUNDLE_NOT_INCLUDED, index=entry.index, reason=refused.problems[0]) from refused
    if entry.body is not None and digest_of(entry.body) != entry.sha256:
        raise _refuted(sentences.BUNDLE_DIGEST, index=entry.index)


def read_keys(entries: Iterable[BundledRecord], trust: Trust) -> KeyHistory:
    """Step 3: the history of keys that some entries tell, each following from those before it.

    Raises:
        BundleRefuted: an entry is none, or does not hold.
    """
    keys = KeyHistory(registrar=trust.registrar, origin=trust.origin)
    for entry in sorted(entries, key=lambda entry: entry.index):
        if entry.kind is not EntryKind.KEY or entry.body is None:
            raise _refuted(sentences.BUNDLE_KIND, index=entry.index, found=entry.kind, expected=EntryKind.KEY)
        try:
            keys = keys.after([(entry.index, entry.body)])
        except KeyEntryRefused as refused:
            reason = refused.problems[0].values["reason"]
            raise _refuted(sentences.BUNDLE_RECORD, index=entry.index, reason=reason) from refused
    return keys


def read_record(entry: BundledRecord, keys: KeyHistory, trust: Trust) -> VerifiedRecord:
    """Steps 5 and 6: the signature is its member's, and what is disclosed is what was sealed.

    Raises:
        BundleRefuted: one of them does not hold, or the entry is no record of an event.
    """
    if entry.kind not in {EntryKind.EVENT, EntryKind.RECEIPT}:
        expected = f"{EntryKind.EVENT}, {EntryKind.RECEIPT}"
        raise _refuted(sentences.BUNDLE_KIND, index=entry.index, found=entry.kind, expected=expected)
    if entry.body is None:
        return VerifiedRecord(index=entry.index, member=None, assurance="erased", event=None)
    try:
        if entry.kind is EntryKind.RECEIPT:
            attested = read_attestation(entry.body, trust.receipt, issuer=trust.origin, audience=trust.origin)
            event = unseal(strict_loads(attested.payload), ()).value
            return VerifiedRecord(
                index=entry.index, member=attested.subject, assurance="attested on receipt", event=event
            )
        return _signed(entry, entry.body, keys, trust)
    except BundleRefuted:
        raise
    except Refusal as refused:
        raise _refuted(sentences.BUNDLE_RECORD, index=entry.index, reason=refused.problems[0]) from refused


def _signed(entry: BundledRecord, body: bytes, keys: KeyHistory, trust: Trust) -> VerifiedRecord:
    envelope = parse_envelope(body)
    kid = envelope.header.kid
    standing = keys.standing_at(kid, entry.index)
    if not standing.holds:
        ended = standing is KeyStanding.ENDED
        sentence = sentences.BUNDLE_KEY_ENDED if ended else sentences.BUNDLE_KEY_ABSENT
        raise _refuted(sentence, index=entry.index, kid=kid)
    life = keys.lives[kid]
    verify_envelope(envelope, life.public, issuer=life.issuer, audience=trust.origin)
    unsealed = unseal(strict_loads(envelope.payload), envelope.disclosures)
    return VerifiedRecord(
        index=entry.index,
        member=life.issuer,
        assurance="signed at source",
        event=unsealed.value,
        withheld=len(unsealed.withheld),
        standing=standing,
    )


def _objects(event: Mapping[str, Any]) -> Iterator[str]:
    """The canonical keys of what an event speaks of; what is no identifier is no object."""
    named: list[Any] = [event.get("parentID")]
    for name in _EPCS:
        named += _list(event.get(name))
    for name in _QUANTITIES:
        named += [each.get("epcClass") for each in _list(event.get(name)) if isinstance(each, Mapping)]
    for uri in named:
        if isinstance(uri, str):
            try:
                yield canonical_key(uri)
            except InvalidIdentifier:
                continue


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _refuted(sentence: Sentence, **values: object) -> BundleRefuted:
    return BundleRefuted([Problem(sentence=sentence, values=values)])
