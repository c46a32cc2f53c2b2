"""Verify a bundle offline, against a trust file and nothing else.

1. The file is a bundle, byte for byte the one that was written.
2. It speaks of the log that is trusted, and that log's key signed the head.
3. The witnesses that the trust file asks for have seen the head, recently enough where that is asked for.
4. Each entry's bytes have its digest, and all digests stand at their indexes under the head.
5. Each key was registered, rotated and revoked by who may, in the order of the log.
6. Each record is signed by its member's key, in good standing at its index, for this log; or attested by the platform.
7. Each payload that is absent was erased, by an entry of the log that says why.
8. What is disclosed is what was sealed, and the payload is JSON with a single reading.
9. The records fit into the chains of their keys.
10. Some record speaks of the object.

A step that does not hold ends the verification, with everything that is wrong in it. What holds and yet deserves to be
known stands with its step as a remark: disputed, missing, withheld, erased, taken back.

What a bundle cannot prove: that nothing was left out of it; that a key was not withdrawn since its head; that what a
member signed is true. Whoever verifies must still have the trust file from the sector body itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance import chain_check
from filiere_schemas.provenance import verify_sentences as say
from filiere_schemas.provenance.bundle import Bundle, read_bundle
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.disclosures import withheld_fields
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.erasure_check import Erasures, read_erasures
from filiere_schemas.provenance.head_check import Freshness, VerifiedHead, require_log, require_witnesses
from filiere_schemas.provenance.key_history import KeyHistory, KeyStanding
from filiere_schemas.provenance.merkle import leaf_hash
from filiere_schemas.provenance.record_check import (
    EVENT_KINDS,
    Assurance,
    SignedRecord,
    VerifiedRecord,
    read_content,
    read_history,
    require_digest,
    verify_signature,
)
from filiere_schemas.provenance.shared_proof import verify_together
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.provenance.verification import Step, Verification

# Where an event names objects: lists of identifiers, lists of quantities, single ones. Source: GS1 EPCIS 2.0, 7.4.
_EPCS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What holds: the head that it stands under, its records in the order of the log, and step by step why."""

    object: str | None  # None where single records were verified, whatever they speak of
    head: VerifiedHead
    keys: KeyHistory
    records: tuple[VerifiedRecord, ...]
    steps: tuple[Step, ...]

    @property
    def checkpoint(self) -> Checkpoint:
        """The signed head."""
        return self.head.checkpoint


def verify_bundle(raw: bytes, trust: Trust, freshness: Freshness | None = None) -> Verified:
    """Verify a bundle, steps 1 to 10.

    Raises:
        Refuted: a step does not hold; says which, why, and what held before it.
    """
    verification = Verification()
    with verification.step(1) as said:
        bundle = read_bundle(raw)
        said.values = {"bytes": len(raw), "entries": len(bundle.entries)}
    head = verify_head(bundle.origin, bundle.checkpoint, trust, freshness, verification)
    with verification.step(4) as said:
        said.collect(require_digest, bundle.entries)
        _require_places(bundle, head.checkpoint)
        said.values = {"entries": len(bundle.entries), "hashes": len(bundle.proof)}
    with verification.step(5) as said:
        history = read_history(bundle.of_kind(EntryKind.KEY), trust)
        said.values = {"keys": len(history.lives)}
    records = _verify_records(bundle, history, trust, verification)
    with verification.step(10) as said:
        _require_object(bundle.object, records)
        said.values = {"object": bundle.object}
        said.remarks = (*_taken_back(records), *_hidden(bundle))
    return Verified(object=bundle.object, head=head, keys=history, records=records, steps=tuple(verification.done))


def verify_head(
    origin: str, raw: bytes, trust: Trust, freshness: Freshness | None, verification: Verification
) -> VerifiedHead:
    """Steps 2 and 3, for a bundle and for the proof of a single record.

    Raises:
        Refuted: one of them does not hold.
    """
    with verification.step(2) as said:
        if origin != trust.origin:
            raise _refuted(sentences.BUNDLE_OTHER_LOG, expected=trust.origin, found=origin)
        head = require_log(raw, trust)
        said.values = {"log": origin, "size": head.checkpoint.size, "root": head.checkpoint.root.hex()[:16]}
    with verification.step(3) as said:
        head = require_witnesses(raw, head, trust, freshness)
        said.values = {"witnesses": ", ".join(sorted(head.seen_at)) or "-", "quorum": trust.policy.quorum}
        said.remarks = head.remarks
    return head


