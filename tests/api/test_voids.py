"""A member says that it discarded what it had signed: a signed void, stored and logged like any record."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import an_object_event
from builders.instance import Instance, Sender
from filiere_platform.blobs.key_files import Duty
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import digest_of
from filiere_schemas.provenance.statements import RefusedPlace, read_receipt, read_refusal


def event(number: int, **changes: Any) -> dict[str, Any]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}", **changes)


@pytest.fixture
def sender(instance: Instance) -> Sender:
    return instance.admit("Laiterie")


def test_a_void_is_stored_with_a_line_on_the_receipt(instance: Instance, sender: Sender) -> None:
    void = sender.void(sender.sign(event(1)))
    response = sender.send(void)
    assert response.status_code == 200
    (record,) = response.json()["records"]
    assert (record["status"], record["kind"]) == ("stored", "void")
    key = instance.platform.key(Duty.RECEIPT).public
    (line,) = read_receipt(response.json()["receipt"].encode(), key, origin=sender.origin)
    assert (line.index, line.sha256, line.kind) == (record["index"], digest_of(void), EntryKind.VOID)
    assert sender.send(void).json()["receipt"] == response.json()["receipt"]
    assert instance.fsck().holds


def test_what_is_stored_is_not_voided(instance: Instance, sender: Sender) -> None:
    stored = sender.sign(event(1))
    sender.send(stored)
    void = sender.void(stored)
    response = sender.send(void)
    assert (response.status_code, response.json()["code"]) == (409, "void-of-stored")
    refusal = read_refusal(
        response.json()["records"][0]["refusal"].encode(),
        instance.platform.key(Duty.RECEIPT).public,
        origin=sender.origin,
    )
    assert refusal.sha256 == digest_of(void)
    assert refusal.place == RefusedPlace(kid=sender.key.public.thumbprint, seq=2, prev=digest_of(stored))
    assert sender.get("/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000001").status_code == 200


def test_an_error_declaration_is_not_voided_once_it_is_stored(sender: Sender) -> None:
    declaration = {"declarationTime": "2026-06-13T00:00:00Z", "reason": "incorrect_data"}
    stored = sender.sign(event(1, errorDeclaration=declaration))
    assert sender.send(sender.sign(event(1)), stored).status_code == 200
    assert sender.send(sender.void(stored)).json()["code"] == "void-of-stored"


def test_what_was_voided_is_turned_away_when_it_comes_after_all(sender: Sender) -> None:
    late = sender.sign(event(1))
    void = sender.send(sender.void(late)).json()["records"][0]
    response = sender.send(late)
    assert (response.status_code, response.json()["code"]) == (409, "event-voided")
    assert response.json()["records"][0]["index"] == void["index"]
    assert sender.get("/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000001").status_code == 404


def test_a_void_that_says_nothing_is_refused_at_its_place(sender: Sender) -> None:
    envelope = sender.sign(b"{}", typ="filiere-void+jws")
    response = sender.send(envelope)
    assert response.status_code == 400
    assert response.json()["records"][0]["kind"] == "refused"


def test_a_void_is_no_event_and_nobody_finds_it(instance: Instance, sender: Sender) -> None:
    index = sender.send(sender.void(sender.sign(event(1)))).json()["records"][0]["index"]
    other = instance.admit("Fromagerie")
    assert other.get(f"/api/v1/records/{index}").status_code == 404
    assert sender.get("/epcis/events").json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []


def test_the_same_event_signed_again_leaves_an_entry_that_closes_its_place(instance: Instance, sender: Sender) -> None:
    sender.send(sender.sign(event(1)))
    size = instance.log_size()
    again = sender.sign(event(1))
    assert sender.send(again).json()["records"][0]["status"] == "known"
    assert instance.log_size() == size + 1
    assert sender.send(again).json()["records"][0]["status"] == "known"
    assert instance.log_size() == size + 1
