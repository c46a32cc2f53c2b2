"""Attackers against a whole instance, played with everything that they would have: docs/threats.md names each.

The worst of them is the operator himself, with the database, the disk and the instance's own keys in his hands.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy
from epcis_event_hash_generator.hash_generator import epcis_hashes_from_events
from epcis_event_hash_generator.json_to_py import event_list_from_epcis_document_json

import independent_log
from builders.events import ABSENT, MILK_LOT, an_object_event
from builders.instance import PUBLISH_SECONDS, Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import digest_of, parse_envelope, sign_event, verify_envelope
from filiere_schemas.provenance.merkle import consistency_proof, leaf_hash, root, verify_consistency
from filiere_schemas.provenance.statements import read_attestation

REFERENCE_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened


@pytest.fixture
def dairy(instance: Instance) -> Sender:
    return instance.admit("Laiterie", sharing=SharingMode.SECTOR)


def send(sender: Sender, *numbers: int) -> list[dict[str, Any]]:
    """Send some events, and wait until the log's head covers them."""
    events = [
        an_object_event(
            eventID=f"urn:uuid:33333333-0000-4000-8000-{number:012d}", ilmd={"dairy:farm": f"Alpage {number}"}
        )
        for number in numbers
    ]
    answer = sender.send_events(*events).json()
    assert all(record["status"] == "stored" for record in answer["records"]), answer
    last = answer["records"][-1]["index"]
    assert sender.get_published(f"/api/v1/records/{last}/proof").status_code == 200
    return [{**record, "receipt": answer["receipt"]} for record in answer["records"]]


def published(instance: Instance) -> tuple[independent_log.SignedHead, list[bytes]]:
    """The log as a stranger downloads it."""

    def fetch(path: str) -> bytes | None:
        answer = instance.client.get(f"/log/{path}")
        return answer.content if answer.status_code == 200 else None

    return independent_log.read_log(fetch, instance.platform.key(Duty.LOG).public.raw)


def get_node(entries: list[bytes]):
    leaves = [leaf_hash(entry) for entry in entries]
    return lambda level, number: root(leaves[number << level : (number + 1) << level])


def change_record(instance: Instance, index: int, sha256: bytes) -> None:
    """What an operator does to a row."""
    engine = sqlalchemy.create_engine(instance.platform.settings.effective_database_url)
    with engine.begin() as connection:
        change = sqlalchemy.text("UPDATE record SET sha256 = :sha256 WHERE log_index = :index")
        assert connection.execute(change, {"sha256": sha256, "index": index}).rowcount == 1
    engine.dispose()


def wait_for(condition) -> None:
    deadline = time.monotonic() + PUBLISH_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_operator_who_rewrites_history_cannot_connect_it_to_the_head_that_somebody_kept(
    instance: Instance, dairy: Sender
) -> None:
    """He has the log's key, so the new head is signed well; no proof leads to it from a head noted before."""
    send(dairy, *range(8))
    kept, entries = published(instance)
    forged = [*entries]
    forged[5] = log_entry(EntryKind.EVENT, hashlib.sha256(b"another story").digest())
    forged += [log_entry(EntryKind.EVENT, hashlib.sha256(b"%d" % n).digest()) for n in range(5)]
    size, new_root = len(forged), root(map(leaf_hash, forged))
    sign_checkpoint(kept.origin, size, new_root, instance.platform.key(Duty.LOG))  # nothing stops him from signing
    proof = consistency_proof(kept.size, size, get_node(forged))
    with pytest.raises(Refusal):
        verify_consistency(old=kept.size, new=size, old_root=kept.root, new_root=new_root, proof=proof)
    honest = [*entries, *forged[len(entries) :]]
    verify_consistency(
        old=kept.size,
        new=size,
        old_root=kept.root,
        new_root=root(map(leaf_hash, honest)),
        proof=consistency_proof(kept.size, size, get_node(honest)),
    )


