"""The forms of a trace over HTTP: chosen by parameter or header, the same answer in each, whole and in levels."""

from __future__ import annotations

import csv
import io
import json

import networkx as nx
import pytest

from builders.events import ABSENT, CHEESE_LOT, CREAM_LOT, MILK_LOT, a_transformation_event, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.render.csv_rows import BYTE_ORDER_MARK
from filiere_schemas.epcis.document import read_document
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.strict_json import strict_loads

KINDS = {
    "json": "application/json",
    "graphml": "application/graphml+xml",
    "nodes.csv": "text/csv; charset=utf-8; header=present",
    "edges.csv": "text/csv; charset=utf-8; header=present",
    "epcis": "application/ld+json",
}


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    dairy = shared.admit("dairy", sharing=SharingMode.PRIVATE)
    milk = an_object_event(eventTime="2026-06-11T05:40:00.000Z")
    away = {"action": "OBSERVE", "bizStep": "shipping", "ilmd": ABSENT, "eventTime": "2026-06-11T08:00:00.000Z"}
    assert dairy.send_events(milk, a_transformation_event(), an_object_event(**away)).status_code == 200
    return dairy


@pytest.mark.parametrize("form", KINDS)
def test_the_parameter_chooses_and_names_the_file(dairy: Sender, form: str) -> None:
    answer = dairy.get("/api/v1/trace", object=MILK_LOT, format=form)
    assert answer.headers["content-type"] == KINDS[form]
    assert answer.headers["vary"] == "Accept"
    assert ("content-disposition" in answer.headers) == (form != "json")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "json"),
        ("text/html", "json"),
        ("application/graphml+xml", "graphml"),
        ("text/csv;q=0.4, application/ld+json;q=0.8", "epcis"),
        ("text/csv;q=x, application/graphml+xml;q=0", "json"),
        ("text/csv", "nodes.csv"),
    ],
)
def test_else_what_the_client_accepts(dairy: Sender, accept: str, kind: str) -> None:
    headers = {**dairy.headers, "Accept": accept}
    answer = dairy.client.get("/api/v1/trace", params={"object": MILK_LOT}, headers=headers)
    assert answer.headers["content-type"] == KINDS[kind]


def test_an_unknown_form_is_refused(dairy: Sender) -> None:
    answer = dairy.get("/api/v1/trace", object=MILK_LOT, format="xlsx")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"]


def test_graph_and_tables_say_what_the_json_says(dairy: Sender) -> None:
    whole = dairy.get("/api/v1/trace", object=MILK_LOT).json()
    written = dairy.get("/api/v1/trace", object=MILK_LOT, format="graphml").content
    graph = nx.read_graphml(io.BytesIO(written), force_multigraph=True)
    keys = {name: data["key"] for name, data in graph.nodes(data=True)}
    assert {node["key"] for node in whole["nodes"]} <= set(keys.values())
    steps = sorted((data["kind"], keys[s], keys[t]) for s, t, data in graph.edges(data=True))
    assert steps == sorted((edge["kind"], edge["from"], edge["to"]) for edge in whole["edges"])
    assert steps
    rows = list(csv.DictReader(io.StringIO(dairy.get("/api/v1/trace", object=MILK_LOT, format="edges.csv").text)))
    assert sorted((row["kind"], row["from"], row["to"]) for row in rows) == steps
    french = dairy.get("/api/v1/trace", object=MILK_LOT, format="nodes.csv", csv="fr").text
    assert french.startswith(BYTE_ORDER_MARK + "key;kind;")
    milk = next(row for row in csv.DictReader(io.StringIO(french), delimiter=";") if row["depth"] == "0")
    assert (milk["made"], milk["made_uom"]) == ("1200", "LTR")


