"""What no row knows is asked of the events themselves, so many for one request: no page is short without a next one."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import ABSENT, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain import event_walk

WANTED = "urn:epcglobal:cbv:bt:9521002000010:PO-WANTED"
OTHER = "urn:epcglobal:cbv:bt:9521002000010:PO-OTHER"
EVENTS, EVERY = 25, 6
CONDITIONS = [
    {"EQ_bizTransaction_po": WANTED},
    {"EQ_https://dairy.example/terms/#lane": "7"},
    {"EQ_type": "Temperature", "GE_value_CEL": "7"},
]


@pytest.fixture
def told(instance: Instance) -> tuple[Sender, list[str]]:
    """Events of which every sixth is asked for, by an order, an extension and a temperature alike."""
    sender = instance.admit("dairy of many events")
    wanted = []
    for number in range(EVENTS):
        is_wanted = number % EVERY == 0
        report = {"type": "Temperature", "value": 8 if is_wanted else 3, "uom": "CEL"}
        event = an_object_event(
            eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            eventTime=f"2026-06-{28 - number:02d}T08:00:00.000Z",
            bizTransactionList=[{"type": "po", "bizTransaction": WANTED if is_wanted else OTHER}],
            sensorElementList=[{"sensorReport": [report]}],
            ilmd=ABSENT,
        )
        event["@context"] = [event["@context"][0], {"dairy": "https://dairy.example/terms/"}]
        event["dairy:lane"] = 7 if is_wanted else 1
        assert sender.send_events(event).status_code == 200
        wanted += [event["eventID"]] * is_wanted
    return sender, wanted


def pages(sender: Sender, **asked: str) -> list[list[str]]:
    found, address = [], "/epcis/events"
    parameters: dict[str, str] | None = asked
    while True:
        answer = sender.client.get(address, params=parameters, headers=sender.headers)
        assert answer.status_code == 200, answer.text
        listed = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        found.append([event["eventID"] for event in listed])
        if "next" not in answer.links:
            return found
        address, parameters = answer.links["next"]["url"], None


@pytest.mark.parametrize("condition", CONDITIONS, ids=["order", "extension", "sensor"])
@pytest.mark.parametrize("order", [{}, {"orderBy": "eventTime", "orderDirection": "ASC"}], ids=["log", "time"])
def test_a_page_that_looked_at_as_many_as_it_may_goes_on_behind_them(
    told: tuple[Sender, list[str]], monkeypatch: pytest.MonkeyPatch, condition: dict[str, str], order: dict[str, str]
) -> None:
    sender, wanted = told
    expected = list(reversed(wanted)) if order else wanted
    whole = pages(sender, **condition, **order, perPage="100")
    assert whole == [expected]
    monkeypatch.setattr(event_walk, "MOST_LOOKED_AT", 4)
    found = pages(sender, **condition, **order, perPage="2")
    assert [each for page in found for each in page] == expected
    assert len(found) >= EVENTS // 4  # four at a time were looked at, however few of them were found
    assert all(len(page) <= 2 for page in found)


def test_an_order_that_no_row_knows_is_refused_where_it_would_read_too_much(
    told: tuple[Sender, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, wanted = told
    asked: dict[str, Any] = {**CONDITIONS[0], "orderBy": "https://dairy.example/terms/#lane"}
    assert sorted(pages(sender, **asked)[0]) == sorted(wanted)
    monkeypatch.setattr(event_walk, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr("filiere_platform.store.event_pages.MOST_LOOKED_AT", 4)
    refused = sender.get("/epcis/events", **asked)
    assert (refused.status_code, refused.json()["code"]) == (413, "query-reads-too-much")
