"""Values at the edge of what a database can hold: refused or stored, on both, and never an internal error."""

from __future__ import annotations

import json
import random
import string
from decimal import Decimal
from typing import Any

import pytest

from builders.events import a_transformation_event, an_object_event
from builders.instance import Instance, Sender


@pytest.fixture
def sender(instance: Instance) -> Sender:
    return instance.admit("Laiterie")


def incompressible(length: int) -> str:
    return "".join(random.Random(length).choices(string.ascii_letters, k=length))


def test_values_that_no_index_can_hold_are_refused_by_name(sender: Sender) -> None:
    long = f"https://dairy.example/{incompressible(5_000)}"
    odd: list[tuple[dict[str, Any], set[str]]] = [
        (an_object_event(eventID=f"urn:x:{incompressible(5_000)}"), {"identifier-too-many-bytes"}),
        (an_object_event(bizStep=long), {"identifier-too-many-bytes"}),
        (an_object_event(disposition=long), {"identifier-too-many-bytes"}),
        (an_object_event(eventID="urn:x:a\u0000b"), {"invalid-uri"}),
        (an_object_event(bizStep="https://dairy.example/\u0000"), {"invalid-uri"}),
        (a_transformation_event(transformationID="urn:x:\u0000"), {"invalid-uri"}),
    ]
    for event, codes in odd:
        response = sender.send(sender.sign(event))
        assert response.status_code == 400, response.text
        assert {error["code"] for error in response.json()["errors"]} <= codes


@pytest.mark.parametrize("quantity", ["1e300", "1e-300", "-0.0", "0.1e-40", "123456789012345.25", "9007199254740991"])
def test_a_quantity_is_kept_exactly_whatever_its_size(instance: Instance, sender: Sender, quantity: str) -> None:
    event = an_object_event(eventID="urn:x:1")
    event["quantityList"][0] |= {"quantity": 12345.5}
    raw = json.dumps(event).replace("12345.5", quantity).encode()
    stored = sender.send(sender.sign(raw))
    assert stored.status_code == 200, stored.text
    as_sent = {"GS1-EPC-Format": "Never_Translates"}
    read = sender.client.get("/epcis/events/urn:x:1", headers={**sender.headers, **as_sent})
    assert f'"quantity": {quantity}' in read.text
    translated = json.loads(sender.get("/epcis/events/urn:x:1").text, parse_float=Decimal, parse_int=Decimal)
    (shown,) = translated["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert shown["quantityList"][0]["quantity"] == Decimal(quantity)
    uri = event["quantityList"][0]["epcClass"]
    trace = sender.get("/api/v1/trace", object=uri)
    assert trace.status_code == 200
    assert Decimal(quantity).is_finite()


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_stored(sender: Sender, when: str) -> None:
    assert sender.send(sender.sign(an_object_event(eventTime=when))).status_code == 200


def test_asking_for_what_cannot_be_is_answered_and_not_failed(sender: Sender) -> None:
    asked = [
        sender.get("/epcis/events", EQ_eventID="urn:x:\u0000"),
        sender.get("/epcis/events", MATCH_anyEPC="urn:x:\u0000"),
        sender.get("/epcis/events", EQ_bizStep="\u0000"),
        sender.get("/epcis/events/urn:x:%00"),
        sender.get("/api/v1/trace", object="urn:x:\u0000"),
        sender.get("/api/v1/records/99999999999999999999"),
        sender.get(f"/api/v1/records/{2**63}"),
        sender.get("/api/v1/records/-1"),
        sender.get("/epcis/capture/%00"),
        sender.get("/log/keys/%00"),
        sender.get("/log/tile/0/99999999999999999999999"),
        sender.get("/epcis/events", nextPageToken=str(2**62)),
    ]
    for response in asked:
        assert response.status_code in {200, 400, 404}, (response.url, response.status_code)
