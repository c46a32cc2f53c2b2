"""A trace from signed events to its answer, on both databases: the whole way, through the gate.

The chain: a farm's milk becomes cheese at a dairy, the cheese goes on a pallet, the pallet on a truck, the truck to a
shop. The pallet's number is used again for another cheese, which must stay out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders.instance import FixedClock, Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.trace_answer import instant
from filiere_schemas.identifiers import canonical_key

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"
MILK, CHEESE, OTHER_CHEESE, OTHER_MILK = (f"urn:epc:class:lgtin:9521001.00001{n}.L{n}" for n in range(4))
PRODUCT = "urn:epc:idpat:sgtin:9521001.000019.*"
PALLET = "urn:epc:id:sscc:9521001.0000000042"
TRUCK = "urn:epc:id:grai:9521001.00007.12"
DAIRY, SHOP = "urn:epc:id:sgln:9521001.00001.0", "urn:epc:id:sgln:9521002.00001.0"
KEYS = {uri: canonical_key(uri) for uri in (MILK, CHEESE, OTHER_CHEESE, OTHER_MILK, PALLET, TRUCK)}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def instance(backend: Backend, clock: FixedClock) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def dairy(instance: Instance) -> Sender:
    return instance.admit("dairy", sharing=SharingMode.SECTOR)


def an_event(kind: str, day: int, **fields: Any) -> dict[str, Any]:
    when = f"2026-03-{day:02d}T10:00:00.000+01:00"
    return {"@context": [CONTEXT], "type": kind, "eventTime": when, "eventTimeZoneOffset": "+01:00", **fields}


def made(day: int, inputs: list[str], outputs: list[str], **fields: Any) -> dict[str, Any]:
    lists = {"inputQuantityList": [lot(uri) for uri in inputs], "outputQuantityList": [lot(uri) for uri in outputs]}
    return an_event("TransformationEvent", day, **{name: found for name, found in lists.items() if found}, **fields)


def packed(day: int, action: str, parent: str, **children: Any) -> dict[str, Any]:
    return an_event("AggregationEvent", day, action=action, parentID=parent, bizStep="packing", **children)


def shipped(day: int, *objects: str) -> dict[str, Any]:
    transfer = {
        "sourceList": [{"type": "location", "source": DAIRY}],
        "destinationList": [{"type": "location", "destination": SHOP}],
    }
    return an_event("ObjectEvent", day, action="OBSERVE", bizStep="shipping", epcList=list(objects), **transfer)


def lot(uri: str, quantity: float = 100, uom: str = "KGM") -> dict[str, Any]:
    return {"epcClass": uri, "quantity": quantity, "uom": uom}


def chain() -> list[dict[str, Any]]:
    return [
        an_event("ObjectEvent", 1, action="ADD", bizStep="commissioning", quantityList=[lot(MILK)]),
        made(2, [MILK], [CHEESE, OTHER_MILK], bizStep="commissioning"),
        packed(3, "ADD", PALLET, childQuantityList=[lot(CHEESE, 40)]),
        packed(4, "ADD", TRUCK, childEPCs=[PALLET]),
        shipped(5, TRUCK),
        packed(6, "DELETE", TRUCK, childEPCs=[PALLET]),
        packed(7, "DELETE", PALLET, childQuantityList=[lot(CHEESE, 40)]),
        packed(8, "ADD", PALLET, childQuantityList=[lot(OTHER_CHEESE, 10)]),
        shipped(9, PALLET),
    ]


def ask(sender: Sender, wanted: str, direction: str = "both", **more: Any) -> dict[str, Any]:
    response = sender.get("/api/v1/trace", object=wanted, direction=direction, **more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def keys(answer: dict[str, Any]) -> set[str]:
    return {node["key"] for node in answer["nodes"]}


def kinds(answer: dict[str, Any]) -> set[str]:
    return {edge["kind"] for edge in answer["edges"]}


def moves(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(edge["earliest"][:10], edge["objects"]) for edge in answer["edges"] if edge["kind"] == "moved"]


def test_milk_is_followed_through_pallet_and_truck_and_a_second_load_stays_out(dairy: Sender) -> None:
    assert dairy.send_events(*chain()).status_code == 200
    answer = ask(dairy, MILK, "down")
    assert keys(answer) >= {KEYS[MILK], KEYS[CHEESE], KEYS[PALLET], KEYS[OTHER_MILK]}
    assert KEYS[OTHER_CHEESE] not in keys(answer)
    assert kinds(answer) == {"transformed-into", "packed-in", "moved"}
    assert [day for day, _ in moves(answer)] == ["2026-03-05"]
    assert {node["certainty"] for node in answer["nodes"]} == {"certain"}
    assert answer["cut"] is None
    first = next(edge for edge in answer["edges"] if edge["to"] == KEYS[CHEESE])
    assert (first["from"], first["quantity"], first["uom"], first["certainty"]) == (KEYS[MILK], "100", "KGM", "certain")


def test_the_second_load_comes_from_its_own_lot_alone(dairy: Sender) -> None:
    dairy.send_events(*chain())
    answer = ask(dairy, OTHER_CHEESE, "both")
    assert keys(answer) == {KEYS[OTHER_CHEESE], KEYS[PALLET]}
    assert [day for day, _ in moves(answer)] == ["2026-03-09"]
    assert next(node for node in answer["nodes"] if node["key"] == KEYS[OTHER_CHEESE])["tombstone"] is True


def test_upstream_of_all_that_is_downstream_is_the_start(dairy: Sender) -> None:
    dairy.send_events(*chain())
    for key in keys(ask(dairy, MILK, "down")):
        assert KEYS[MILK] in keys(ask(dairy, key, "up"))


def test_every_form_of_an_identifier_gives_the_same_answer(dairy: Sender) -> None:
    dairy.send_events(*chain())
    assert (
        ask(dairy, CHEESE)
        == ask(dairy, KEYS[CHEESE].replace("id.gs1.org", "dairy.example/shop"))
        == ask(dairy, KEYS[CHEESE])
    )


def test_a_product_without_a_lot_is_listed_and_not_followed(dairy: Sender) -> None:
    salted = made(2, [MILK, PRODUCT], [CHEESE])
    stranger = made(3, [PRODUCT], [OTHER_CHEESE])
    dairy.send_events(salted, stranger)
    answer = ask(dairy, CHEESE, "both")
    product = next(node for node in answer["nodes"] if node["kind"] == "class")
    assert (product["traversed"], product["depth"]) == (False, 1)
    assert KEYS[OTHER_CHEESE] not in keys(answer)


def test_what_was_declared_erroneous_drops_out_and_as_of_shows_what_was_known(dairy: Sender, clock: FixedClock) -> None:
    wrong = made(2, [MILK], [CHEESE], eventID="urn:uuid:5f5d9c2e-4c7b-4a4d-9d5a-0f1f0f8c3f01")
    first = dairy.send_events(wrong, made(2, [OTHER_MILK], [CHEESE])).json()
    known_at = clock.now
    clock.advance(5_000)
    declared = {"declarationTime": "2026-03-05T10:00:00Z", "reason": "incorrect_data"}
    assert dairy.send_events({**wrong, "errorDeclaration": declared}).status_code == 200
    assert keys(ask(dairy, CHEESE, "up")) == {KEYS[CHEESE], KEYS[OTHER_MILK]}
    size = first["records"][-1]["index"] + 1
    for as_of in (size, instant(known_at)):
        before = ask(dairy, CHEESE, "up", as_of=as_of)
        assert before["as_of"] == size
        assert keys(before) == {KEYS[CHEESE], KEYS[OTHER_MILK], KEYS[MILK]}


def test_events_under_one_transformation_id_are_one_transformation_that_respects_time(dairy: Sender) -> None:
    run = {"transformationID": "urn:uuid:0e0f9e56-3d1b-4a53-8f6a-2f1f0f8c3f02"}
    dairy.send_events(
        made(2, [MILK], [], **run), made(3, [], [CHEESE], **run), made(4, [OTHER_MILK], [], **run),
        made(5, [], [OTHER_CHEESE], **run),
    )  # fmt: skip
    assert keys(ask(dairy, CHEESE, "up")) == {KEYS[CHEESE], KEYS[MILK]}
    assert keys(ask(dairy, OTHER_CHEESE, "up")) == {KEYS[OTHER_CHEESE], KEYS[MILK], KEYS[OTHER_MILK]}
    edge = ask(dairy, CHEESE, "up")["edges"][0]
    assert edge["event"] != edge["other_event"]


def test_a_day_is_an_interval_and_what_may_have_come_before_is_in_doubt(dairy: Sender) -> None:
    day = {"filiere:eventTimePrecision": "day"}
    context = {"@context": [CONTEXT, {"filiere": "urn:filiere:ns:"}]}
    dairy.send_events(made(2, [MILK], [CHEESE]), made(2, [CHEESE], [OTHER_CHEESE]) | day | context)
    answer = ask(dairy, MILK, "down")
    last = next(edge for edge in answer["edges"] if edge["to"] == KEYS[OTHER_CHEESE])
    assert last["certainty"] == "doubtful"
    # The second event may be as late as the end of its day; the first was at ten o'clock of the same day.
    assert last["margin_seconds"] == pytest.approx(14 * 3600, abs=1)
    assert next(n for n in answer["nodes"] if n["key"] == KEYS[OTHER_CHEESE])["certainty"] == "doubtful"


def test_what_a_viewer_may_not_see_is_counted_and_not_followed(instance: Instance, dairy: Sender) -> None:
    secretive = instance.admit("secretive", sharing=SharingMode.PRIVATE)
    dairy.send_events(made(2, [MILK], [CHEESE]))
    secretive.send_events(made(3, [CHEESE], [OTHER_CHEESE]))
    for reader, hidden in ((instance.admit("shop"), 1), (dairy, 0)):  # one's own word opens nothing of others
        seen = ask(reader, MILK, "down")
        assert keys(seen) == {KEYS[MILK], KEYS[CHEESE]}
        assert {node["key"]: node["hidden_events"] for node in seen["nodes"]} == {KEYS[MILK]: 0, KEYS[CHEESE]: hidden}
        assert [each["object"] for each in seen["sealed"]] == [KEYS[CHEESE]] * hidden
    assert KEYS[OTHER_CHEESE] in keys(ask(secretive, MILK, "down"))


def test_a_trace_says_where_it_was_cut(dairy: Sender) -> None:
    dairy.send_events(*chain())
    assert ask(dairy, MILK, "down", max_depth=1)["cut"] == {
        "reason": "depth", "depth": 1, "remaining": 1, "directions": ["down"],
    }  # fmt: skip
    cut = ask(dairy, MILK, "down", max_nodes=2)["cut"]
    assert (cut["reason"], cut["remaining"]) == ("nodes", 1)
    assert ask(dairy, MILK, "down", max_depth=4)["cut"] is None


def test_both_levels_of_assurance_are_shown(dairy: Sender) -> None:
    dairy.send_events(made(2, [MILK], [CHEESE]))
    plain = dairy.client.post("/epcis/events", json=made(3, [CHEESE], [OTHER_CHEESE]), headers=dairy.headers)
    assert plain.status_code == 201, plain.text
    assurances = {event["assurance"] for event in ask(dairy, CHEESE)["events"]}
    assert assurances == {"signed at source", "attested on receipt"}


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"object": "urn:epc:class:lgtin:9521001.000010.NEVER"}, 404, "not-found"),
        ({"object": "no uri"}, 400, None),
        ({"object": MILK, "direction": "sideways"}, 400, "query-parameter"),
        ({"object": MILK, "as_of": "yesterday"}, 400, "query-parameter"),
        ({"object": MILK, "as_of": "2026-03-05T10:00:00"}, 400, "query-parameter"),
        ({"object": MILK, "as_of": "999999"}, 400, "as-of-beyond-log"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    dairy: Sender, asked: dict[str, str], status: int, code: str
) -> None:
    dairy.send_events(*chain())
    response = dairy.get("/api/v1/trace", **asked)
    assert response.status_code == status, response.text
    if code is not None:
        assert response.json()["code"] == code
