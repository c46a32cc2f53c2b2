"""Walls: what is hidden changes nothing of what a viewer is answered, but for what docs/visibility.md lists.

The allowed changes are computed here from the list: D1 (log size), D2 (sealed nodes) and D3 (findings that a hidden
event could explain), at objects that others' records or the hidden event itself entitle the viewer to know of.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.access_tale import follow_links
from builders.events import CONTEXT
from builders.instance import Instance, Sender
from codebase import ROOT
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.sealed_node import HandlePlace, NoHandle, make_handle, read_handle
from filiere_platform.usecases import recent

NUMBERS = itertools.count(1)
NAMES = ("viewer", "mill", "baker", "rival")
OBJECTS = 4
JSON = {"Content-Type": "application/json"}


# What docs/visibility.md lists, and where it is allowed for here: an entry more or less changes the promise.
DECLASSIFIED = {
    "D1 log-size": "`as_of` is left out; indexes of what is visible stand still, since events are added at the end",
    "D2 sealed-node": "`hidden_events` and `sealed` at objects that `knows_of` allows",
    "D3 gap-closed": "findings at the same objects",
    "D4 withdrawal": "no declarations of error are told",
    "D5 link": "grants gained to events shared by links",
    "D6 keys": "no keys come and go",
    "D7 sealed-field": "nothing is sealed",
    "D8 erasure": "nothing is erased",
    "D9 request": "nobody asks while answers are compared",
    "D10 look": "no mandate is given",
    "D11 mandate": "the same",
    "D12 public-fields": "nothing is shared so; tests/api/test_views_apart.py compares worlds in which something is",
    "D13 identifier": "no partner is named while answers are compared",
    "D14 chain": "what is visible keeps its place, since events are added at the end",
    "D15 own-identifier": "nobody's identifiers are anybody's",
    "D16 finding-number": "the same",
    "D17 recall": "nobody recalls anything while answers are compared",
    "D18 case": "nobody opens one while answers are compared",
}


@dataclass
class World:
    """Some members, some lots, and everything that was told of them."""

    instance: Instance
    mark: int = field(default_factory=lambda: next(NUMBERS))
    told: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.members: dict[str, Sender] = {name: self.instance.admit(f"{name} {self.mark}") for name in NAMES}
        self.first = self.instance.log_size()

    @property
    def viewer(self) -> Sender:
        return self.members["viewer"]

    def lot(self, number: int) -> str:
        return f"urn:filiere:lot:siret:73282932000074:W{self.mark}:{number}"

    def lots(self) -> list[str]:
        return [self.lot(number) for number in range(OBJECTS)]

    def tell(self, by: str, **members: Any) -> dict[str, Any]:
        number = next(NUMBERS)
        event = {
            "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "eventID": f"urn:uuid:00000000-0000-4000-9000-{number:012d}",
            "eventTime": f"2026-03-0{1 + number % 9}T06:00:00+01:00",
            "eventTimeZoneOffset": "+01:00",
            **members,
        }
        if event["type"] == "TransformationEvent":
            del event["action"]  # it has none in EPCIS
        answer = self.members[by].send_events(event)
        assert answer.status_code == 200, answer.text
        self.told.append((by, event, answer.json()["records"][0]["index"]))
        follow_links(self.instance)
        return event

    def to(self, name: str) -> dict[str, Any]:
        return {"destinationList": [{"type": "owning_party", "destination": self.members[name].uri}]}

    def answers(self) -> dict[str, Any]:
        """Everything that the viewer is answered, by question; what it says of the log's size left out (D1)."""
        found: dict[str, Any] = {}
        get = self.viewer.get
        for index in range(self.first, self.first + 40):
            found[f"record {index}"] = _said(get(f"/api/v1/records/{index}"))
        for _, event, _ in self.told:
            found[event["eventID"]] = _said(get(f"/epcis/events/{event['eventID']}"))
        found["page"] = list(self._pages())
        for path in ("/api/v1/findings", "/api/v1/audit", "/api/v1/access-requests"):
            found[path] = _said(get(path))
        with self.instance.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(self.viewer.uri)
            assert member is not None
            stream = uow.grants.for_audiences((member.id, -2, -1), 0, 10_000)
        found["stream"] = [(grant.log_index, grant.audience) for grant in stream]
        for lot in self.lots():
            answer = get("/api/v1/trace", object=lot)
            found[lot] = (answer.status_code, {k: v for k, v in answer.json().items() if k != "as_of"})
        return found

    def _pages(self) -> Iterator[Any]:
        parameters = {"perPage": "2"}
        while True:
            answer = self.viewer.get("/epcis/events", **parameters)
            body = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            yield body, "next" in answer.links  # a page token is another each time
            token = answer.links.get("next", {}).get("url", "").partition("nextPageToken=")[2].partition("&")[0]
            if not token:
                return
            parameters = {"perPage": "2", "nextPageToken": token}

    def knows_of(self, lot: str, hidden: dict[str, Any]) -> bool:
        """Whether D2 allows the viewer to know of a hidden event at a lot: by others' records, or named by it."""
        if lot not in _objects(hidden):
            return False
        if self.viewer.uri in str(hidden.get("destinationList", "")) + str(hidden.get("filiere:sharedWith", "")):
            return True
        return any(
            by != "viewer" and lot in _objects(event) and self.viewer.get(f"/api/v1/records/{index}").status_code == 200
            for by, event, index in self.told
        )


