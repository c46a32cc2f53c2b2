"""Events asked for by what their places and products are: by the asker's own master data and what is shared with it."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from builders.events import an_object_event
from builders.instance import Instance, Sender
from filiere_schemas.epcis.master_data import BUSINESS_LOCATION, EPC_CLASS, READ_POINT

_numbers = itertools.count(10_000)


class Works:
    """A member with a works of its own: halls, each with rooms, in each of which something was seen."""

    def __init__(self, shared: Instance) -> None:
        self.number = next(_numbers)
        self.sender: Sender = shared.admit(f"works {self.number}")

    def place(self, name: str) -> str:
        return f"urn:epc:id:sgln:9521001.{self.number}.{name}"

    def lot(self, name: str) -> str:
        return f"urn:epc:class:lgtin:9521001.{self.number:06d}.{name}"

    def see(self, name: str, **more: Any) -> None:
        """Tell that a lot of this name was seen in the room of this name."""
        lots, room = [{"epcClass": self.lot(name), "quantity": 1}], {"id": self.place(name)}
        event = an_object_event(eventID=uuid.uuid4().urn, quantityList=lots, readPoint=room, bizLocation=room)
        self.sender.send_events({**event, **more}).raise_for_status()

    def say(
        self, thing: str, vocabulary: str, *, children: tuple[str, ...] = (), sharing: str = "private", **said: Any
    ) -> None:
        attributes = [{"id": f"cbvmda:{name}", "attribute": value} for name, value in said.items()]
        asked = {"vocabulary": vocabulary, "id": thing, "attributes": attributes, "sharing": sharing}
        asked["children"] = [self.place(child) for child in children]
        answer = self.sender.client.put("/api/v1/master-data", json=asked, headers=self.sender.headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def works(shared: Instance) -> Works:
    made = Works(shared)
    for room in ("A1", "A2", "B1"):
        made.see(room)
    return made


def seen(sender: Sender, **parameters: str) -> set[str]:
    """In which rooms what was found was seen, of all works."""
    answer = sender.get("/epcis/events", **parameters)
    assert answer.status_code == 200, answer.text
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return {event["readPoint"]["id"].rpartition(".")[2].rpartition("/")[2] for event in events}


@pytest.mark.parametrize(("name", "vocabulary"), [("WD_readPoint", READ_POINT), ("WD_bizLocation", BUSINESS_LOCATION)])
def test_a_place_is_asked_for_with_all_that_lies_below_it(works: Works, name: str, vocabulary: str) -> None:
    whole, hall = works.place("0"), works.place("A")
    assert seen(works.sender, **{name: whole}) == set()
    works.say(whole, vocabulary, children=("A", "B1"))
    works.say(hall, vocabulary, children=("A1", "A2", "A", "0"))  # in a circle
    assert seen(works.sender, **{name: whole}) == {"A1", "A2", "B1"}
    assert seen(works.sender, **{name: hall}) == {"A1", "A2", "B1"}  # as the circle says
    works.say(hall, vocabulary, children=("A1",))
    assert seen(works.sender, **{name: hall}) == {"A1"}
    assert seen(works.sender, **{name: f"{hall}|{works.place('A2')}"}) == {"A1", "A2"}
    assert seen(works.sender, **{name: whole, "EQ_readPoint": works.place("A1")}) == {"A1"}


def test_the_other_vocabulary_says_nothing_of_a_place(works: Works) -> None:
    works.say(works.place("0"), READ_POINT, children=("A1",))
    assert seen(works.sender, WD_bizLocation=works.place("0")) == set()


@pytest.mark.parametrize(
    ("field", "vocabulary"), [("readPoint", READ_POINT), ("bizLocation", BUSINESS_LOCATION), ("epcClass", EPC_CLASS)]
)
def test_things_are_asked_for_by_their_attributes(works: Works, field: str, vocabulary: str) -> None:
    thing = works.lot if field == "epcClass" else works.place
    works.say(thing("A1"), vocabulary, **{f"w{works.number}": "cold", "floor": 1})
    works.say(thing("A2"), vocabulary, **{f"w{works.number}": "warm"})
    own = f"cbvmda:w{works.number}"
    assert seen(works.sender, **{f"HASATTR_{field}": own}) == {"A1", "A2"}
    assert seen(works.sender, **{f"HASATTR_{field}": "urn:epcglobal:cbv:mda:floor|cbvmda:never"}) == {"A1"}
    assert seen(works.sender, **{f"EQATTR_{field}_{own}": "cold"}) == {"A1"}
    assert seen(works.sender, **{f"EQ_ATTR_{field}_urn:epcglobal:cbv:mda:w{works.number}": "cold|warm"}) == {"A1", "A2"}
    assert seen(works.sender, **{f"EQATTR_{field}_cbvmda:floor": "1", f"HASATTR_{field}": own}) == {"A1"}
    assert seen(works.sender, **{f"EQATTR_{field}_{own}": "hot"}) == set()
    works.say(thing("A1"), vocabulary, floor=1)  # what is said no more finds nothing
    assert seen(works.sender, **{f"HASATTR_{field}": own}) == {"A2"}


def test_what_others_keep_to_themselves_changes_no_answer(shared: Instance, works: Works) -> None:
    reader = shared.admit(f"reader {works.number}")
    works.see("C1", **{"filiere:sharing": "sector"})
    asked = {"EQATTR_readPoint_cbvmda:secret": str(works.number)}
    for sharing, found in (("private", set[str]()), ("sector", {"C1"}), ("private", set[str]())):
        works.say(works.place("C1"), READ_POINT, sharing=sharing, secret=str(works.number))
        works.say(works.place("0"), READ_POINT, sharing=sharing, children=("C1", "A1"))
        assert seen(reader, **asked) == found
        assert seen(reader, WD_readPoint=works.place("0")) == found
    assert seen(works.sender, **asked) == {"C1"}


def test_a_proposal_counts_for_its_author_alone(shared: Instance, works: Works) -> None:
    works.see("C1", **{"filiere:sharing": "sector"})
    works.say(works.place("C1"), READ_POINT, sharing="sector", mark=str(works.number))
    asked = {"EQATTR_readPoint_cbvmda:mark": str(works.number)}
    owner = shared.admit(f"owner {works.number}", identifiers=(works.place("C1"),))
    assert seen(owner, **asked) == set()
    assert seen(works.sender, **asked) == {"C1"}


@pytest.mark.parametrize(
    "parameters",
    [{"HASATTR_readPoint": ""}, {"HASATTR_bizStep": "cbvmda:name"}, {"EQATTR_readPoint": "x"}, {"WD_readPoint": "x"}],
)
def test_what_cannot_be_asked_of_master_data_is_refused(works: Works, parameters: dict[str, str]) -> None:
    answer = works.sender.get("/epcis/events", **parameters)
    assert (answer.status_code, answer.json()["type"]) == (400, "epcisException:QueryParameterException")