def test_the_events_of_an_answer_are_one_document_that_can_be_read_again(dairy: Sender) -> None:
    whole = dairy.get("/api/v1/trace", object=MILK_LOT).json()
    answer = dairy.get("/api/v1/trace", object=MILK_LOT, format="epcis")
    document = read_document(answer.content)
    events = [read_event(strict_loads(event)).event for event in document.events]
    assert [event.event_id for event in events] == [
        event["event_id"] for event in sorted(whole["events"], key=lambda event: event["index"])
    ]
    assert "shipping" in {event.biz_step for event in events}
    about = json.loads(answer.content)["filiere:trace"]
    assert (about["filiere:object"], about["filiere:as_of"], about["filiere:erased"]) == (
        canonical_key(MILK_LOT),
        whole["as_of"],
        [],
    )


def test_an_erased_event_is_named_where_it_is_missing(shared: Instance) -> None:
    farm = shared.admit("farm", sharing=SharingMode.PRIVATE)
    lot = "urn:epc:class:lgtin:9521001.000017.ERASED"
    seen = an_object_event(quantityList=[{"epcClass": lot}])
    indexes = [
        farm.send_events(event).json()["records"][0]["index"] for event in (seen, {**seen, "bizStep": "packing"})
    ]
    whole = farm.get("/api/v1/trace", object=lot).json()["events"]
    shared.erase(indexes[1])
    document = farm.get("/api/v1/trace", object=lot, format="epcis").json()
    kept, gone = ([event["event_id"] for event in whole if event["index"] == index] for index in indexes)
    assert document["filiere:trace"]["filiere:erased"] == gone
    assert [event["eventID"] for event in document["epcisBody"]["eventList"]] == kept


@pytest.mark.parametrize("form", ["graphml", "nodes.csv", "edges.csv", "epcis"])
def test_a_streamed_form_says_what_the_lines_say(dairy: Sender, form: str) -> None:
    asked = {"object": MILK_LOT, "direction": "down"}
    _, *levels, _ = map(json.loads, dairy.get("/api/v1/trace/stream", **asked).text.splitlines())
    keys = [key for level in levels for key in level["nodes"]["key"]]
    steps = [
        (keys[source], keys[target], event)
        for level in levels
        for source, target, event in zip(*(level["edges"][name] for name in ("from", "to", "event")), strict=True)
    ]
    assert keys == [canonical_key(MILK_LOT), canonical_key(CHEESE_LOT)]
    answer = dairy.get("/api/v1/trace/stream", **asked, format=form)
    assert answer.headers["content-type"] == KINDS[form]
    if form == "graphml":
        graph = nx.read_graphml(io.BytesIO(answer.content), force_multigraph=True)
        names = {name: data["key"] for name, data in graph.nodes(data=True)}
        assert sorted(names.values()) == sorted(keys)
        assert [(names[s], names[t], data["event"]) for s, t, data in graph.edges(data=True)] == steps
    elif form == "epcis":
        told = [read_event(strict_loads(event)).event.event_id for event in read_document(answer.content).events]
        indexes = {event["index"] for event in dairy.get("/api/v1/trace", object=MILK_LOT).json()["events"]}
        assert len(told) == len({event for _, _, event in steps} & indexes) == 1
    else:
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        found = [(r["from"], r["to"], int(r["event"])) if form == "edges.csv" else r["key"] for r in rows]
        assert found == (steps if form == "edges.csv" else keys)


@pytest.mark.parametrize("form", KINDS)
def test_no_form_shows_a_stranger_what_json_does_not(shared: Instance, dairy: Sender, form: str) -> None:
    rival = shared.admit(f"rival {form}", sharing=SharingMode.PRIVATE)
    for path, more in (("/api/v1/trace", {}), ("/api/v1/trace/stream", {"direction": "down"})):
        refused = rival.get(path, object=MILK_LOT, format=form, **more)
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    seen = an_object_event(action="OBSERVE", quantityList=[{"epcClass": CREAM_LOT}], ilmd=ABSENT)
    assert rival.send_events(seen).status_code == 200
    text = rival.get("/api/v1/trace", object=CREAM_LOT, format=form).text
    assert CHEESE_LOT.rpartition(".")[2] not in text
    assert MILK_LOT.rpartition(".")[2] not in text
