"""Proofs and summaries in forms of others hold by themselves, and say to nobody more than the gate does."""

from __future__ import annotations

import hashlib

import pytest

from builders.events import a_transformation_event, an_object_event
from builders.instance import Instance, seeded_key
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.cose_receipt import verify_cose_receipt
from filiere_schemas.provenance.credential import verify_credential
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import digest_of

MILK = an_object_event()["quantityList"][0]["epcClass"]


def test_a_cose_receipt_proves_a_record_to_who_trusts_the_log(instance: Instance) -> None:
    dairy = instance.admit("Laiterie", sharing=SharingMode.PRIVATE)
    stored = dairy.send_events(an_object_event()).json()["records"][0]
    answer = dairy.get_published(f"/api/v1/cose-receipt/{stored['index']}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == 'application/cose; cose-type="cose-sign1"'
    record = dairy.get(f"/api/v1/records/{stored['index']}").json()["jws"].encode()
    entry = log_entry(EntryKind.EVENT, digest_of(record))
    log = instance.platform.trust().log
    assert verify_cose_receipt(answer.content, entry, log).index == stored["index"]
    with pytest.raises(Refusal):
        verify_cose_receipt(answer.content, log_entry(EntryKind.VOID, digest_of(record)), log)


def test_who_may_not_see_a_record_gets_no_receipt_of_it(instance: Instance) -> None:
    dairy, rival = instance.admit("Laiterie", sharing=SharingMode.PRIVATE), instance.admit("Concurrent")
    stored = dairy.send_events(an_object_event()).json()["records"][0]
    hidden, absent = (rival.get_published(f"/api/v1/cose-receipt/{index}") for index in (stored["index"], 10**6))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["code"] == absent.json()["code"] == "not-found"


def test_a_credential_sums_up_what_its_asker_may_see(instance: Instance) -> None:
    dairy, rival = instance.admit("Laiterie", sharing=SharingMode.SECTOR), instance.admit("Concurrent")
    assert dairy.send_events(an_object_event()).status_code == 200
    hidden = a_transformation_event(
        **{"@context": [*a_transformation_event()["@context"], {"filiere": "urn:filiere:ns:"}]}
    )
    hidden["filiere:sharing"] = "private"
    sent = dairy.send_events(hidden).json()["records"]
    assert dairy.get_published(f"/api/v1/cose-receipt/{sent[0]['index']}").status_code == 200  # all is published now
    mine, theirs = (sender.get_published("/api/v1/credential", object=MILK) for sender in (dairy, rival))
    assert mine.headers["content-type"] == "application/vc"
    issuer = instance.platform.key(Duty.RECEIPT).public
    said = verify_credential(mine.json(), issuer)
    assert said["id"] == canonical_key(MILK)
    assert said["urn:filiere:ns:records"] == {
        "urn:filiere:ns:published": 2,
        "urn:filiere:ns:stored": 0,
        "urn:filiere:ns:failed": 0,
    }
    assert verify_credential(theirs.json(), issuer)["urn:filiere:ns:records"]["urn:filiere:ns:published"] == 1
    assert MILK not in theirs.text.replace(canonical_key(MILK), "")
    lines = [[record["index"], record["sha256"]] for record in _records(dairy, mine.json())]
    assert said["urn:filiere:ns:recordsDigest"] == hashlib.sha256(canonicalize(lines)).hexdigest()
    with pytest.raises(Refusal):
        verify_credential(mine.json(), seeded_key("stranger").public)
    assert (
        rival.get_published("/api/v1/credential", object="urn:epc:class:lgtin:9521001.000017.NEVER").status_code == 404
    )


def test_without_the_signing_key_on_the_machine_an_export_says_where_to_ask(instance: Instance) -> None:
    dairy = instance.admit("Laiterie")
    stored = dairy.send_events(an_object_event()).json()["records"][0]
    (instance.platform.settings.keys_dir / "log.pem").unlink()
    for path in (f"/api/v1/cose-receipt/{stored['index']}", "/api/v1/credential"):
        answer = dairy.get(path, **({"object": MILK} if path.endswith("credential") else {}))
        assert (answer.status_code, answer.json()["code"]) == (503, "signing-key-elsewhere")


def _records(sender, credential: dict) -> list[dict]:
    trace = sender.get("/api/v1/trace", object=credential["credentialSubject"]["id"]).json()
    return [sender.get(f"/api/v1/records/{index}").json() for index in sorted(e["index"] for e in trace["events"])]
