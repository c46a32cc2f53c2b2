"""What only neighbours and time show is told to who sent the event, and is over when the missing event comes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from builders.events import ABSENT, MILK_LOT, a_transformation_event, an_object_event
from builders.findings import follow_findings, told
from builders.instance import Sender, open_instance
from conftest import Backend

LOT = {"quantityList": [{"epcClass": MILK_LOT, "quantity": 1, "uom": "LTR"}]}
BEYOND = "sector-more-used-than-made"
RULES = ("sector-never-received", "sector-used-before-made")


def step(at: str, word: str, **changes: Any) -> dict[str, Any]:
    """Something that happens to the lot."""
    words = {"action": "OBSERVE", "bizStep": word, "disposition": ABSENT, "ilmd": ABSENT}
    return an_object_event(**{**LOT, **words, **changes}, eventTime=at)


def neighbours(sender: Sender) -> list[tuple[str, str, int]]:
    return [(each["rule"], each["level"], each["index"]) for each in told(sender) if each["rule"] in RULES]


def to(sender: Sender) -> dict[str, Any]:
    return {"destinationList": [{"type": "owning_party", "destination": sender.uri}]}


def test_a_shipment_is_told_when_patience_ends_and_over_when_its_reception_comes(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        sent = dairy.send_events(step("2020-03-01T08:00:00Z", "shipping", **to(shop))).json()["records"][0]["index"]
        follow_findings(instance)
        assert neighbours(dairy) == [("sector-never-received", "warning", sent)]
        assert neighbours(shop) == []
        (evidence,) = [each["evidence"] for each in told(dairy) if each["rule"] in RULES]
        assert (evidence["index"], evidence["rule"]) == (sent, "c08-never-received")
        # The shop receives something before that shipment: that is not it.
        shop.send_events(step("2020-02-01T08:00:00Z", "receiving", **{"filiere:sharedWith": [dairy.uri]}, **to(shop)))
        follow_findings(instance)
        assert neighbours(dairy) == [("sector-never-received", "warning", sent)]
        shop.send_events(step("2020-03-02T08:00:00Z", "receiving", **{"filiere:sharedWith": [dairy.uri]}, **to(shop)))
        follow_findings(instance)
        assert neighbours(dairy) == []
        assert [each["rule"] for each in told(dairy, "closed")] == ["sector-never-received"]


def test_a_shipment_within_its_days_of_patience_is_not_told(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        lately = (datetime.now(UTC) - timedelta(days=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
        dairy.send_events(step(lately, "shipping", **to(shop)))
        follow_findings(instance)
        assert neighbours(dairy) == []


@pytest.mark.parametrize("late_first", [False, True])
@pytest.mark.parametrize(("made", "is_early"), [("2020-03-02T08:00:00Z", True), ("2020-03-01T08:00:00Z", False)])
def test_a_lot_used_before_it_was_made_is_told_in_whatever_order_the_events_come(
    backend: Backend, made: str, *, is_early: bool, late_first: bool
) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy = instance.admit("dairy")
        creation = an_object_event(**LOT, eventTime=made)
        use = a_transformation_event(eventTime="2020-03-01T08:00:00Z", inputQuantityList=LOT["quantityList"])
        for event in (use, creation) if late_first else (creation, use):
            assert dairy.send_events(event).json()["records"][0]["status"] == "stored"
            follow_findings(instance)
        rules = [rule for rule, _, _ in neighbours(dairy)]
        assert rules == (["sector-used-before-made"] if is_early else [])


def test_the_same_events_end_in_the_same_findings_in_whatever_order_they_come(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        shared = {"filiere:sharedWith": [dairy.uri]}
        lots = []
        for number, order in enumerate(permutations(range(4))):
            lot = [{"epcClass": f"{MILK_LOT}-{number}", "quantity": 1, "uom": "LTR"}]
            lots.append(lot[0]["epcClass"])
            told_of = (
                (dairy, an_object_event(quantityList=lot, eventTime="2020-03-02T08:00:00Z")),
                (dairy, a_transformation_event(inputQuantityList=lot, eventTime="2020-03-01T08:00:00Z")),
                (dairy, step("2020-03-03T08:00:00Z", "shipping", quantityList=lot, **to(shop))),
                (shop, step("2020-03-02T08:00:00Z", "receiving", quantityList=lot, **shared, **to(shop))),
            )
            for which in order:
                sender, event = told_of[which]
                assert sender.send_events(event).json()["records"][0]["status"] == "stored"
                if number % 2:
                    follow_findings(instance)
        follow_findings(instance)
        found = told(dairy, limit=1000)
        assert Counter(each["rule"] for each in found if each["rule"] in RULES) == dict.fromkeys(RULES, len(lots))


def test_a_reception_of_which_the_sender_may_not_know_closes_nothing(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        sent = dairy.send_events(step("2020-03-01T08:00:00Z", "shipping", **to(shop))).json()["records"][0]["index"]
        expected = [("sector-never-received", "warning", sent)]
        shop.send_events(step("2020-03-02T08:00:00Z", "receiving", **to(shop)))
        follow_findings(instance)
        assert neighbours(dairy) == expected


def test_a_shipment_is_told_again_when_its_reception_is_taken_back(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        sent = dairy.send_events(step("2020-03-01T08:00:00Z", "shipping", **to(shop))).json()["records"][0]["index"]
        follow_findings(instance)
        name = {"eventID": "urn:uuid:3f1de2a0-52ce-4c0a-9d0f-0a2f5f1c7e11", "filiere:sharedWith": [dairy.uri]}
        reception = step("2020-03-02T09:00:00Z", "receiving", **name, **to(shop))
        shop.send_events(reception)
        follow_findings(instance)
        assert neighbours(dairy) == []
        wrong = {"declarationTime": "2020-03-03T06:00:00Z", "reason": "did_not_occur"}
        answer = shop.send_events({**reception, "errorDeclaration": wrong})
        assert answer.json()["records"][0]["status"] == "stored"
        follow_findings(instance)
        assert neighbours(dairy) == [("sector-never-received", "warning", sent)]
        assert [each for each in told(dairy, "closed") if each["rule"] in RULES] == []


@pytest.mark.parametrize(("last", "is_beyond"), [(62, False), (63, True)])
def test_more_used_than_was_made_is_told_once_beyond_what_is_tolerated(
    backend: Backend, last: int, *, is_beyond: bool
) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy = instance.admit("dairy")

        def of(quantity: int) -> list[dict[str, Any]]:
            return [{"epcClass": MILK_LOT, "quantity": quantity, "uom": "LTR"}]

        answer = dairy.send_events(
            a_transformation_event(inputQuantityList=of(last), eventTime="2020-03-03T08:00:00Z"),
            a_transformation_event(inputQuantityList=of(40), eventTime="2020-03-02T08:00:00Z"),
            an_object_event(quantityList=of(100), eventTime="2020-03-01T08:00:00Z"),
        )
        follow_findings(instance)
        found = [each["index"] for each in told(dairy) if each["rule"] == BEYOND]
        assert found == ([answer.json()["records"][0]["index"]] if is_beyond else [])
