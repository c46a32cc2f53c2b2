"""An eventID that is an event hash, and not that of its event, is stored, told to its sender, and never refused."""

from __future__ import annotations

from builders.events import a_transformation_event, an_object_event
from builders.findings import follow_findings, told
from builders.instance import Instance
from filiere_schemas.epcis.event_hash import event_hash

WRONG = f"ni:///sha-256;{'ab' * 32}?ver=CBV2.0"
OF_NO_EDITION = f"ni:///sha-256;{'ab' * 32}"


def test_only_an_event_hash_of_another_event_is_told_and_to_its_sender_alone(instance: Instance) -> None:
    dairy, shop = instance.admit("dairy"), instance.admit("shop")
    made = a_transformation_event()
    answers = dairy.send_events(
        {**made, "eventID": event_hash(made)},
        an_object_event(eventID=OF_NO_EDITION),
        an_object_event(eventID=WRONG),
    )
    assert [record["status"] for record in answers.json()["records"]] == ["stored"] * 3
    follow_findings(instance)
    (finding,) = told(dairy)
    assert finding["rule"] == "event-hash-differs"
    assert finding["subject"] == WRONG
    assert finding["evidence"]["index"] == answers.json()["records"][2]["index"]
    assert WRONG in finding["fr"]
    assert told(shop) == []
    follow_findings(instance)
    assert len(told(dairy)) == 1


def test_the_hash_of_an_event_that_is_declared_erroneous_is_still_its_hash(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    event = an_object_event()
    named = {**event, "eventID": event_hash(event)}
    wrong = {"declarationTime": "2026-06-13T06:00:00Z", "reason": "did_not_occur"}
    assert dairy.send_events(named, {**named, "errorDeclaration": wrong}).status_code == 200
    follow_findings(instance)
    assert told(dairy) == []
