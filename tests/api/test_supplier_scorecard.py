"""A scorecard over HTTP: from visible records alone, each figure shown, a rival's word about others worth nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders.instance import FixedClock, Instance, Sender, open_instance
from conftest import Backend

PATH = "/api/v1/suppliers"
DAY = 86_400_000  # milliseconds
PERIOD = {"from": "2026-01-01", "until": "2026-12-31"}
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld", {"filiere": "urn:filiere:ns:"}]


def lot(name: str) -> str:
    return f"urn:filiere:lot:duns:123456789:LAIT:{name}"


def moved(step: str, day: int, name: str, giver: str, taker: str, **more: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": step,
        "eventTime": f"2026-03-{day:02d}T10:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "quantityList": [{"epcClass": lot(name), "quantity": 1, "uom": "KGM"}],
        "sourceList": [{"type": "owning_party", "source": giver}],
        "destinationList": [{"type": "owning_party", "destination": taker}],
        **more,
    }


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()  # 4 March 2026


@pytest.fixture
def instance(backend: Backend, clock: FixedClock) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def cheese(instance: Instance) -> Sender:
    return instance.admit("Fromagerie")


@pytest.fixture
def dairy(instance: Instance) -> Sender:
    return instance.admit("Laiterie", identifiers=("https://id.gs1.org/417/3012345678902",))


def partner(sender: Sender, *identifiers: str, code: str = "F1") -> str:
    document = {"code": code, "name": "P", "relations": ["supplier"], "identifiers": list(identifiers)}
    answer = sender.client.post(PATH, json=document, headers=sender.headers)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def send(sender: Sender, *events: dict[str, Any]) -> None:
    answer = sender.send_events(*events)
    assert answer.status_code == 200, answer.text


def card(sender: Sender, partner_id: str, way: str = "received") -> dict[str, tuple[int, int]]:
    answer = sender.get(f"{PATH}/{partner_id}/scorecard", **PERIOD)
    assert answer.status_code == 200, answer.text
    return {each["measure"]: (each["count"], each["of"]) for each in answer.json()[way]["measures"]}


def test_deliveries_are_judged_with_the_records_that_show_it(cheese: Sender, dairy: Sender, clock: FixedClock) -> None:
    supplier = partner(cheese, dairy.uri)
    first = moved("shipping", 1, "A", dairy.uri, cheese.uri, eventID="urn:uuid:00000000-0000-4000-8000-00000000000a")
    send(cheese, moved("receiving", 2, "LATE", dairy.uri, cheese.uri))
    send(dairy, moved("shipping", 1, "LATE", dairy.uri, cheese.uri), first)
    send(dairy, moved("shipping", 1, "LOST", dairy.uri, cheese.uri))
    send(cheese, moved("receiving", 2, "A", dairy.uri, cheese.uri), moved("receiving", 3, "X", dairy.uri, cheese.uri))
    clock.advance(20 * DAY)
    assert card(cheese, supplier) == {
        "received": (2, 3),
        "missing": (1, 3),
        "announced-late": (2, 2),  # all of it was told on the 4th
        "unannounced": (1, 3),
        "corrected": (0, 3),
    }
    customer = partner(dairy, cheese.uri)
    assert card(dairy, customer, "sent")["missing"] == (1, 3)
    send(dairy, {**first, "errorDeclaration": {"declarationTime": "2026-03-05T10:00:00Z"}})
    after = card(cheese, supplier)
    assert (after["corrected"], after["received"], after["unannounced"]) == ((1, 3), (1, 2), (2, 3))
    answer = cheese.get(f"{PATH}/{supplier}/scorecard", **PERIOD).json()
    for measure in answer["received"]["measures"]:
        assert all(cheese.get(f"/api/v1/records/{index}").status_code == 200 for index in measure["records"])
    assert answer["received"]["transitDays"] == {"median": "1.0", "longest": "1.0"}
    assert "refused" in answer["notKnown"]
    table = cheese.get(f"{PATH}/{supplier}/scorecard", format="csv-fr", **PERIOD).content.decode("utf-8-sig")
    assert "du partenaire;expédiées, jamais reçues;1;2;0,5000;" in table


def test_what_a_rival_declares_in_the_name_of_a_partner_spoils_nobodys_figures(
    instance: Instance, cheese: Sender, dairy: Sender, clock: FixedClock
) -> None:
    rival, gln = instance.admit("Rivale"), "https://id.gs1.org/417/3012345678902"
    supplier = partner(cheese, dairy.uri, gln)
    send(dairy, moved("shipping", 1, "A", gln, cheese.uri))
    send(cheese, moved("receiving", 2, "A", gln, cheese.uri))
    clock.advance(20 * DAY)
    before = card(cheese, supplier)
    assert before["received"] == (1, 1)
    send(rival, *(moved("shipping", 1, f"R{n}", dairy.uri, cheese.uri) for n in range(3)))
    send(rival, moved("shipping", 1, "A", gln, cheese.uri), moved("receiving", 2, "R", gln, cheese.uri))
    assert card(cheese, supplier) == before
    assert set(card(cheese, partner(cheese, rival.uri, code="R")).values()) == {(0, 0)}


def test_a_scorecard_tells_nothing_of_records_that_its_reader_may_not_see(
    instance: Instance, cheese: Sender, dairy: Sender, clock: FixedClock
) -> None:
    rival = instance.admit("Rivale")
    supplier, watched = partner(cheese, dairy.uri), partner(rival, dairy.uri, cheese.uri, code="W")
    send(dairy, moved("shipping", 1, "A", dairy.uri, cheese.uri))
    clock.advance(20 * DAY)

    def told() -> dict[str, Any]:
        found: dict[str, Any] = cheese.get(f"{PATH}/{supplier}/scorecard", **PERIOD).json()
        return found

    before, private = told(), {"filiere:sharing": "private"}
    send(dairy, moved("shipping", 1, "B", dairy.uri, rival.uri))
    send(dairy, moved("shipping", 2, "C", dairy.uri, "urn:filiere:party:duns:111111111", **private))
    assert told() == before
    # At an object of which one may know, nothing is concluded that a hidden event could explain (D3).
    send(dairy, moved("packing", 1, "A", dairy.uri, rival.uri))
    after = told()
    assert (before["received"]["unknown"], after["received"]["unknown"]) == (0, 1)
    assert (card(cheese, supplier)["missing"], after["sent"]) == ((0, 0), before["sent"])
    nothing = rival.get(f"{PATH}/{watched}/scorecard", **PERIOD).json()
    assert nothing["sent"]["lines"] == 0
    assert nothing["received"]["lines"] == 1  # what it was sent itself


def test_a_period_has_a_beginning_before_its_end_and_a_scorecard_one_member(instance: Instance, cheese: Sender) -> None:
    rival = instance.admit("Rivale")
    mine = partner(cheese, rival.uri)
    for first, last in (("2026-02-01", "2026-01-01"), ("x", "2026-01-01"), ("0001-01-01", "9999-12-31")):
        assert cheese.get(f"{PATH}/{mine}/scorecard", **{"from": first, "until": last}).status_code == 400
    assert rival.get(f"{PATH}/{mine}/scorecard").status_code == 404
    assert cheese.get(f"{PATH}/{mine}/scorecard").status_code == 200
