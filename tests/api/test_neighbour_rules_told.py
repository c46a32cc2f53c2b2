"""What the further rules over neighbours say of stored events: told to the sender by his record, and mended by one."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import ABSENT, MILK_LOT, an_object_event
from builders.findings import follow_findings, told
from builders.instance import Instance, Sender, open_instance
from conftest import Backend

SENT, RECEIVED = "2020-03-01T08:00:00Z", "2020-03-02T08:00:00Z"


def litres(quantity: int) -> dict[str, Any]:
    return {"quantityList": [{"epcClass": MILK_LOT, "quantity": quantity, "uom": "LTR"}]}


def moved(at: str, step: str, to: Sender, quantity: int = 100, **changes: Any) -> dict[str, Any]:
    """The lot is shipped to, or received by, somebody."""
    words = {"action": "OBSERVE", "bizStep": step, "disposition": ABSENT, "ilmd": ABSENT, "eventTime": at}
    sides = {"destinationList": [{"type": "owning_party", "destination": to.uri}]}
    return an_object_event(**{**litres(quantity), **words, **sides, **changes})


def stored(sender: Sender, event: dict[str, Any]) -> int:
    (record,) = sender.send_events(event).json()["records"]
    assert record["status"] == "stored"
    index: int = record["index"]
    return index


def found(instance: Instance, sender: Sender, rule: str) -> list[int]:
    follow_findings(instance)
    return sorted(each["index"] for each in told(sender) if each["rule"] == rule)


def test_one_thing_sent_twice_is_told_until_one_of_the_two_is_declared_erroneous(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        event = moved(SENT, "shipping", shop)
        first = stored(dairy, event | {"eventID": "urn:uuid:11111111-52ce-4c0a-9d0f-0a2f5f1c7e11"})
        assert found(instance, dairy, "sector-near-duplicate") == []
        again = event | {"eventID": "urn:uuid:22222222-52ce-4c0a-9d0f-0a2f5f1c7e11"}
        second = stored(dairy, again)
        # Another delivery of that instant, by its despatch advice.
        advice = {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:9521001000011:D2"}]}
        stored(dairy, event | advice)
        assert found(instance, dairy, "sector-near-duplicate") == [first, second]
        others = {each["index"]: each["evidence"]["others"] for each in told(dairy) if "others" in each["evidence"]}
        assert others == {first: [second], second: [first]}
        assert found(instance, shop, "sector-near-duplicate") == []
        wrong = {"declarationTime": "2020-03-03T06:00:00Z", "reason": "did_not_occur"}
        stored(dairy, again | {"errorDeclaration": wrong})
        assert found(instance, dairy, "sector-near-duplicate") == []


@pytest.mark.parametrize("is_shared", [False, True])
def test_an_amount_that_differs_is_told_to_who_may_see_both_and_over_when_the_rest_comes(
    backend: Backend, *, is_shared: bool
) -> None:
    rule = "sector-received-differs"
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        shared = {"filiere:sharedWith": [dairy.uri]} if is_shared else {}
        sent = stored(dairy, moved(SENT, "shipping", shop))
        got = stored(shop, moved(RECEIVED, "receiving", shop, 90, **shared))
        assert found(instance, dairy, rule) == ([sent] if is_shared else [])
        assert found(instance, shop, rule) == [got]
        stored(shop, moved("2020-03-03T08:00:00Z", "receiving", shop, 10, **shared))
        assert found(instance, dairy, rule) == found(instance, shop, rule) == []
