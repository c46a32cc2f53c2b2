"""Who supplied whom behind one's own lots, over HTTP: as far as records show it, sealed where somebody hides it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders.instance import FixedClock, Instance, Sender, open_instance
from conftest import Backend

PATH = "/api/v1/suppliers"
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld", {"filiere": "urn:filiere:ns:"}]
MILK, CHEESE = (f"urn:filiere:lot:duns:123456789:{name}:1" for name in ("LAIT", "TOMME"))


def event(kind: str, day: int, **members: Any) -> dict[str, Any]:
    when = {"eventTime": f"2026-03-{day:02d}T10:00:00Z", "eventTimeZoneOffset": "+00:00"}
    return {"@context": CONTEXT, "type": kind, **when, **members}


def shipped(day: int, lot: str, giver: str, taker: str, **more: Any) -> dict[str, Any]:
    return event(
        "ObjectEvent",
        day,
        action="OBSERVE",
        bizStep="shipping",
        quantityList=[{"epcClass": lot, "quantity": 1, "uom": "KGM"}],
        sourceList=[{"type": "owning_party", "source": giver}],
        destinationList=[{"type": "owning_party", "destination": taker}],
        **more,
    )


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, clock=FixedClock()) as opened:
        yield opened


def send(sender: Sender, *events: dict[str, Any]) -> None:
    answer = sender.send_events(*events)
    assert answer.status_code == 200, answer.text


def tell(farm: Sender, dairy: Sender, shop: Sender, *, sharing: str) -> None:
    amount = [{"quantity": 1, "uom": "KGM"}]
    send(farm, shipped(1, MILK, farm.uri, dairy.uri, **{"filiere:sharing": sharing}))
    inputs, outputs = ([{"epcClass": lot, **amount[0]}] for lot in (MILK, CHEESE))
    made = event("TransformationEvent", 2, inputQuantityList=inputs, outputQuantityList=outputs)
    send(dairy, made | {"filiere:sharedWith": [shop.uri]}, shipped(3, CHEESE, dairy.uri, shop.uri))


def test_tiers_are_told_as_far_as_records_show_them_and_a_hidden_one_as_something(instance: Instance) -> None:
    farm, dairy, shop, rival = (instance.admit(name) for name in ("Ferme", "Laiterie", "Boutique", "Rivale"))
    document = {"code": "F1", "name": "Laiterie des Alpes", "relations": ["supplier"], "identifiers": [dairy.uri]}
    kept = shop.client.post(PATH, json=document, headers=shop.headers).json()
    tell(farm, dairy, shop, sharing="partners")
    first = shop.get(f"{PATH}/tiers", object=CHEESE).json()
    assert [(tier["tier"], tier["name"], tier["lots"]) for tier in first["tiers"]] == [(1, "Laiterie des Alpes", 1)]
    assert first["tiers"][0]["partner"] == kept["id"]
    assert first["tiers"][0]["takers"] == [{"partner": None, "name": None, "own": True}]
    assert [(node["object"], node["member"]) for node in first["hidden"]] == [(MILK, None)]
    assert farm.uri not in str(first)
    send(farm, shipped(1, MILK, farm.uri, dairy.uri, **{"filiere:sharing": "sector", "eventID": "urn:x:2"}))
    after = shop.get(f"{PATH}/tiers", object=CHEESE).json()
    assert [(tier["tier"], tier["keys"]) for tier in after["tiers"]] == [(1, [dairy.uri]), (2, [farm.uri])]
    for tier in after["tiers"]:
        assert all(shop.get(f"/api/v1/records/{index}").status_code == 200 for index in tier["records"])
    # Nobody learns from it what he may not see, nor that there is anything: the register changes nothing of that.
    rival.client.post(PATH, json=document, headers=rival.headers)
    hidden, never = (rival.get(f"{PATH}/tiers", object=lot) for lot in (CHEESE, f"{CHEESE}9"))
    assert (hidden.status_code, never.status_code) == (404, 404)
    assert hidden.text == never.text.replace(f"{CHEESE}9", CHEESE)


def test_a_question_names_some_lots_and_no_more(instance: Instance) -> None:
    shop = instance.admit("Boutique")
    for objects in ([], ["x"] * 21, ["x"], ["a" * 2_001]):
        answer = shop.client.get(f"{PATH}/tiers", params=[("object", each) for each in objects], headers=shop.headers)
        assert answer.status_code == 400
