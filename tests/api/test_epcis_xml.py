"""A plain EPCIS client sends XML: its bytes are in the record, its event is the one that JSON gives."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from builders.capture_jobs import captured
from builders.events import a_document, as_bytes
from builders.instance import Instance, Sender
from builders.xml_events import an_old_event, an_xml_document, an_xml_event
from filiere_schemas.epcis.received import SOURCE, recorded, source_of
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.epcis.xml_event import event_value
from filiere_schemas.provenance import base64url
from filiere_schemas.provenance.strict_json import strict_loads

EVENT_ID = "urn:uuid:00000000-0000-4000-9000-{:012d}"


@pytest.fixture(scope="module")
def sender(shared: Instance) -> Sender:
    return shared.admit("XML client")


def send(sender: Sender, body: bytes, *, behaviour: str = "rollback", kind: str = "application/xml") -> dict[str, Any]:
    return captured(sender, body, kind=kind, behaviour=behaviour)


def found(sender: Sender, number: int) -> list[dict[str, Any]]:
    headers = {**sender.headers, "GS1-EPC-Format": "Never_Translates"}
    document = sender.client.get(f"/epcis/events/{EVENT_ID.format(number)}", headers=headers).json()
    return document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def payload(sender: Sender, index: int) -> bytes:
    return base64url.decode(sender.get(f"/api/v1/records/{index}").json()["jws"].split(".")[1].encode())


@pytest.mark.parametrize(("version", "build", "number"), [("2.0", an_xml_event, 1), ("1.2", an_old_event, 2)])
def test_an_event_in_xml_is_stored_with_its_bytes_and_read_as_json(
    shared: Instance, sender: Sender, version: str, build: Any, number: int
) -> None:
    index = shared.log_size()
    sent = an_xml_document(build(number), version=version)
    assert send(sender, sent, kind="text/xml")["success"]
    (cut,) = read_xml_document(sent).events
    record = payload(sender, index)
    assert source_of(strict_loads(record)) == cut
    assert recorded(record).value == event_value(cut)
    (read,) = found(sender, number)
    assert SOURCE not in read
    assert read["quantityList"] == [
        {"epcClass": f"urn:epc:class:lgtin:9521001.000001.MILK-{number}", "quantity": 1200.5, "uom": "LTR"}
    ]
    assert (read["bizStep"], read["disposition"]) == ("commissioning", "active")
    assert read["ilmd"] == {"cbvmda:lotNumber": f"MILK-{number}"}


def test_the_same_event_in_xml_and_in_json_is_one_event(shared: Instance, sender: Sender) -> None:
    new, old = an_xml_document(an_xml_event(11)), an_xml_document(an_old_event(11), version="1.2")
    assert send(sender, new)["success"]
    size = shared.log_size()
    (event,) = read_xml_document(new).events
    assert send(sender, old)["success"]
    assert send(sender, as_bytes(a_document([event_value(event)])), kind="application/ld+json")["success"]
    assert shared.log_size() == size


def test_a_problem_says_line_and_xpath_in_the_document_that_was_sent(sender: Sender) -> None:
    bad = an_xml_event(22).replace("<uom>LTR</uom>", "<uom>BUCKET</uom>")
    job = send(sender, an_xml_document(an_xml_event(21), bad), behaviour="proceed")
    (error,) = job["errors"]
    assert not job["success"]
    assert error["pointer"] == "/epcisBody/eventList/1/quantityList/0/uom"
    event = "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]"
    assert error["xpath"] == f"{event}/quantityList/quantityElement/uom"
    assert an_xml_document(an_xml_event(21), bad).split(b"\n")[error["line"] - 1].count(b"BUCKET")
    assert len(found(sender, 21)) == 1


def test_one_bad_event_of_many_is_refused_alone_or_with_all(shared: Instance, sender: Sender) -> None:
    events = [an_xml_event(number) for number in range(50, 60)]
    events[5] = events[5].replace("05:40:00+02:00", "05:40:00")
    size = shared.log_size()
    for behaviour, stored in (("rollback", 0), ("proceed", 9)):
        job = send(sender, an_xml_document(*events), behaviour=behaviour)
        assert [error["pointer"] for error in job["errors"]] == ["/epcisBody/eventList/5/eventTime"]
        assert shared.log_size() == size + stored


def test_one_event_is_posted_in_xml(sender: Sender) -> None:
    headers = {**sender.headers, "Content-Type": "application/xml"}
    body = an_xml_document(an_xml_event(31))
    response = sender.client.post("/epcis/events", content=body, headers=headers)
    assert (response.status_code, response.headers["content-type"], response.content) == (201, "application/xml", body)
    headers["Accept"] = "application/ld+json"
    assert sender.client.post("/epcis/events", content=body, headers=headers).json()["action"] == "ADD"
    two = an_xml_document(an_xml_event(32), an_xml_event(33))
    bad = an_xml_document(an_xml_event(34, action="PAINT"))
    for refused, status, code in ((two, 413, "too-many-events"), (bad, 400, "unknown-word"), (b"<x>", 400, "not-xml")):
        response = sender.client.post("/epcis/events", content=refused, headers=headers)
        assert (response.status_code, response.json()["code"]) == (status, code)
    assert sender.client.post("/epcis/events", content=bad, headers=headers).json()["errors"][0]["line"]


def test_nobody_says_for_the_platform_in_which_bytes_an_event_came(sender: Sender) -> None:
    (event,) = read_xml_document(an_xml_document(an_xml_event(41))).events
    claim = event_value(event) | {SOURCE: {"@value": "<ObjectEvent/>"}}
    headers = {**sender.headers, "Content-Type": "application/ld+json"}
    response = sender.client.post("/epcis/events", content=as_bytes(claim), headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "source-reserved")


@pytest.mark.parametrize(("accept", "version"), [("application/xml", "2.0"), ("text/xml; version=1.2", "1.2")])
def test_a_question_is_answered_in_xml_where_the_asker_prefers_it(sender: Sender, accept: str, version: str) -> None:
    numbers = [int(f"6{version[0]}{n}") for n in range(3)]
    send(sender, an_xml_document(*(an_xml_event(number, more="<dairy:a>b</dairy:a>") for number in numbers)))
    headers = {**sender.headers, "Accept": accept, "GS1-EPC-Format": "Never_Translates"}
    ids = "|".join(EVENT_ID.format(number) for number in numbers)
    for path, count in ((f"/epcis/events?EQ_eventID={ids}", 3), (f"/epcis/events/{EVENT_ID.format(numbers[0])}", 1)):
        answer = sender.client.get(path, headers=headers)
        assert answer.headers["content-type"].startswith(accept.partition(";")[0])
        document = read_xml_document(answer.content)
        assert (document.kind, document.schema_version) == ("EPCISQueryDocument", version)
        events = [event_value(event) for event in document.events]
        assert len(events) == count
        for event in events:
            (stored,) = found(sender, int(event["eventID"][-12:]))
            assert {**event, "@context": None} == {**stored, "@context": None}
    page = sender.client.get(f"/epcis/events?perPage=2&EQ_eventID={ids}", headers=headers)
    assert (len(read_xml_document(page.content).events), "next" in page.links) == (2, True)


@pytest.mark.parametrize("kind", ["application/xml", "text/xml"])
def test_a_job_is_told_in_xml_with_every_problem_and_its_place(sender: Sender, kind: str) -> None:
    bad = an_xml_event(77, action="MAYBE")
    job = send(sender, an_xml_document(bad), behaviour="proceed")
    answer = sender.client.get(f"/epcis/capture/{job['captureID']}", headers={**sender.headers, "Accept": kind})
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, kind)
    root = etree.fromstring(answer.content)
    assert root.tag == "{urn:epcglobal:epcis:xsd:2}EPCISCaptureJob"
    assert (root.get("captureID"), root.get("running"), root.get("success")) == (job["captureID"], "false", "false")
    assert root.findtext("captureErrorBehaviour") == "proceed"
    assert root.findtext("createdAt") == job["createdAt"]
    own = "{urn:filiere:ns:}"
    told = [
        (each.findtext("type"), each.findtext(f"{own}pointer"), each.findtext(f"{own}fr"))
        for each in root.iter("error")
    ]
    assert told == [(each["type"], each["pointer"], each["fr"]) for each in job["errors"]]
    assert told
