"""Two worlds that differ in nothing but fields that are not public give a stranger the same bytes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.instance import PUBLISH_SECONDS, FixedClock, Instance, open_instance
from builders.village import lot, making
from filiere_platform.usecases.relay import plan_round

# What a farm may say besides, none of it public in the food sector: whole members, parts of public ones, extensions.
HIDDEN: dict[str, st.SearchStrategy[Any]] = {
    "readPoint": st.sampled_from(["1", "2"]).map(lambda n: {"id": f"urn:epc:id:sgln:9521001.0000{n}.0"}),
    "destinationList": st.sampled_from(["urn:filiere:party:duns:000000888", "urn:filiere:party:duns:000000889"]).map(
        lambda uri: [{"type": "owning_party", "destination": uri}]
    ),
    "bizTransactionList": st.sampled_from("AB").map(
        lambda po: [{"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:9521002000010:PO-{po}"}]
    ),
    "dairy:note": st.text(alphabet="abc", min_size=1, max_size=5),
    "farm": st.text(alphabet="xyz", min_size=1, max_size=5),
    "quantity": st.integers(1, 9),
    "sensorElementList": st.integers(1, 9).map(
        lambda value: [{"sensorReport": [{"type": "Temperature", "value": value, "uom": "CEL"}]}]
    ),
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two stories that differ in fields that are not public, of one to three events."""
    stories: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for number in range(draw(st.integers(1, 3))):
        public = {
            "bizStep": draw(st.sampled_from(["commissioning", "inspecting"])),
            "eventTime": f"2026-06-1{draw(st.integers(0, 9))}T00:00:00.000Z",
            "eventID": f"urn:uuid:00000000-0000-4000-b200-{number:012d}",
        }
        names = draw(st.sets(st.sampled_from(sorted(HIDDEN)), min_size=1))
        for story in stories:
            event = making(lot(f"N{draw(st.just(number % 2))}"), **public)
            for name in ("readPoint", "destinationList", "bizTransactionList"):
                del event[name]
            for name in names:
                value = draw(st.one_of(st.none(), HIDDEN[name]))
                if value is None:
                    continue
                if name == "farm":
                    event["ilmd"] = {**event["ilmd"], "dairy:farm": value}
                elif name == "quantity":
                    event["quantityList"][0]["quantity"] = value
                else:
                    event[name] = value
            story.append(deepcopy(event))
    return stories


@contextmanager
def a_world(folder: Any, story: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Everything that a stranger and a foreign member are answered of a story."""
    clock = FixedClock()
    with open_instance(folder, clock=clock, seed="views") as instance:
        farm = instance.admit("farm of two worlds", enrolment="one-time")
        rival = instance.admit("rival of two worlds", enrolment="another")
        first = instance.log_size()
        for event in story:
            assert farm.send_events(event).status_code == 200
        answers: dict[str, Any] = {}
        size = instance.log_size()
        wait_published(instance, size)
        for name, headers in (("anybody", {}), ("rival", rival.headers)):
            for path, query in _questions(first, size):
                answer = instance.client.get(path, params=query, headers=headers)
                key = f"{name} {path} {query}"
                answers[key] = (answer.status_code, re.sub(r'"creationDate":"[^"]*"', "", answer.text))
                answers[f"{key} Link"] = answer.headers.get("link")
        with instance.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(rival.uri)
            assert member is not None
            uow.cursors.move("relay", 0)
            plan = plan_round(uow, members=uow.members.all(), origin="log.test", now=0)
            answers["bus"] = [m.body for m in plan.messages if member.id in m.recipients and m.kind != "key"]
        yield answers


def wait_published(instance: Instance, size: int) -> None:
    """Wait for the publisher: what it has published yet is no matter of these tests."""
    deadline = time.monotonic() + PUBLISH_SECONDS
    while instance.client.get("/log/checkpoint").text.split("\n")[1:2] != [str(size)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _questions(first: int, size: int) -> Iterator[tuple[str, dict[str, str]]]:
    for index in range(first, size + 2):
        yield f"/api/v1/records/{index}", {}
        yield f"/api/v1/records/{index}/proof", {}
    for number in range(3):
        yield f"/epcis/events/urn:uuid:00000000-0000-4000-b200-{number:012d}", {}
    yield "/epcis/events", {"perPage": "1"}
    for name, value in (
        ("EQ_readPoint", "urn:epc:id:sgln:9521001.00001.0"),
        ("EQ_bizStep", "inspecting"),
        ("MATCH_anyEPCClass", lot("N0")),
        ("GE_eventTime", "2026-06-15T00:00:00Z"),
    ):
        yield "/epcis/events", {name: value, "perPage": "1"}
    for name in ("N0", "N1"):
        yield "/api/v1/trace", {"object": lot(name)}
        yield "/api/v1/trace/stream", {"object": lot(name), "direction": "down"}
        yield "/lot", {"object": lot(name)}
    yield "/", {}
    yield "/api/v1/findings", {}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories=pairs())
def test_what_is_not_public_changes_no_byte_of_what_a_stranger_is_answered(
    tmp_path_factory: pytest.TempPathFactory, stories: tuple[list[dict[str, Any]], list[dict[str, Any]]]
) -> None:
    one, other = stories
    with (
        a_world(tmp_path_factory.mktemp("one"), one) as first,
        a_world(tmp_path_factory.mktemp("other"), other) as second,
    ):
        assert first.keys() == second.keys()
        for question, said in first.items():
            assert said == second[question], question
