"""Verify one record by its `.tlog-proof`, offline, against a trust file: steps 1 to 6 and 8 of `verify`.

The other steps are about what several records have in common: erasures, chains, an object.
"""

from __future__ import annotations

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.checkpoint import Checkpoint, parse_checkpoint_text
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import EVENT_TYP, digest_of
from filiere_schemas.provenance.erasure_check import Erasures
from filiere_schemas.provenance.head_check import Freshness
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.merkle import leaf_hash, verify_inclusion
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.record_check import (
    Assurance,
    read_content,
    read_history,
    require_digest,
    verify_signature,
)
from filiere_schemas.provenance.signer_extra import ProvenEntry, read_signer_extra
from filiere_schemas.provenance.statements import ATTESTATION_TYP
from filiere_schemas.provenance.tlog_proof import TlogProof, parse_tlog_proof
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.provenance.verification import Verification
from filiere_schemas.provenance.verify import Verified, disputed_remarks, verify_head, withheld_remarks


def verify_record(record: bytes, proof: bytes, trust: Trust, freshness: Freshness | None = None) -> Verified:
    """Verify a record, disclosures behind it, by its proof.

    Raises:
        Refuted: a step does not hold; says which, why, and what held before it.
    """
    verification = Verification()
    with verification.step(1) as said:
        parsed = parse_tlog_proof(proof)
        entry = _entry(record, parsed)
        keys = read_signer_extra(parsed.extra) if parsed.extra is not None else ()
        origin = parse_checkpoint_text(parse_note(parsed.checkpoint).text).origin
        said.values = {"bytes": len(record) + len(proof), "entries": 1 + len(keys)}
    head = verify_head(origin, parsed.checkpoint, trust, freshness, verification)
    with verification.step(4) as said:
        proven = (ProvenEntry(entry=entry, hashes=parsed.hashes), *keys)
        said.collect(lambda each: require_place(each, head.checkpoint), proven)
        said.values = {"entries": len(proven), "hashes": sum(len(each.hashes) for each in proven)}
    with verification.step(5) as said:
        history = read_history([each.entry for each in keys], trust)
        said.values = {"keys": len(history.lives)}
    with verification.step(6) as said:
        signed = verify_signature(entry, history, trust)
        is_attested = signed.assurance is Assurance.ATTESTED
        said.values = {"signed": int(not is_attested), "attested": int(is_attested)}
        said.remarks = tuple(disputed_remarks([signed], history))
    with verification.step(8) as said:
        content = read_content(signed)
        said.values = {"withheld": len(content.withheld)}
        said.remarks = tuple(withheld_remarks([content], Erasures()))
    return Verified(object=None, head=head, keys=history, records=(content,), steps=tuple(verification.done))


def _entry(record: bytes, proof: TlogProof) -> LoggedEntry:
    """Take a record for what its `typ` says: a member's event, or the platform's attestation.

    Raises:
        InvalidJws: it is neither.
    """
    compact = record.partition(b"~")[0]
    kind = EntryKind.EVENT
    try:
        parse_jws(compact, typ=EVENT_TYP)
    except Refusal:
        kind = EntryKind.RECEIPT
        try:
            parse_jws(compact, typ=ATTESTATION_TYP)
        except Refusal:
            parse_jws(compact, typ=EVENT_TYP)  # its reasons are the ones to give
    return LoggedEntry(index=proof.index, kind=kind, sha256=digest_of(record), body=record)


def require_place(proven: ProvenEntry, checkpoint: Checkpoint) -> None:
    """Step 4, for an entry with its own way to the root.

    Raises:
        Refusal: the bytes are others than those of the digest, or the digest stands elsewhere.
    """
    entry = proven.entry
    require_digest(entry)
    try:
        verify_inclusion(
            index=entry.index,
            size=checkpoint.size,
            leaf=leaf_hash(log_entry(entry.kind, entry.sha256)),
            proof=proven.hashes,
            root=checkpoint.root,
        )
    except Refusal as refused:
        values = {"index": entry.index, "reason": refused.problems[0]}
        raise Refusal([Problem(sentence=sentences.RECORD_NOT_INCLUDED, values=values)]) from refused
