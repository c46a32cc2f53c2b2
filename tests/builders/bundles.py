"""Bundles for tests: a small log with two members, one plain client and one erased record, and what it proves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from filiere_schemas.provenance.bundle import Bundle, BundledRecord
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import FIRST_PREV, digest_of, sign_event
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import inclusion_proof, leaf_hash, root
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.statements import attest_event, sign_enrolment_proof, sign_key_registration
from filiere_schemas.provenance.trust import Trust

ORIGIN = "log.test.example/filiere"
WHEN = datetime(2026, 3, 4, tzinfo=UTC)
LOT = "https://id.gs1.org/01/09521234000013/10/F0304"
DAIRY, SHOP = "urn:filiere:party:siret:00001003300017", "urn:filiere:party:siret:00001004100010"


def a_key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


LOG, REGISTRAR, RECEIPT = a_key("log"), a_key("registrar"), a_key("receipt")
TRUST = Trust.of(log=VerifierKey(ORIGIN, LOG.public), registrar=REGISTRAR.public, receipt=RECEIPT.public)


@dataclass
class SmallLog:
    """A log that is told what to hold; an attacker tells it other things."""

    entries: list[tuple[EntryKind, bytes, bytes | None]] = field(default_factory=list)  # kind, digest, body

    def register(self, uri: str, key: SigningKey, *, registrar: SigningKey = REGISTRAR) -> int:
        """Register a key for a member."""
        proof = sign_enrolment_proof(key=key, issuer=uri, token_sha256=bytes(32), origin=ORIGIN)
        statement = sign_key_registration(
            public=key.public, issuer=uri, proof=proof, key=registrar, origin=ORIGIN, registered_at=0
        )
        return self.add(EntryKind.KEY, statement)

    def send(self, uri: str, key: SigningKey, *, audience: str = ORIGIN, sealed: tuple[str, ...] = ()) -> int:
        """Record a signed event."""
        payload, disclosures = seal(an_event(len(self.entries)), sealed)
        envelope = sign_event(
            json.dumps(payload).encode(),
            key=key,
            issuer=uri,
            seq=1,
            prev=FIRST_PREV,
            issued_at=WHEN,
            audience=audience,
            disclosures=disclosures,
        )
        return self.add(EntryKind.EVENT, envelope)

    def attest(self, uri: str, *, key: SigningKey = RECEIPT) -> int:
        """Record an event that came unsigned."""
        body = json.dumps(an_event(len(self.entries))).encode()
        return self.add(
            EntryKind.RECEIPT,
            attest_event(body, key=key, issuer=ORIGIN, subject=uri, received_at=0, audience=ORIGIN),
        )

    def add(self, kind: EntryKind, body: bytes) -> int:
        self.entries.append((kind, digest_of(body), body))
        return len(self.entries) - 1

    def bundle(self, *, erased: tuple[int, ...] = (), signed_by: SigningKey = LOG, about: str = LOT) -> Bundle:
        """Bundle everything that the log holds."""
        leaves = [leaf_hash(log_entry(kind, digest)) for kind, digest, _ in self.entries]

        def node(level: int, number: int) -> bytes:
            return root(leaves[number << level : (number + 1) << level])

        records = [
            BundledRecord(
                index=index,
                kind=kind,
                sha256=digest,
                proof=tuple(inclusion_proof(index, len(leaves), node)),
                body=None if index in erased else body,
            )
            for index, (kind, digest, body) in enumerate(self.entries)
        ]
        return Bundle(
            origin=ORIGIN,
            object=about,
            checkpoint=sign_checkpoint(ORIGIN, len(leaves), root(leaves), signed_by),
            keys=tuple(record for record in records if record.kind is EntryKind.KEY),
            records=tuple(record for record in records if record.kind is not EntryKind.KEY),
        )


def an_event(number: int) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": "2026-03-04T06:00:00Z",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "quantityList": [{"epcClass": LOT, "quantity": number, "uom": "KGM"}],
    }


def an_honest_log() -> SmallLog:
    """Two keys, three signed events of which one has a sealed member, one attested, one to be erased."""
    log = SmallLog()
    log.register(DAIRY, a_key("dairy"))
    log.send(DAIRY, a_key("dairy"))
    log.register(SHOP, a_key("shop"))
    log.send(SHOP, a_key("shop"), sealed=("/quantityList/0/quantity",))
    log.attest(SHOP)
    log.send(DAIRY, a_key("dairy"))
    return log
