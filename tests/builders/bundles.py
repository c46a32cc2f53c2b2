"""Bundles for tests: a small log that is told what to hold, and what it proves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from filiere_schemas.provenance.bundle import Bundle, HiddenEvents, LoggedEntry, NamedText
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.chain import ChainLink, join_segments
from filiere_schemas.provenance.chain_check import cut_at
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import FIRST_PREV, digest_of, sign_event
from filiere_schemas.provenance.erasure import Erased, Erasure, sign_erasure
from filiere_schemas.provenance.key_statements import RevocationReason, sign_key_revocation, sign_key_rotation
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import inclusion_proof, leaf_hash, root
from filiere_schemas.provenance.note import VerifierKey, cosign_note
from filiere_schemas.provenance.policy import format_policy
from filiere_schemas.provenance.shared_proof import prove_together
from filiere_schemas.provenance.signer_extra import ProvenEntry, write_signer_extra
from filiere_schemas.provenance.statements import attest_event, sign_enrolment_proof, sign_key_registration
from filiere_schemas.provenance.tlog_proof import TlogProof, format_tlog_proof
from filiere_schemas.provenance.trust import Trust

ORIGIN = "log.test.example/filiere"
WHEN = datetime(2026, 3, 4, tzinfo=UTC)
NOW = int(WHEN.timestamp())  # seconds
MICROSECONDS = 1_000_000
LOT = "https://id.gs1.org/01/09521234000013/10/F0304"
DAIRY, SHOP = "urn:filiere:party:siret:00001003300017", "urn:filiere:party:siret:00001004100010"
KEY_KINDS = (EntryKind.KEY,)


def a_key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


LOG, REGISTRAR, RECEIPT = a_key("log"), a_key("registrar"), a_key("receipt")
TRUST = Trust.of(log=VerifierKey(ORIGIN, LOG.public), registrar=REGISTRAR.public, receipt=RECEIPT.public)


@dataclass
class SmallLog:
    """A log that is told what to hold; an attacker tells it other things."""

    entries: list[LoggedEntry] = field(default_factory=list)
    links: list[ChainLink] = field(default_factory=list)
    erased: set[int] = field(default_factory=set)

    def register(self, uri: str, key: SigningKey, *, registrar: SigningKey = REGISTRAR) -> int:
        """Register a key for a member."""
        proof = sign_enrolment_proof(key=key, issuer=uri, token_sha256=bytes(32), origin=ORIGIN)
        statement = sign_key_registration(
            public=key.public, issuer=uri, proof=proof, key=registrar, origin=ORIGIN, registered_at=0
        )
        return self.add(EntryKind.KEY, statement)

    def rotate(self, uri: str, old: SigningKey, new: SigningKey) -> int:
        """Let a key follow another."""
        statement = sign_key_rotation(previous=old, following=new, issuer=uri, origin=ORIGIN, rotated_at=0)
        return self.add(EntryKind.KEY, statement)

    def revoke(
        self, uri: str, key: SigningKey, *, signer: SigningKey = REGISTRAR, suspect_from: int | None = None
    ) -> int:
        """Revoke a key, as the registrar or as another key."""
        statement = sign_key_revocation(
            kid=key.public.thumbprint,
            issuer=uri,
            reason=RevocationReason.KEY_COMPROMISE,
            suspect_from=suspect_from,
            key=signer,
            origin=ORIGIN,
            revoked_at=0,
        )
        return self.add(EntryKind.KEY, statement)

    def send(
        self,
        uri: str,
        key: SigningKey,
        *,
        audience: str = ORIGIN,
        sealed: tuple[str, ...] = (),
        seq: int | None = None,
        event: Mapping[str, Any] | None = None,
    ) -> int:
        """Record a signed event, at the next place of its key's chain or at another."""
        kid = key.public.thumbprint
        before = [link for link in self.links if link.kid == kid]
        place = len(before) + 1 if seq is None else seq
        known = {link.seq: link.sha256 for link in before}
        prev = known.get(place - 1, FIRST_PREV if place == 1 else hashlib.sha256(b"never seen").digest())
        salts = [hashlib.sha256(f"{len(self.entries)} {each}".encode()).digest()[:16] for each in range(len(sealed))]
        payload, disclosures = seal(event or an_event(len(self.entries)), sealed, salts=salts)
        envelope = sign_event(
            canonicalize(payload),
            key=key,
            issuer=uri,
            seq=place,
            prev=prev,
            issued_at=WHEN,
            audience=audience,
            disclosures=disclosures,
        )
        index = self.add(EntryKind.EVENT, envelope)
        link = ChainLink(kid=kid, seq=place, prev=prev, sha256=digest_of(envelope), index=index, kind=EntryKind.EVENT)
        self.links.append(link)
        return index

    def attest(self, uri: str, *, key: SigningKey = RECEIPT) -> int:
        """Record an event that came unsigned."""
        body = json.dumps(an_event(len(self.entries))).encode()
        return self.add(
            EntryKind.RECEIPT,
            attest_event(body, key=key, issuer=ORIGIN, subject=uri, received_at=0, audience=ORIGIN),
        )

    def erase(self, index: int, *, key: SigningKey = RECEIPT, rule: str = "retention-5y") -> int:
        """Erase a record's payload and say so."""
        entry = self.entries[index]
        protected = (entry.body or b"").partition(b".")[0]
        self.erased.add(index)
        return self._erase(index, key, rule, what=Erased.PAYLOAD, protected=protected)

    def erase_field(self, index: int) -> int:
        """Erase a record's disclosures and say so."""
        entry = self.entries[index]
        compact, *disclosures = (entry.body or b"").rstrip(b"~").split(b"~")
        self.entries[index] = LoggedEntry(index=index, kind=entry.kind, sha256=entry.sha256, body=compact)
        digests = tuple(sorted(hashlib.sha256(each).digest() for each in disclosures))
        return self._erase(index, RECEIPT, "on-request", what=Erased.DISCLOSURES, disclosures=digests)

    def _erase(self, index: int, key: SigningKey, rule: str, **what: Any) -> int:
        erasure = Erasure(
            index=index,
            sha256=self.entries[index].sha256,
            rule=rule,
            basis="GDPR, article 17",
            author=DAIRY,
            erased_at=NOW * MICROSECONDS,
            **what,
        )
        return self.add(EntryKind.ERASURE, sign_erasure(erasure, key=key, origin=ORIGIN))

    def add(self, kind: EntryKind, body: bytes) -> int:
        index = len(self.entries)
        self.entries.append(LoggedEntry(index=index, kind=kind, sha256=digest_of(body), body=body))
        return index

    def node(self, level: int, number: int) -> bytes:
        """The hash of a full subtree."""
        leaves = [leaf_hash(log_entry(each.kind, each.sha256)) for each in self.entries]
        return root(leaves[number << level : (number + 1) << level])

    def head(
        self, *, signed_by: SigningKey = LOG, witnesses: Mapping[str, tuple[SigningKey, int]] | None = None
    ) -> bytes:
        """Sign the head, and let witnesses (by the names of their keys) cosign it at a time in seconds."""
        leaves = [leaf_hash(log_entry(each.kind, each.sha256)) for each in self.entries]
        note = sign_checkpoint(ORIGIN, len(leaves), root(leaves), signed_by)
        for name, (key, at) in (witnesses or {}).items():
            note = cosign_note(note, name=name, key=key, seen_at=at)
        return note

    def bundle(
        self,
        *,
        without: Iterable[int] = (),
        head: bytes | None = None,
        about: str = LOT,
        hidden: tuple[HiddenEvents, ...] = (),
        schemas: tuple[NamedText, ...] = (),
    ) -> Bundle:
        """Bundle everything that the log holds, but for some entries."""
        left_out = set(without)
        entries = [
            LoggedEntry(index=each.index, kind=each.kind, sha256=each.sha256, body=None)
            if each.index in self.erased
            else each
            for each in self.entries
            if each.index not in left_out
        ]
        indexes = [each.index for each in entries]
        mine = [link for link in self.links if link.index not in left_out]
        return Bundle(
            origin=ORIGIN,
            object=about,
            checkpoint=self.head() if head is None else head,
            proof=tuple(prove_together(indexes, len(self.entries), self.node)),
            entries=tuple(entries),
            chains=cut_at(join_segments((), self.links), mine),
            hidden=hidden,
            schemas=schemas,
            policy=format_policy(TRUST.policy),
        )

    def proof(self, index: int, *, head: bytes | None = None, keys: Iterable[int] = ()) -> bytes:
        """Prove one record, with some key entries behind it."""
        proven = [ProvenEntry(entry=self.entries[each], hashes=self._path(each)) for each in keys]
        return format_tlog_proof(
            TlogProof(
                index=index,
                hashes=self._path(index),
                checkpoint=self.head() if head is None else head,
                extra=write_signer_extra(proven),
            )
        )

    def _path(self, index: int) -> tuple[bytes, ...]:
        return tuple(inclusion_proof(index, len(self.entries), self.node))


def an_event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": "2026-03-04T06:00:00Z",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "quantityList": [{"epcClass": LOT, "quantity": number, "uom": "KGM"}],
        **more,
    }


def an_honest_log() -> SmallLog:
    """Two keys, three signed events of which one has a sealed member, one attested, one erased."""
    log = SmallLog()
    log.register(DAIRY, a_key("dairy"))
    log.send(DAIRY, a_key("dairy"))
    log.register(SHOP, a_key("shop"))
    log.send(SHOP, a_key("shop"), sealed=("/quantityList/0/quantity",))
    log.attest(SHOP)
    log.send(DAIRY, a_key("dairy"))
    log.erase(5)
    return log
