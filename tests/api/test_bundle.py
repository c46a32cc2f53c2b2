"""A bundle that the instance gives out holds for a verifier that has never spoken to the instance."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx
import pytest

from builders.events import a_transformation_event, an_object_event
from builders.instance import Instance, Sender, seeded_key
from builders.xml_events import an_xml_document, an_xml_event
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.epcis.received import source_of
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.bundle import read_bundle
from filiere_schemas.provenance.record_check import EVENT_KINDS
from filiere_schemas.provenance.verify import Verified, verify_bundle

MILK = an_object_event()["quantityList"][0]["epcClass"]
PUBLISH_SECONDS = 20


def bundle_of(sender: Sender, uri: str) -> httpx.Response:
    """Ask until the publisher has caught up."""
    deadline = time.monotonic() + PUBLISH_SECONDS
    while True:
        answer = sender.get("/api/v1/bundle", object=uri)
        if answer.status_code != 503 or time.monotonic() > deadline:
            return answer
        assert answer.json()["code"] == "not-yet-published"
        time.sleep(0.02)


def test_a_bundle_proves_a_lots_history_against_the_trust_file_alone(instance: Instance) -> None:
    dairy, auditor = instance.admit("Laiterie", sharing=SharingMode.SECTOR), instance.admit("Auditeur")
    assert dairy.send_events(an_object_event(), a_transformation_event()).status_code == 200
    plain = an_object_event(action="OBSERVE", bizStep="inspecting", ilmd={"dairy:lab": "L1"})
    plain.pop("ilmd")
    sent = instance.client.post(
        "/epcis/events",
        json=plain,
        headers={"Authorization": f"Bearer {dairy.token}", "GS1-EPCIS-Version": "2.0.0"},
    )
    assert sent.status_code == 201, sent.text
    answer = bundle_of(auditor, MILK)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    trust = instance.platform.trust()
    verified = verify_bundle(answer.content, trust)
    assert sorted(record.assurance for record in verified.records) == [
        "attested on receipt",
        "signed at source",
        "signed at source",
    ]
    assert {record.member for record in verified.records} == {dairy.uri}
    with pytest.raises(Refusal):
        verify_bundle(answer.content, replace(trust, registrar=seeded_key("stranger").public))


def test_a_record_that_came_in_xml_proves_the_bytes_that_came(instance: Instance) -> None:
    dairy = instance.admit("Laiterie", sharing=SharingMode.SECTOR)
    body = an_xml_document(an_xml_event(7))
    headers = {**dairy.headers, "Content-Type": "application/xml"}
    assert instance.client.post("/epcis/events", content=body, headers=headers).status_code == 201
    (event,) = read_xml_document(body).events
    answer = bundle_of(dairy, "urn:epc:class:lgtin:9521001.000001.MILK-7")
    (record,) = verify_bundle(answer.content, instance.platform.trust()).records
    assert record.assurance == "attested on receipt"
    assert source_of(record.event) == event
    assert instance.fsck().holds


def remarks_of(verified: Verified) -> dict[str, list[dict[str, object]]]:
    """What the verifier remarks, by code."""
    found: dict[str, list[dict[str, object]]] = {}
    for step in verified.steps:
        for remark in step.remarks:
            found.setdefault(remark.code, []).append(dict(remark.values))
    return found


def test_a_bundle_shows_what_was_corrected_erased_and_withheld(instance: Instance) -> None:
    dairy = instance.admit("Laiterie", sharing=SharingMode.SECTOR)
    auditor = instance.admit("Auditeur")
    wrong = an_object_event(eventID="urn:uuid:11111111-0000-4000-8000-000000000000")
    gone = an_object_event(bizStep="storing", action="OBSERVE")
    gone.pop("ilmd", None)
    declared = {"declarationTime": "2026-03-05T06:00:00Z", "reason": "incorrect_data"}
    right = an_object_event(eventID="urn:uuid:11111111-0000-4000-8000-000000000001")
    sent = dairy.send_events(wrong, gone, {**wrong, "errorDeclaration": declared}, right)
    assert sent.status_code == 200, sent.text
    taken_back, erased, declaration, _ = (record["index"] for record in sent.json()["records"])
    mark = instance.erase(erased, rule="retention-5y").mark
    assert mark is not None
    answer = bundle_of(auditor, MILK)
    assert answer.status_code == 200, answer.text
    bundle = read_bundle(answer.content)
    assert {taken_back, erased, declaration, mark.entry} <= {each.index for each in bundle.entries}
    remarks = remarks_of(verify_bundle(answer.content, instance.platform.trust()))
    assert remarks["record-declared-erroneous"] == [{"index": taken_back, "by": declaration}]
    assert [(each["index"], each["rule"]) for each in remarks["content-erased"]] == [(erased, "retention-5y")]
    assert "chain-records-missing" not in remarks
    assert {each.address: each.sha256 is None for each in bundle.schemas} == {
        right["@context"][0]: True,
        "urn:filiere:schema:epcis:ObjectEvent:strict": False,
    }


def test_the_same_question_of_the_same_log_gives_the_same_bytes(instance: Instance) -> None:
    dairy = instance.admit("Laiterie")
    assert dairy.send_events(an_object_event(), a_transformation_event()).status_code == 200
    assert bundle_of(dairy, MILK).content == bundle_of(dairy, MILK).content


def test_a_bundle_holds_nothing_that_its_asker_may_not_see(instance: Instance) -> None:
    dairy = instance.admit("Laiterie", sharing=SharingMode.SECTOR)
    rival = instance.admit("Concurrent")
    assert dairy.send_events(an_object_event()).status_code == 200
    hidden = a_transformation_event(
        **{"@context": [*a_transformation_event()["@context"], {"filiere": "urn:filiere:ns:"}]}
    )
    hidden["filiere:sharing"] = "private"
    assert dairy.send_events(hidden).status_code == 200
    mine, theirs = (read_bundle(bundle_of(sender, MILK).content) for sender in (dairy, rival))
    assert (len(mine.of_kind(*EVENT_KINDS)), len(theirs.of_kind(*EVENT_KINDS))) == (2, 1)
    assert theirs.hidden
    assert all(each.events == 1 for each in theirs.hidden)
    assert not mine.hidden
    assert bundle_of(rival, "urn:epc:class:lgtin:9521001.000017.NEVER-MADE").status_code == 404
