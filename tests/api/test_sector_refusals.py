"""A rule that refuses does so in every form and through every door of HTTP: JSON and XML, jobs whole and by pieces.

Over the broker: tests/contracts/capture_queue/test_refused_by_sector.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.capture_jobs import captured
from builders.events import a_document, an_object_event, as_bytes
from builders.findings import follow_findings, told
from builders.instance import Instance, open_instance
from builders.strict_sector import a_strict_sector, shipment
from builders.xml_events import an_xml_document, an_xml_event
from conftest import Backend

JSON, XML = "application/ld+json", "application/xml"
RECIPIENT = "urn:epc:id:sgln:9521002.00002.0"
IN_XML = (
    '<destinationList><destination type="urn:epcglobal:cbv:sdt:owning_party">' + RECIPIENT + "</destination>"
    "</destinationList>"
)


@pytest.fixture
def instance(backend: Backend, tmp_path: Path) -> Iterator[Instance]:
    own = a_strict_sector(tmp_path / "sectors")
    with open_instance(backend.folder, database_url=backend.database_url, **own, sector_rules="enforce") as opened:
        yield opened


def shipment_in_xml(number: int, *, recipient: str = "") -> str:
    """The same as `shipment`, in XML 2.0."""
    milk = an_xml_event(number, action="OBSERVE").replace("commissioning", "shipping").replace("active", "in_transit")
    without_ilmd = re.sub(r"\s*<ilmd>.*</ilmd>", "", milk)
    return without_ilmd.replace("</quantityList>", f"</quantityList>{recipient}")


def named(number: int, **changes: Any) -> dict[str, Any]:
    return shipment(eventID=f"urn:uuid:00000000-0000-4000-9000-{number:012d}", **changes)


def documents(number: int) -> dict[str, bytes]:
    """A shipment to somebody, one to nobody and another one to somebody, in each form."""
    given = [{"type": "owning_party", "destination": RECIPIENT}]
    in_json = [named(number, destinationList=given), named(number + 1), named(number + 2, destinationList=given)]
    in_xml = [
        shipment_in_xml(number + 10, recipient=IN_XML),
        shipment_in_xml(number + 11),
        shipment_in_xml(number + 12, recipient=IN_XML),
    ]
    return {JSON: as_bytes(a_document(in_json)), XML: an_xml_document(*in_xml)}


@pytest.mark.parametrize(("behaviour", "stored"), [("rollback", 0), ("proceed", 2)])
def test_a_job_refuses_what_a_rule_refuses_in_json_and_in_xml(instance: Instance, behaviour: str, stored: int) -> None:
    sawmill = instance.admit("sawmill")
    said = {}
    for kind, body in documents(100).items():
        size = instance.log_size()
        job = captured(sawmill, body, kind=kind, behaviour=behaviour)
        assert not job["success"]
        (error,) = job["errors"]
        assert (error["status"], error["code"]) == (400, "sector-rule-refuses")
        assert "destinataire" in error["fr"]
        assert instance.log_size() == size + stored
        said[kind] = error
    assert said[JSON]["pointer"] == "/epcisBody/eventList/1/destinationList"
    assert said[XML]["fr"] == said[JSON]["fr"]


def test_one_event_is_refused_in_either_form_and_taken_once_it_names_somebody(instance: Instance) -> None:
    sawmill = instance.admit("sawmill")
    given = [{"type": "owning_party", "destination": RECIPIENT}]
    for kind, wrong, right in (
        (JSON, as_bytes(named(1)), as_bytes(named(1, destinationList=given))),
        (XML, an_xml_document(shipment_in_xml(2)), an_xml_document(shipment_in_xml(2, recipient=IN_XML))),
    ):
        size = instance.log_size()
        headers = {**sawmill.headers, "Content-Type": kind}
        refused = sawmill.client.post("/epcis/events", content=wrong, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "sector-rule-refuses"), refused.text
        assert instance.log_size() == size
        taken = sawmill.client.post("/epcis/events", content=right, headers=headers)
        assert taken.status_code == 201, taken.text
        assert instance.log_size() == size + 1


def test_nobody_finds_what_was_refused(instance: Instance) -> None:
    """Not by its id, nor among the events of its step, nor in what the rules found: its signed refusal is all."""
    sawmill = instance.admit("sawmill")
    answer = sawmill.send_events(named(7), an_object_event())
    refused, stored = answer.json()["records"]
    assert (refused["status"], stored["status"]) == ("refused", "stored")
    asked = sawmill.get("/epcis/events", EQ_eventID=named(7)["eventID"]).json()
    assert asked["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
    assert named(7)["eventID"] not in sawmill.get("/epcis/events", EQ_bizStep="shipping").text
    follow_findings(instance)
    assert [each for each in told(sawmill) if each["index"] == refused["index"]] == []
