"""Every object of the official examples, traced in one repository that holds them all: each trace ends and agrees."""

from __future__ import annotations

from typing import Any

from builders.conformance import official_documents
from builders.instance import Sender, open_instance
from conftest import Backend
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.record import OBJECT_ROLES
from filiere_platform.usecases.trace import TraceQuestion, trace_object
from filiere_schemas.epcis.document import read_document
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.provenance.strict_json import strict_loads

EVENTS = 56  # of 47 documents


def test_every_object_of_the_official_examples_is_traced_and_its_traces_agree(backend: Backend) -> None:
    events = [event for path in official_documents() for event in read_document(path.read_bytes()).events]
    assert len(events) == EVENTS
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        sender = instance.admit("examples")
        objects = {key for event in events if _is_stored(sender, event) for key in _objects(event)}
        with instance.platform.database.unit_of_work() as uow:
            traces = {key: trace_object(uow, OPERATOR, TraceQuestion(object=key)) for key in sorted(objects)}
    assert len(traces) > 50
    for key, answer in traces.items():
        _is_consistent(key, answer)
        _agrees_with_the_way_back(key, answer, traces)
    kinds = {edge["kind"] for answer in traces.values() for edge in answer["edges"]}
    assert kinds == {"transformed-into", "packed-in", "fitted-in", "moved"}


def _objects(event: bytes) -> set[str]:
    ends = ends_of(read_event(strict_loads(event)).event)
    return {end.key for end in ends if end.role in OBJECT_ROLES}


def _is_consistent(key: str, answer: dict[str, Any]) -> None:
    assert answer["cut"] is None
    nodes = {node["key"]: node for node in answer["nodes"]}
    places = {place["key"] for place in answer["places"]}
    events = {event["index"] for event in answer["events"]}
    assert nodes[key]["depth"] == 0
    assert all(event["event_id"] and event["assurance"] == "signed at source" for event in answer["events"])
    for edge in answer["edges"]:
        assert edge["event"] in events
        assert {edge["from"], edge["to"]} - {None} <= (places if edge["kind"] == "moved" else nodes.keys())
        assert set(edge["objects"]) <= nodes.keys()
        assert edge["earliest"] <= edge["latest"]


def _agrees_with_the_way_back(key: str, answer: dict[str, Any], traces: dict[str, dict[str, Any]]) -> None:
    if not _traversed(answer, key):
        return
    for node in answer["nodes"]:
        if node["traversed"] and "down" in node["directions"]:
            back = {found["key"]: found["directions"] for found in traces[node["key"]]["nodes"]}
            assert "up" in back[key], (key, node["key"])


def _traversed(answer: dict[str, Any], key: str) -> bool:
    return any(node["key"] == key and node["traversed"] for node in answer["nodes"])


def _is_stored(sender: Sender, event: bytes) -> bool:
    """Sign and send one event; two event IDs of the examples come with different contents and are refused once."""
    response = sender.send(sender.sign(event))
    assert response.status_code in (200, 409), response.text
    return response.status_code == 200
