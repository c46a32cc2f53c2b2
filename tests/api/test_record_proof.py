"""A record's proof is what any reader of C2SP's form verifies, and it is given to whoever may see the record."""

from __future__ import annotations

import time

import httpx
import pytest

from builders.events import an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import digest_of
from filiere_schemas.provenance.tlog_proof import parse_tlog_proof, verify_tlog_proof
from filiere_schemas.provenance.verification import Refuted
from filiere_schemas.provenance.verify_record import verify_record

PUBLISH_SECONDS = 20


def proof_of(sender: Sender, index: int) -> httpx.Response:
    """Ask until the publisher has caught up."""
    deadline = time.monotonic() + PUBLISH_SECONDS
    while True:
        answer = sender.get(f"/api/v1/records/{index}/proof")
        if answer.status_code != 503 or time.monotonic() > deadline:
            return answer
        assert answer.json()["code"] == "not-yet-published"
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(0.02)


def test_a_records_proof_leads_from_its_bytes_to_the_signed_head(instance: Instance) -> None:
    dairy = instance.admit("Laiterie", sharing=SharingMode.PRIVATE)
    stored = dairy.send_events(an_object_event()).json()["records"][0]
    answer = proof_of(dairy, stored["index"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == "text/plain"
    proof = parse_tlog_proof(answer.content)
    assert proof.index == stored["index"]
    checkpoint = verify_checkpoint(proof.checkpoint, instance.platform.trust().log)
    record = dairy.get(f"/api/v1/records/{stored['index']}").json()["jws"].encode()
    verify_tlog_proof(proof, log_entry(EntryKind.EVENT, digest_of(record)), checkpoint)


def test_a_record_and_its_proof_are_verified_with_nothing_else_than_the_trust_file(instance: Instance) -> None:
    dairy = instance.admit("Laiterie")
    stored = dairy.send_events(an_object_event()).json()["records"][0]
    proof = proof_of(dairy, stored["index"]).content
    record = dairy.get(f"/api/v1/records/{stored['index']}").json()["jws"].encode()
    verified = verify_record(record, proof, instance.platform.trust())
    assert [(each.member, each.assurance) for each in verified.records] == [(dairy.uri, "signed at source")]
    other = record.replace(record[:12], record[:11] + bytes([record[11] ^ 1]), 1)
    with pytest.raises(Refuted):
        verify_record(other, proof, instance.platform.trust())


def test_a_record_that_the_asker_may_not_see_has_no_proof_for_him(instance: Instance) -> None:
    dairy, rival = instance.admit("Laiterie", sharing=SharingMode.PRIVATE), instance.admit("Concurrent")
    stored = dairy.send_events(an_object_event()).json()["records"][0]
    hidden, absent = proof_of(rival, stored["index"]), proof_of(rival, 10**6)
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["code"] == absent.json()["code"] == "not-found"
