"""Questions over sets over HTTP: one call says what many say, and no more than its asker may know."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import ABSENT, DAIRY, SHOP, a_transformation_event, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.usecases.trace_set import MOST_ROOTS
from filiere_schemas.identifiers import canonical_key

NEVER = "urn:epc:class:lgtin:9521001.000017.NEVER-MADE"
WHEN = "2026-06-11T{hour:02d}:40:00.000Z"


def lot_of(name: str) -> str:
    return f"urn:epc:class:lgtin:9521001.000017.{name}"


def keys(*names: str) -> list[str]:
    return [canonical_key(lot_of(name)) for name in names]


def make(sender: Sender, name: str, *, place: str = DAIRY, hour: int = 1, **changes: Any) -> int:
    lots = [{"epcClass": lot_of(name), "quantity": 10, "uom": "KGM"}]
    told = {"quantityList": lots, "eventTime": WHEN.format(hour=hour), "ilmd": ABSENT, "readPoint": {"id": place}}
    return index_of(sender, an_object_event(**told, **changes))


def use(sender: Sender, inputs: str, outputs: str, *, hour: int = 5, **changes: Any) -> int:
    sides = {
        side: [{"epcClass": lot_of(name), "quantity": 1, "uom": "KGM"} for name in names.split()]
        for side, names in (("inputQuantityList", inputs), ("outputQuantityList", outputs))
    }
    return index_of(sender, a_transformation_event(**sides, eventTime=WHEN.format(hour=hour), **changes))


def index_of(sender: Sender, event: dict[str, Any]) -> int:
    answer = sender.send_events(event)
    assert answer.status_code == 200, answer.text
    index: int = answer.json()["records"][0]["index"]
    return index


def post(sender: Sender, path: str, **body: Any) -> Any:
    return sender.client.post(path, json=body, headers=sender.headers)


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    return shared.admit("dairy", sharing=SharingMode.PRIVATE)


def test_one_call_says_what_many_say_and_which_of_them_reach_each_object(dairy: Sender) -> None:
    for name in ("A1", "A2", "A3"):
        make(dairy, name)
    use(dairy, "A1 A2", "B")
    use(dairy, "A3 B", "C", hour=6)
    wanted = [lot_of(name) for name in ("A1", "A2", "A3")]
    merged = post(dairy, "/api/v1/trace", objects=[*wanted, NEVER, wanted[0]], direction="down").json()
    assert (merged["objects"], merged["unknown"]) == (keys("A1", "A2", "A3"), [canonical_key(NEVER)])
    alone = [dairy.get("/api/v1/trace", object=each, direction="down").json() for each in wanted]
    for node in merged["nodes"]:
        reaching = [at for at, each in enumerate(alone) if node["key"] in {n["key"] for n in each["nodes"]}]
        assert node["roots"] == reaching
    steps = {(e["kind"], e["from"], e["to"], e["event"], e["certainty"]) for e in merged["edges"]}
    assert steps == {(e["kind"], e["from"], e["to"], e["event"], e["certainty"]) for a in alone for e in a["edges"]}
    assert {n["key"]: n["roots"] for n in merged["nodes"]}[keys("C")[0]] == [0, 1, 2]
    assert sorted(e["index"] for e in merged["events"]) == sorted({e["index"] for a in alone for e in a["events"]})


def test_the_answer_comes_in_every_form_of_a_trace(dairy: Sender) -> None:
    make(dairy, "F1")
    use(dairy, "F1", "F2")
    asked = {"json": {"objects": [lot_of("F1"), lot_of("F2")], "direction": "down"}, "headers": dairy.headers}
    table = dairy.client.post("/api/v1/trace", params={"format": "edges.csv"}, **asked).text
    assert ",".join(("transformed-into", *keys("F1", "F2"))) in table
    assert "<graphml" in dairy.client.post("/api/v1/trace", params={"format": "graphml"}, **asked).text
    document = dairy.client.post("/api/v1/trace", params={"format": "epcis"}, **asked).json()
    assert document["filiere:trace"]["filiere:objects"] == keys("F1", "F2")
    assert len(document["epcisBody"]["eventList"]) == 2


def test_limits_are_those_of_all_together(dairy: Sender) -> None:
    make(dairy, "L1")
    use(dairy, "L1", "L2")
    cut = post(dairy, "/api/v1/trace", objects=[lot_of("L1"), lot_of("L2")], direction="down", max_nodes=1).json()
    assert (cut["cut"]["reason"], len(cut["nodes"])) == ("nodes", 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"objects": []},
        {"objects": [NEVER] * (MOST_ROOTS + 1)},
        {"objects": ["x" * 2_001]},
        {"objects": [NEVER], "max_depth": -1},
        {"objects": [NEVER], "colour": "red"},
        {"objects": [NEVER], "as_of": "yesterday"},
    ],
)
def test_a_body_that_asks_nothing_is_refused(dairy: Sender, body: dict[str, Any]) -> None:
    for path in ("/api/v1/trace", "/api/v1/trace/ancestors"):
        assert post(dairy, path, **body).status_code == 400


def test_what_suspects_have_in_common_is_ranked_and_what_sound_ones_share_counts_against_it(dairy: Sender) -> None:
    early = make(dairy, "SPICE", hour=1)
    make(dairy, "FLOUR", hour=2, place=SHOP)
    use(dairy, "SPICE FLOUR", "S1")
    use(dairy, "SPICE FLOUR", "S2")
    use(dairy, "FLOUR", "GOOD")
    suspects = [lot_of("S1"), lot_of("S2")]
    plain = post(dairy, "/api/v1/trace/ancestors", objects=suspects).json()
    common = {each["key"]: (each["score"], each["suspects"]) for each in plain["ancestors"]}
    assert common[keys("SPICE")[0]] == common[keys("FLOUR")[0]] == ("1", [0, 1])
    assert common[keys("S1")[0]] == ("0.5", [0])
    better = post(dairy, "/api/v1/trace/ancestors", objects=suspects, sound=[lot_of("GOOD")]).json()
    first = better["ancestors"][0]
    assert (first["key"], first["score"], first["certain"]) == (keys("SPICE")[0], "1", 2)
    assert (first["events"], first["earliest"], first["depth"]) == ([early], WHEN.format(hour=1), 1)
    flour = next(each for each in better["ancestors"] if each["key"] == keys("FLOUR")[0])
    assert (flour["score"], flour["sound"]) == ("0.5", better["sound"])
    assert [each["key"] for each in plain["places"]] == [canonical_key(DAIRY), *plain_rest(plain)]
    assert [(each["key"], each["score"]) for each in better["members"]] == [(dairy.uri, "0.5")]


def plain_rest(answer: dict[str, Any]) -> list[str]:
    return [each["key"] for each in answer["places"][1:]]


def test_a_member_is_there_is_not_or_cannot_be_known(shared: Instance, dairy: Sender) -> None:
    farm = shared.admit("open farm", sharing=SharingMode.SECTOR)
    rival = shared.admit("rival")

    def presence(asker: Sender, member: str, lot: str = "P-MILK") -> dict[str, Any]:
        answer = asker.get("/api/v1/trace/presence", object=lot_of(lot), member=member)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    made = make(farm, "P-MILK")
    assert presence(rival, dairy.uri)["present"] == "no"
    found = presence(rival, farm.uri)
    assert (found["present"], found["certainty"], found["events"]) == ("yes", "certain", [made])
    assert presence(rival, DAIRY)["present"] == "yes"
    use(dairy, "P-MILK", "P-SECRET")
    hidden = presence(rival, dairy.uri)
    assert (hidden["present"], hidden["reasons"], hidden["events"]) == ("unknown", ["hidden-events"], [])
    assert presence(dairy, dairy.uri)["present"] == "yes"
    assert presence(dairy, rival.uri)["present"] == "no"
    assert rival.get("/api/v1/trace/presence", object=NEVER, member=farm.uri).status_code == 404


def test_a_difference_names_the_declaration_that_took_a_step_away(dairy: Sender) -> None:
    mark = "urn:uuid:00000000-0000-4000-8000-0000000000d1"
    make(dairy, "D1")
    use(dairy, "D1", "D2", eventID=mark)
    known = use(dairy, "D1", "D3")
    wrong = {"declarationTime": WHEN.format(hour=9), "reason": "did_not_occur"}
    declared = use(dairy, "D1", "D2", eventID=mark, errorDeclaration=wrong)
    late = use(dairy, "D1", "D4")
    asked = {"object": lot_of("D1"), "direction": "down"}
    found = dairy.get("/api/v1/trace/difference", **asked, as_of=known + 1).json()
    gone, added = found["edges"]["removed"], [e for e in found["edges"]["added"] if e["kind"] != "moved"]
    assert [(e["to"], e["because"]) for e in gone if e["kind"] != "moved"] == [(keys("D2")[0], [declared])]
    assert [(e["to"], e["because"]) for e in added] == [(keys("D4")[0], [late])]
    assert [(n["key"], n["because"]) for n in found["nodes"]["added"]] == [(keys("D4")[0], [late])]
    assert [n["key"] for n in found["nodes"]["removed"]] == keys("D2")
    same = dairy.get("/api/v1/trace/difference", **asked).json()
    assert {name: same[part][name] for part in ("nodes", "edges") for name in same[part]} == {
        "added": [],
        "removed": [],
        "changed": [],
    }


def test_two_objects_are_compared_as_well(dairy: Sender) -> None:
    for name in ("X1", "X2", "X3"):
        make(dairy, name)
    use(dairy, "X1 X2", "Y1")
    use(dairy, "X2 X3", "Y2")
    asked = {"object": lot_of("Y1"), "to_object": lot_of("Y2"), "direction": "up"}
    found = dairy.get("/api/v1/trace/difference", **asked).json()
    assert [n["key"] for n in found["nodes"]["removed"]] == keys("Y1", "X1")
    assert [n["key"] for n in found["nodes"]["added"]] == keys("Y2", "X3")


def test_a_stranger_is_told_of_no_object_among_many(shared: Instance, dairy: Sender) -> None:
    stranger = shared.admit("stranger", sharing=SharingMode.PRIVATE)
    make(dairy, "HIDDEN")
    make(stranger, "MINE")
    for path in ("/api/v1/trace", "/api/v1/trace/ancestors"):
        refused = post(stranger, path, objects=[lot_of("HIDDEN"), NEVER])
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
        mixed = post(stranger, path, objects=[lot_of("HIDDEN"), lot_of("MINE")]).json()
        assert (mixed["objects"], mixed["unknown"]) == (keys("MINE"), keys("HIDDEN"))
    assert stranger.get("/api/v1/trace/difference", object=lot_of("HIDDEN")).status_code == 404
    everybody = {"objects": [lot_of("MINE")]}
    assert stranger.client.post("/api/v1/trace", json=everybody).status_code == 404