def test_a_row_that_is_changed_after_publication_is_never_signed_again(instance: Instance, dairy: Sender) -> None:
    """The instance itself refuses, says why, and the head that is served stays the honest one."""
    first = send(dairy, 1)[0]
    change_record(instance, first["index"], hashlib.sha256(b"another story").digest())
    before, _ = published(instance)
    assert dairy.send_events(an_object_event()).status_code == 200
    wait_for(lambda: instance.client.get("/readyz").status_code == 503)
    assert f"Record {first['index']} of the database" in instance.client.get("/readyz").text
    after, _ = published(instance)
    assert (after.size, after.root) == (before.size, before.root)
    codes = {breach.sentence.code for breach in instance.fsck().breaches}
    assert codes == {"log-root-differs", "record-bytes-changed", "log-file-differs"}


def test_the_platform_cannot_speak_in_a_members_name(instance: Instance, dairy: Sender) -> None:
    """It has its own keys and not the member's: a forged event fails everywhere, an attestation says what it is."""
    payload = json.dumps(an_object_event(eventID="urn:uuid:44444444-0000-4000-8000-000000000001")).encode()
    receipt_key = instance.platform.key(Duty.RECEIPT)
    arguments = {
        "issuer": dairy.uri,
        "seq": 99,
        "prev": bytes(32),
        "issued_at": dairy.issued_at,
        "audience": dairy.origin,
    }
    forged = parse_envelope(sign_event(payload, key=receipt_key, **arguments))
    with pytest.raises(Refusal):
        verify_envelope(forged, dairy.key.public, issuer=dairy.uri, audience=dairy.origin)
    with pytest.raises(Refusal):  # nor does an attestation pass for a member's record
        read_attestation(forged.compact, receipt_key.public, issuer=dairy.origin, audience=dairy.origin)
    answer = dairy.send(forged.compact)
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown-key")


def test_two_events_of_one_event_hash_are_two_records(instance: Instance, dairy: Sender) -> None:
    """GS1's event hash joins values without separators; what is signed and logged here is the digest of the bytes."""
    one = an_object_event(ilmd=ABSENT, **{"dairy:a": "1", "dairy:b": "2"})
    other = an_object_event(ilmd=ABSENT, **{"dairy:a": "1{https://dairy.example/terms/}b=2"})
    hashes = {_event_hash(event) for event in (one, other)}
    assert len(hashes) == 1, "the pair collides no more: the test needs another one"
    answer = dairy.send_events(one, other).json()
    assert [record["status"] for record in answer["records"]] == ["stored", "stored"]
    assert len({record["sha256"] for record in answer["records"]}) == 2
    assert len({record["eventID"] for record in answer["records"]}) == 2


def test_nothing_in_the_log_can_be_guessed_from(instance: Instance, dairy: Sender) -> None:
    """Who knows a whole event, its member, its lot and its time cannot tell from the log whether it was recorded."""
    event = an_object_event(eventID="urn:uuid:55555555-0000-4000-8000-000000000001")
    payload = json.dumps(event, ensure_ascii=False).encode()
    stored = dairy.send(dairy.sign(payload)).json()["records"][0]
    assert dairy.get_published(f"/api/v1/records/{stored['index']}/proof").status_code == 200
    _, entries = published(instance)
    text = b"".join(entries)
    for known in (MILK_LOT, dairy.uri, event["eventID"], stored["eventID"]):
        assert known.encode() not in text
    # All that a guesser can compute: every digest of what he knows. The entry's digest covers the signature, too,
    # which only the member's key can make.
    header = parse_envelope(dairy.get(f"/api/v1/records/{stored['index']}").json()["jws"].encode())
    unsigned = header.compact.rpartition(b".")[0]
    guesses = [payload, json.dumps(event).encode(), unsigned, unsigned + b".", MILK_LOT.encode(), dairy.uri.encode()]
    for parts in itertools.chain(itertools.permutations(guesses, 1), itertools.permutations(guesses, 2)):
        guess = hashlib.sha256(b"".join(parts)).digest()
        assert not {log_entry(kind, guess) for kind in EntryKind} & set(entries)
    assert entries[stored["index"]] == log_entry(EntryKind.EVENT, digest_of(header.compact))


def _event_hash(event: dict[str, Any]) -> str:
    """What GS1's own reference says; it knows the context of 2.0.0 without a network."""
    document = {
        "@context": [REFERENCE_CONTEXT, *event["@context"][1:]],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": [{name: value for name, value in event.items() if name != "@context"}]},
    }
    (found,) = epcis_hashes_from_events(event_list_from_epcis_document_json(document), "sha256")
    return str(found)
