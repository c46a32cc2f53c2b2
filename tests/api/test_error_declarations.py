"""An event that its sender declares erroneous, from its capture to the answers that no longer follow it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from builders.events import ABSENT, a_transformation_event, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.identifiers import canonical_key

WRONG = {"declarationTime": "2026-06-13T06:00:00Z", "reason": "incorrect_data"}


def lot_of(name: str) -> str:
    return f"urn:epc:class:lgtin:9521001.000017.{name}"


def part(name: str, quantity: float) -> dict[str, Any]:
    return {"epcClass": lot_of(name), "quantity": quantity, "uom": "KGM"}


def made(name: str, quantity: float, **changes: Any) -> dict[str, Any]:
    when = "2026-06-11T05:40:00.000Z"
    return an_object_event(quantityList=[part(name, quantity)], eventTime=when, ilmd=ABSENT, **changes)


def used(lot: str, quantity: float, output: str, **changes: Any) -> dict[str, Any]:
    return a_transformation_event(
        inputQuantityList=[part(lot, quantity)], outputQuantityList=[part(output, quantity)], **changes
    )


def numbered(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-0000000e{number:04d}"


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    return shared.admit("dairy", sharing=SharingMode.PRIVATE)


@pytest.fixture(scope="module")
def shop(shared: Instance) -> Sender:
    return shared.admit("shop", sharing=SharingMode.SECTOR)


def stored(sender: Sender, event: dict[str, Any]) -> int:
    answer = sender.send_events(event)
    assert answer.status_code == 200, answer.text
    index: int = answer.json()["records"][0]["index"]
    return index


def downstream(sender: Sender, lot: str, **asked: Any) -> tuple[set[str], set[str]]:
    """Give the lots that a trace comes to, and the codes of what it tells."""
    trace = sender.get("/api/v1/trace", object=lot_of(lot), direction="down", **asked).json()
    return {node["key"] for node in trace["nodes"]}, {finding["code"] for finding in trace["findings"]}


def consumed(sender: Sender, lot: str) -> list[str]:
    """Give the quantities of a lot that its balance has as used."""
    (found,) = sender.get("/api/v1/balance", object=lot_of(lot)).json()["objects"]
    return [line["quantity"] for line in found["lines"] if line["flow"] == "used"]


@pytest.mark.parametrize("is_plain", [False, True], ids=["signed", "plain"])
def test_other_content_under_one_id_conflicts_unless_it_declares_an_error(dairy: Sender, *, is_plain: bool) -> None:
    number = numbered(10 + is_plain)

    def status(event: dict[str, Any]) -> int:
        if not is_plain:
            return dairy.send_events(event).status_code
        headers = {**dairy.headers, "Content-Type": "application/ld+json"}
        return dairy.client.post("/epcis/events", json=event, headers=headers).status_code

    stores, repeats = (201, 201) if is_plain else (200, 200)
    event = made("CONFLICT", 10, eventID=number)
    assert status(event) == stores
    assert status({**event, "disposition": "expired"}) == 409
    assert status({**event, "errorDeclaration": WRONG}) == stores
    assert status({**event, "errorDeclaration": WRONG}) == repeats
    assert status({**event, "errorDeclaration": {**WRONG, "reason": "did_not_occur"}}) == stores
    assert status({**event, "disposition": "expired"}) == 409
    told = dairy.get(f"/epcis/events/{quote(number, safe='')}").json()
    events = told["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    reasons = [event.get("errorDeclaration", {}).get("reason") for event in events]
    assert reasons == [None, "incorrect_data", "did_not_occur"]


def test_a_question_gives_the_event_and_its_declaration(dairy: Sender) -> None:
    event = made("ASKED", 10, eventID=numbered(20))
    stored(dairy, event)
    stored(dairy, {**event, "errorDeclaration": WRONG})
    told = dairy.get("/epcis/events", MATCH_anyEPCClass=lot_of("ASKED")).json()
    events = told["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert ["errorDeclaration" in event for event in events] == [False, True]


def test_a_trace_and_a_balance_drop_what_was_declared_erroneous_and_follow_its_correction(dairy: Sender) -> None:
    stored(dairy, made("MILK", 100))
    wrong = used("MILK", 90, "BRIE", eventID=numbered(30))
    before = stored(dairy, wrong) + 1
    assert canonical_key(lot_of("BRIE")) in downstream(dairy, "MILK")[0]
    assert consumed(dairy, "MILK") == ["90"]
    declared = {**WRONG, "correctiveEventIDs": [numbered(31)]}
    stored(dairy, {**wrong, "errorDeclaration": declared})
    lots, told = downstream(dairy, "MILK")
    assert canonical_key(lot_of("BRIE")) not in lots
    assert "event-withdrawn" in told
    assert consumed(dairy, "MILK") == []
    assert canonical_key(lot_of("BRIE")) in downstream(dairy, "MILK", as_of=before)[0]
    stored(dairy, used("MILK", 60, "TOMME", eventID=numbered(31)))
    assert canonical_key(lot_of("TOMME")) in downstream(dairy, "MILK")[0]
    assert consumed(dairy, "MILK") == ["60"]


def test_a_declaration_that_is_stored_before_its_event_takes_it_back_too(dairy: Sender, shop: Sender) -> None:
    stored(dairy, made("WHEY", 100))
    wrong = used("WHEY", 90, "RICOTTA", eventID=numbered(50))
    declared = stored(dairy, {**wrong, "errorDeclaration": WRONG})
    assert canonical_key(lot_of("RICOTTA")) not in downstream(dairy, "WHEY")[0]
    stored(dairy, used("WHEY", 10, "LACTOSE"))  # the graph in memory is filled between the two
    assert consumed(dairy, "WHEY") == ["10"]
    late = stored(dairy, wrong)
    assert late > declared
    lots, told = downstream(dairy, "WHEY")
    assert canonical_key(lot_of("RICOTTA")) not in lots
    assert canonical_key(lot_of("LACTOSE")) in lots
    assert "event-withdrawn" in told
    assert consumed(dairy, "WHEY") == ["10"]
    events = dairy.get("/epcis/events", MATCH_anyEPCClass=lot_of("RICOTTA")).json()
    found = events["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert ["errorDeclaration" in event for event in found] == [True, False]  # both are told, and read
    # Of another member's, the order does not count either.
    stored(shop, {**used("WHEY", 5, "POWDER", eventID=numbered(51)), "errorDeclaration": WRONG})
    stored(dairy, used("WHEY", 5, "POWDER", eventID=numbered(51)))
    assert canonical_key(lot_of("POWDER")) in downstream(dairy, "WHEY")[0]


def test_nobody_declares_the_event_of_another_erroneous(dairy: Sender, shop: Sender) -> None:
    stored(dairy, made("CREAM", 50))
    event = used("CREAM", 20, "BUTTER", eventID=numbered(40))
    stored(dairy, event)
    stored(shop, {**event, "errorDeclaration": WRONG})
    lots, told = downstream(dairy, "CREAM")
    assert canonical_key(lot_of("BUTTER")) in lots
    assert "event-withdrawn" not in told
    assert consumed(dairy, "CREAM") == ["20"]