def _said(response: Any) -> Any:
    return response.status_code, re.sub(r'"creationDate":"[^"]*"', "", response.text)  # the time of the answer


def _objects(event: dict[str, Any]) -> set[str]:
    names = ("quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList")
    found = {each["epcClass"] for name in names for each in event.get(name, ())}
    return found | ({event["parentID"]} if "parentID" in event else set())


def _at(*lots: str) -> list[dict[str, str]]:
    return [{"epcClass": lot} for lot in lots]


@pytest.fixture
def world(shared: Instance) -> World:
    return World(shared)


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Who tells what, lots by number: makings, changes, shipments, of all modes."""
    steps = []
    for _ in range(draw(st.integers(2, 7))):
        lots = draw(st.lists(st.integers(0, OBJECTS - 1), min_size=2, max_size=2, unique=True))
        step: dict[str, Any] = {"lots": lots, "kind": draw(st.sampled_from(["make", "change", "ship"]))}
        step["mode"] = draw(st.sampled_from(["private", "partners", "linked", "chain", "sector"]))
        step["to"] = draw(st.sampled_from([None, *NAMES]))
        steps.append((draw(st.sampled_from(NAMES)), step))
    return steps


def tell_step(world: World, by: str, step: dict[str, Any]) -> dict[str, Any]:
    first, second = (world.lot(number) for number in step["lots"])
    event: dict[str, Any] = {"filiere:sharing": step["mode"]}
    if step["kind"] == "change":
        event |= {"type": "TransformationEvent", "inputQuantityList": _at(first), "outputQuantityList": _at(second)}
    else:
        event |= {"action": "ADD" if step["kind"] == "make" else "OBSERVE", "quantityList": _at(first)}
        event |= {"bizStep": "commissioning" if step["kind"] == "make" else "shipping"}
    if step["to"]:
        event |= world.to(step["to"])
    return world.tell(by, **event)


@settings(
    max_examples=2,  # both columns; two worlds are compared in tests/api/test_interference.py
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(story=stories())
def test_a_hidden_event_changes_nothing_but_what_is_listed(shared: Instance, story: list[Any]) -> None:
    world = World(shared)
    for by, step in story:
        before = world.answers()
        told = tell_step(world, by, step)
        index = world.told[-1][2]
        after = world.answers()
        after.pop(told["eventID"])
        if len(after["stream"]) != len(before["stream"]):
            # It is visible itself, or makes what its owners share by links visible (D5): both as grants alone.
            gained = set(after["stream"]) - set(before["stream"])
            shared_by_links = {i for _, e, i in world.told if e.get("filiere:sharing") in {"linked", "chain"}}
            assert {i for i, _ in gained} <= shared_by_links | {index}
            continue
        known = [lot for lot in world.lots() if world.knows_of(lot, told)]
        for question, said in after.items():
            if question not in world.lots() or not known:
                assert said == before[question], question
            else:
                assert without_sealed(said, known) == without_sealed(before[question], known)
                assert sealed_at(said, known) <= sealed_at(before[question], known) + len(known)


def without_sealed(answer: tuple[int, dict[str, Any]], known: list[str]) -> Any:
    """A trace less what D2 and D3 allow to change at some objects."""
    status, body = answer
    if status != 200:
        return answer
    nodes = [
        {k: v for k, v in node.items() if k != "hidden_events" or node["key"] not in known} for node in body["nodes"]
    ]
    sealed = [each for each in body["sealed"] if each["object"] not in known]
    findings = [each for each in body["findings"] if each["object"] not in known]
    return status, body | {"nodes": nodes, "sealed": sealed, "findings": findings}


def sealed_at(answer: tuple[int, dict[str, Any]], known: list[str]) -> int:
    return sum(each["object"] in known for each in answer[1].get("sealed", ()))


def shipped_and_made(world: World, **making: Any) -> str:
    """The mill ships flour to the viewer; how it was made stays its own."""
    flour = world.lot(1)
    event = {"filiere:sharing": "private", "action": "ADD", "quantityList": _at(flour)} | making
    world.tell("mill", **event)
    world.tell("mill", bizStep="shipping", quantityList=_at(flour), **world.to("viewer"))
    return flour


def sealed_of(sender: Sender, lot: str) -> list[dict[str, Any]]:
    answer = sender.get("/api/v1/trace", object=lot)
    return answer.json().get("sealed", []) if answer.status_code == 200 else []


def ask(sender: Sender, handle: str, purpose: str = "rappel") -> Any:
    body = {"handle": handle, "purpose": purpose}
    return sender.client.post("/api/v1/access-requests", json=body, headers=sender.headers)


def test_a_sealed_node_says_that_something_is_there_and_not_whose(world: World) -> None:
    flour = shipped_and_made(world)
    (node,) = sealed_of(world.viewer, flour)
    assert (node["object"], node["member"]) == (flour, None)
    assert sealed_of(world.viewer, flour) == [node]
    assert world.members["mill"].uri not in str(node)


def test_access_is_asked_by_handle_and_given_by_the_owner_alone(world: World) -> None:
    flour = shipped_and_made(world)
    (node,) = sealed_of(world.viewer, flour)
    asked = ask(world.viewer, node["handle"], "rappel du lot")
    assert asked.status_code == 201, asked.text
    request = asked.json()
    assert (request["state"], request["record"]) == ("open", None)
    assert ask(world.viewer, node["handle"]).json()["id"] == request["id"]
    mill, rival = world.members["mill"], world.members["rival"]
    (received,) = mill.get("/api/v1/access-requests").json()["requests"]
    assert (received["asker"], received["purpose"]) == (world.viewer.uri, "rappel du lot")
    index = received["record"]
    path = f"/api/v1/access-requests/{request['id']}"
    for other in (rival, world.viewer):
        assert other.client.post(f"{path}/grant", headers=other.headers).status_code == 404
    assert world.viewer.get(f"/api/v1/records/{index}").status_code == 404
    assert mill.client.post(f"{path}/grant", headers=mill.headers).status_code == 200
    assert world.viewer.get(f"/api/v1/records/{index}").status_code == 200
    assert sealed_of(world.viewer, flour) == []
    assert mill.client.post(f"{path}/decline", headers=mill.headers).status_code == 409
    (mine,) = world.viewer.get("/api/v1/access-requests", side="asked").json()["requests"]
    assert (mine["state"], mine["record"]) == ("granted", index)


def test_a_declined_request_shows_nothing(world: World) -> None:
    flour = shipped_and_made(world)
    (node,) = sealed_of(world.viewer, flour)
    request = ask(world.viewer, node["handle"]).json()
    mill = world.members["mill"]
    declined = mill.client.post(f"/api/v1/access-requests/{request['id']}/decline", headers=mill.headers)
    assert declined.json()["state"] == "declined"
    assert sealed_of(world.viewer, flour) == [node]


def test_a_handle_is_its_viewers_alone(world: World) -> None:
    flour = shipped_and_made(world)
    (node,) = sealed_of(world.viewer, flour)
    for handle in (node["handle"], node["handle"][:-2] + "AA", "", "x" * 54):
        assert ask(world.members["rival"], handle).status_code in {400, 404}


def test_a_member_is_named_where_it_says_so(world: World) -> None:
    flour = shipped_and_made(world)
    with world.instance.platform.database.unit_of_work() as uow:
        mill = uow.members.by_uri(world.members["mill"].uri)
        assert mill is not None
        uow.access_requests.set_named(mill.id, is_named=True)
    (node,) = sealed_of(world.viewer, flour)
    assert node["member"] == world.members["mill"].uri


def test_a_guessed_object_in_a_record_of_ones_own_tells_nothing_of_others(world: World) -> None:
    """A guessed SSCC: the viewer mentions it himself, in every way that there is."""
    lot = world.lot(2)
    events: list[dict[str, Any]] = [
        {"action": "ADD", "quantityList": _at(lot)},
        {"bizStep": "receiving", "quantityList": _at(lot)} | world.to("viewer"),
        {"bizStep": "shipping", "quantityList": _at(lot)} | world.to("mill"),
    ]
    for event in events:
        world.tell("viewer", **event)
    before = world.viewer.get("/api/v1/trace", object=lot).json()
    world.tell("mill", **{"filiere:sharing": "private"}, action="ADD", quantityList=_at(lot))
    world.tell("mill", bizStep="receiving", quantityList=_at(lot), **world.to("baker"))
    after = world.viewer.get("/api/v1/trace", object=lot).json()
    assert after | {"as_of": 0} == before | {"as_of": 0}


def test_a_reception_that_names_its_shipper_closes_the_gap_also_where_it_is_private(world: World) -> None:
    """D3: both sides name each other; the shipper is not told that nothing arrived."""
    lot = world.lot(3)
    world.tell("viewer", bizStep="shipping", quantityList=_at(lot), **world.to("mill"))
    codes = {each["code"] for each in world.viewer.get("/api/v1/trace", object=lot).json()["findings"]}
    assert "shipment-not-received" in codes
    source = {"sourceList": [{"type": "owning_party", "source": world.viewer.uri}]}
    private = {"filiere:sharing": "private"}
    world.tell("mill", bizStep="receiving", quantityList=_at(lot), **source, **private)
    codes = {each["code"] for each in world.viewer.get("/api/v1/trace", object=lot).json()["findings"]}
    assert "shipment-not-received" not in codes


def test_what_others_record_moves_nothing_on_the_first_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "LOOKED_AT", 3)

    def first_page() -> list[str]:
        with world.instance.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(world.viewer.uri)
            assert member is not None
            return recent.recent_objects(uow, Viewer(member_id=member.id))

    world.tell("viewer", action="ADD", quantityList=_at(world.lot(0)))
    before = first_page()  # after its own, what earlier tests showed to everybody
    assert before[0] == world.lot(0)
    for number in range(1, 4):
        world.tell("mill", **{"filiere:sharing": "private"}, action="ADD", quantityList=_at(world.lot(number)))
    assert first_page() == before


def test_the_list_is_the_one_that_is_documented() -> None:
    page = (ROOT / "docs" / "visibility.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (D\d+ [a-z-]+) \|", page, re.MULTILINE) == [*DECLASSIFIED]


def test_handles_are_stable_differ_by_viewer_and_cannot_be_made_up() -> None:
    key, other = bytes(64), bytes([1]) * 64
    places = [HandlePlace(*place) for place in itertools.product((1, 2), (5, 6), (7, 8))]
    handles = {make_handle(place, key) for place in places}
    assert len(handles) == len(places)
    for place in places:
        assert read_handle(make_handle(place, key), key) == place
        with pytest.raises(NoHandle):
            read_handle(make_handle(place, other), key)