def _verify_records(
    bundle: Bundle, history: KeyHistory, trust: Trust, verification: Verification
) -> tuple[VerifiedRecord, ...]:
    """Steps 6 to 9."""
    entries = bundle.of_kind(*EVENT_KINDS)
    with verification.step(6) as said:
        signed = said.collect(lambda entry: verify_signature(entry, history, trust), entries)
        said.values = {name: sum(each.assurance is kind for each in signed) for name, kind in _ASSURANCES}
        said.remarks = tuple(disputed_remarks(signed, history))
    with verification.step(7) as said:
        erasures = read_erasures(bundle.of_kind(EntryKind.ERASURE), trust)
        said.require(erasures.missing(entries))
        said.values = {"erased": sum(entry.body is None for entry in entries)}
        said.remarks = tuple(erasures.remarks(entries))
    with verification.step(8) as said:
        records = said.collect(read_content, signed)
        said.values = {"withheld": sum(len(record.withheld) for record in records)}
        said.remarks = tuple(withheld_remarks(records, erasures))
    with verification.step(9) as said:
        links = [*(each.link for each in signed if each.link is not None), *erasures.links(entries)]
        said.require(chain_check.contradictions(links, bundle.chains))
        said.values = {"links": len(links), "chains": len({link.kid for link in links})}
        said.remarks = tuple(chain_check.gaps_and_forks(bundle.chains))
    return tuple(records)


_ASSURANCES: Final = (("signed", Assurance.SIGNED), ("attested", Assurance.ATTESTED))


def _require_places(bundle: Bundle, checkpoint: Checkpoint) -> None:
    """Step 4, all entries at once."""
    leaves = {entry.index: leaf_hash(log_entry(entry.kind, entry.sha256)) for entry in bundle.entries}
    verify_together(leaves, size=checkpoint.size, proof=bundle.proof, root=checkpoint.root)


def disputed_remarks(signed: Iterable[SignedRecord], history: KeyHistory) -> Iterator[Problem]:
    """Say by which keys records are disputed, and since when."""
    by_key: dict[str, list[int]] = {}
    for each in signed:
        if each.standing is KeyStanding.DISPUTED and each.link is not None:
            by_key.setdefault(each.link.kid, []).append(each.index)
    for kid, indexes in sorted(by_key.items()):
        life = history.lives[kid]
        values = {
            "records": ", ".join(map(str, indexes)),
            "kid": kid,
            "revoked": life.revoked_at,
            "suspect": life.suspect_from,
            "reason": life.reason,
        }
        yield Problem(sentence=say.RECORDS_DISPUTED, values=values, level="warning")


def withheld_remarks(records: Iterable[VerifiedRecord], erasures: Erasures) -> Iterator[Problem]:
    """Say of which records some fields are not shown, and which of these are gone for everybody."""
    for record in records:
        if record.withheld:
            found = withheld_fields(record.withheld, erased=erasures.digests_of(record.index))
            values = {
                "index": record.index,
                "fields": sum(each.fields for each in found),
                "erased": sum(each.erased for each in found),
                "places": ", ".join(each.pointer or "/" for each in found),
            }
            yield Problem(sentence=say.FIELDS_WITHHELD, values=values, level="warning")


def _require_object(wanted: str, records: Iterable[VerifiedRecord]) -> None:
    """Step 10. What was erased may have spoken of the object, and nobody can tell any more."""
    records = list(records)
    if any(record.event is None for record in records):
        return
    if not any(record.event is not None and wanted in _objects(record.event) for record in records):
        raise _refuted(sentences.BUNDLE_OBJECT_ABSENT, found=wanted)


def _taken_back(records: Iterable[VerifiedRecord]) -> Iterator[Problem]:
    """Say which records a later one of the same member declares erroneous (EPCIS 2.0, 7.4.1.2: by the same eventID)."""
    earlier: dict[tuple[str | None, Any], list[int]] = {}
    for record in records:
        if record.event is None:
            continue
        name = (record.member, str(record.event.get("eventID")))
        if "errorDeclaration" in record.event:
            for index in earlier.get(name, ()):
                values = {"index": index, "by": record.index}
                yield Problem(sentence=say.RECORD_TAKEN_BACK, values=values, level="warning")
        else:
            earlier.setdefault(name, []).append(record.index)


def _hidden(bundle: Bundle) -> Iterator[Problem]:
    for each in bundle.hidden:
        values = {"object": each.object, "events": each.events}
        yield Problem(sentence=say.EVENTS_HIDDEN, values=values, level="warning")


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


def _refuted(sentence: Sentence, **values: object) -> Refusal:
    return Refusal([Problem(sentence=sentence, values=values)])
