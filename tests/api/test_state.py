"""The state of objects over HTTP: several at once, at a time, as known then, and to each asker his own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builders.events import ABSENT, DAIRY, RIPENING_ROOM, SHOP, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.usecases.state import MOST_OBJECTS
from filiere_schemas.identifiers import canonical_key

DAY = "2026-06-{day:02d}T08:00:00.000Z"
STRANGE = "urn:epc:class:lgtin:9521001.000017.NEVER-MADE"


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    return shared.admit("dairy", sharing=SharingMode.PRIVATE)


def lot_of(name: str) -> str:
    return f"urn:epc:class:lgtin:9521001.000017.{name}"


def tell(sender: Sender, lot: str, day: int, **changes: Any) -> int:
    """One event about ten kilos of a lot; gives its place in the log."""
    event = an_object_event(
        **{
            "action": "OBSERVE",
            "eventTime": DAY.format(day=day),
            "ilmd": ABSENT,
            "bizStep": "storing",
            "disposition": ABSENT,
            "quantityList": [{"epcClass": lot, "quantity": 10, "uom": "KGM"}],
            "readPoint": {"id": DAIRY},
            **changes,
        }
    )
    answer = sender.send_events(event)
    assert answer.status_code == 200, answer.text
    index: int = answer.json()["records"][0]["index"]
    return index


def state(sender: Sender, lot: str, **parameters: Any) -> dict[str, Any]:
    answer = sender.get("/api/v1/state", object=lot, **parameters)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["objects"]
    return dict(found)


def test_each_statement_names_its_value_and_its_event(dairy: Sender) -> None:
    lot = lot_of("STATE")
    made = tell(dairy, lot, 1, action="ADD", bizStep="commissioning", disposition="active")
    stored = tell(dairy, lot, 2, bizLocation={"id": RIPENING_ROOM})
    found = state(dairy, lot)
    assert (found["place"]["value"], found["place"]["events"]) == (canonical_key(RIPENING_ROOM), [stored])
    assert (found["holder"]["value"], found["holder"]["basis"]) == (dairy.uri, "recorded")
    assert (found["disposition"]["value"], found["disposition"]["events"]) == ("active", [made])
    assert (found["quantity"]["least"], found["quantity"]["most"], found["quantity"]["uom"]) == ("10", "10", "KGM")
    assert (found["blocked"]["value"], found["recalled"]["value"], found["owner"]) == (False, False, None)
    assert {found[name]["certainty"] for name in ("place", "holder", "disposition", "quantity")} == {"certain"}
    told = dairy.get("/api/v1/state", object=lot).json()["events"]
    assert [event["index"] for event in told] == [made, stored]


def test_at_says_what_was_then_and_as_of_what_was_known(dairy: Sender) -> None:
    lot = lot_of("THEN")
    tell(dairy, lot, 1, action="ADD", bizStep="commissioning")
    late = tell(dairy, lot, 5, bizStep="shipping", destinationList=[{"type": "location", "destination": SHOP}])
    assert state(dairy, lot)["place"] | {"events": []} == {
        "value": None,
        "on_the_way": True,
        "to": canonical_key(SHOP),
        "certainty": "certain",
        "events": [],
        "otherwise": [],
    }
    assert state(dairy, lot, at=DAY.format(day=3))["place"]["value"] == canonical_key(DAIRY)
    assert state(dairy, lot, as_of=late)["place"]["value"] == canonical_key(DAIRY)
    assert state(dairy, lot, at="2026-05-01T00:00:00Z")["place"] is None


def test_a_lasting_recall_in_any_form_of_the_word_stands(dairy: Sender) -> None:
    lot = lot_of("RECALL")
    tell(dairy, lot, 1, action="ADD", bizStep="commissioning")
    tell(dairy, lot, 2, persistentDisposition={"set": ["recalled"]})
    tell(dairy, lot, 3, disposition="available")
    found = state(dairy, lot)
    assert (found["recalled"]["value"], found["blocked"]["value"]) == (True, True)
    assert [each["word"] for each in found["persistent"]] == ["recalled"]
    tell(dairy, lot, 4, persistentDisposition={"unset": ["recalled"]})
    assert state(dairy, lot)["recalled"]["value"] is False
    assert state(dairy, lot, at=DAY.format(day=3))["recalled"]["value"] is True


def test_an_event_that_was_taken_back_says_nothing(dairy: Sender) -> None:
    lot, mark = lot_of("BACK"), "urn:uuid:00000000-0000-4000-8000-0000000000aa"
    tell(dairy, lot, 1, action="ADD", bizStep="commissioning", disposition="active")
    blocked = tell(dairy, lot, 2, eventID=mark, disposition="unavailable")
    assert state(dairy, lot)["blocked"]["value"] is True
    wrong = {"declarationTime": DAY.format(day=3), "reason": "did_not_occur"}
    tell(dairy, lot, 2, eventID=mark, disposition="unavailable", errorDeclaration=wrong)
    assert state(dairy, lot)["blocked"]["value"] is False
    assert state(dairy, lot, as_of=blocked + 1)["blocked"]["value"] is True


def test_an_erased_event_still_says_where_and_no_longer_what(shared: Instance, dairy: Sender) -> None:
    lot = lot_of("ERASED")
    index = tell(dairy, lot, 1, disposition="unavailable")
    shared.erase(index)
    found = state(dairy, lot)
    assert (found["place"]["value"], found["disposition"]) == (canonical_key(DAIRY), None)
    (event,) = dairy.get("/api/v1/state", object=lot).json()["events"]
    assert event["erased"] is True


def test_several_in_one_call_and_what_nobody_mentioned_says_so(dairy: Sender) -> None:
    lots = [lot_of("ONE"), lot_of("TWO")]
    for lot in lots:
        tell(dairy, lot, 1)
    answer = dairy.get("/api/v1/state", object=[*lots, STRANGE, lots[0]]).json()
    assert [(each["object"], each["known"]) for each in answer["objects"]] == [
        *((canonical_key(lot), True) for lot in lots),
        (canonical_key(STRANGE), False),
    ]
    refused = dairy.get("/api/v1/state", object=STRANGE)
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    for parameters in ({}, {"object": [STRANGE] * (MOST_OBJECTS + 1)}, {"object": lots[0], "at": "1234"}):
        assert dairy.get("/api/v1/state", **parameters).status_code == 400


def test_a_stranger_cannot_tell_a_hidden_lot_from_none_and_a_partner_is_told_of_doubt(shared: Instance) -> None:
    owner = shared.admit("owner", sharing=SharingMode.PRIVATE)
    shown = shared.admit("shown", sharing=SharingMode.SECTOR)
    rival = shared.admit("rival", sharing=SharingMode.PRIVATE)
    lot = lot_of("HIDDEN")
    tell(owner, lot, 1, disposition="unavailable")
    assert rival.get("/api/v1/state", object=lot).status_code == 404
    tell(shown, lot, 2)
    seen = state(rival, lot)
    assert (seen["hidden_events"], seen["disposition"], seen["place"]["certainty"]) == (1, None, "doubtful")
    assert (seen["blocked"]["value"], seen["blocked"]["certainty"]) == (False, "doubtful")
    assert owner.uri not in json.dumps(rival.get("/api/v1/state", object=lot).json())
    assert state(owner, lot)["blocked"] | {"events": []} == {
        "value": True,
        "certainty": "certain",
        "events": [],
        "otherwise": [],
    }
