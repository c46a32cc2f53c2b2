"""What came and what is recorded of it: what no sender may say, and what no record can hold."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import EPCIS_CONTEXT, an_object_event, as_bytes
from builders.xml_events import an_xml_document, an_xml_event
from filiere_schemas.epcis.document import InvalidDocument
from filiere_schemas.epcis.reading import InvalidEvent
from filiere_schemas.epcis.received import SOURCE, Received, receive, source_of
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.epcis.xml_names import SBDH
from filiere_schemas.provenance.strict_json import strict_loads

OURS = "urn:filiere:ns:"
FORGED = {"@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral", "@value": "<ObjectEvent/>"}


def receive_xml(more: str) -> Received:
    (event,) = read_xml_document(an_xml_document(an_xml_event(more=more))).events
    return receive(event)


def refusal(sent: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidEvent) as refused:
        receive(sent)
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


# --- The member that says in which bytes an event came ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        (SOURCE, {}),
        ("filiere:source", {}),
        ("ex:source", {"ex": OURS}),
        ("ex:ns:source", {"ex": "urn:filiere:"}),
        ("ex:source", {"ex": {"@id": OURS, "@prefix": True}}),
        ("ex:source", {"a": "urn:filiere:", "ex": "a:ns:"}),
        ("ex:note", {"ex:note": SOURCE}),
        ("action", {"action": {"@id": "filiere:source"}}),
        ("ex:source", {"ex": "t0"} | {f"t{n}": f"t{n + 1}" for n in range(50)}),
    ],
)
def test_nobody_names_the_source_of_an_event_however_the_name_is_written(name: str, declared: dict[str, Any]) -> None:
    event = an_object_event(**{"@context": [EPCIS_CONTEXT, declared], name: FORGED})
    assert refusal(as_bytes(event)) == [("source-reserved", f"/{name}")]


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("filiere:sharing", {}),
        ("filiere:source", {"filiere": "https://elsewhere.example/"}),
        ("ex:source", {"ex": "https://dairy.example/ns/"}),
        ("ex:ex:source", {"ex": "ex"}),
    ],
)
def test_another_name_is_nobodys_but_its_senders(name: str, declared: dict[str, Any]) -> None:
    event = an_object_event(**{"@context": [EPCIS_CONTEXT, declared], name: "parcel"})
    assert receive(as_bytes(event)).value == event


@pytest.mark.parametrize(
    "more",
    [
        '<f:source xmlns:f="urn:filiere:ns:">forged</f:source>',
        '<f:member xmlns:f="urn:filiere:ns:" name="urn:filiere:ns:source">"forged"</f:member>',
        '<f:member xmlns:f="urn:filiere:ns:" name="filiere:source">"forged"</f:member>',
    ],
)
def test_nobody_names_the_source_in_xml(more: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        receive_xml(more)
    assert [problem.code for problem in refused.value.problems] == ["source-reserved"]


def test_the_platform_alone_says_in_which_bytes_an_event_came() -> None:
    received = receive_xml("<dairy:note>cru</dairy:note>")
    assert source_of(strict_loads(received.recorded)) == received.sent


# --- What only XML can say --------------------------------------------------------------------------------------------

JSON_LITERAL = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:datatype="{}JSON"'.format(
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
)
LITERALS = pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("123456789012345678901234567890", "integer-too-large"),
        (r'"\ud800"', "lone-surrogate"),
        ("[" * 300 + "]" * 300, "nested-too-deep"),
        ("1e999", "not-a-number"),
    ],
)


@LITERALS
def test_a_literal_that_json_cannot_hold_is_refused_in_its_place(literal: str, code: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        receive_xml(f"<dairy:a><dairy:b {JSON_LITERAL}>{literal}</dairy:b></dairy:a>")
    (problem,) = refused.value.problems
    assert problem.code == code
    assert problem.pointer.startswith("/dairy:a/dairy:b")


@LITERALS
def test_a_literal_of_a_header_that_json_cannot_hold_is_refused(literal: str, code: str) -> None:
    header = f'<s:StandardBusinessDocumentHeader xmlns:s="{SBDH}"><s:a {JSON_LITERAL}>{literal}</s:a>'
    with pytest.raises(InvalidDocument) as refused:
        read_xml_document(an_xml_document(header=f"{header}</s:StandardBusinessDocumentHeader>"))
    (problem,) = refused.value.problems
    assert problem.code == code
    assert problem.pointer.startswith("/epcisHeader/")


@pytest.mark.parametrize(
    "more",
    [
        "<nobody:a/>",
        '<dairy:a xmlns:x=""/>',
        '<dairy:a xmlns:x="not a %% uri"/>',
        '<dairy:a xml:id="1 2"/>',
        '<dairy:a xmlns:x="https://dairy.example/ns/" x:b="1" dairy:b="2"/>',
    ],
)
def test_a_name_without_a_namespace_fails_its_event_alone_and_is_found_in_the_document(more: str) -> None:
    sent = an_xml_document(an_xml_event(1), an_xml_event(2, more=more), an_xml_event(3))
    document = read_xml_document(sent)
    receive(document.events[0])
    receive(document.events[2])
    with pytest.raises(InvalidEvent) as refused:
        receive(document.events[1])
    told = document.told(1, refused.value.problems[0])
    assert told.code == "not-xml"
    assert told.xpath == "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]"
    assert more in sent.decode().split("\n")[told.line - 1 if told.line else 0]
    assert told.values["line"] == told.line
    with pytest.raises(InvalidDocument):
        read_xml_document(an_xml_document(header=more))


# --- Members whose names no element can have --------------------------------------------------------------------------

PLACE = "<readPoint><id>urn:epc:id:sgln:9521001.00001.0</id>"
ERROR = "<errorDeclaration><declarationTime>2026-06-13T00:00:00Z</declarationTime>{}</errorDeclaration><action>"
REPORT = (
    "<sensorElementList><sensorElement><sensorReport type='gs1:Temperature' value='5' {}/>{}"
    "</sensorElement></sensorElementList>"
)


def a_member(name: str, value: str = '"ADD"') -> str:
    return f"<f:member xmlns:f='{OURS}' name='{name}'>{value}</f:member>"


@pytest.mark.parametrize(
    ("before", "after", "pointer"),
    [
        ("<ilmd>", a_member("action") + "<ilmd>", "/action"),
        ("<ilmd>", a_member("epcList", "[]") + "<ilmd>", "/epcList"),
        ("<ilmd>", a_member("@context") + "<ilmd>", "/@context"),
        ("<ilmd>", a_member("dairy:a") + "<dairy:a/><ilmd>", "/dairy:a"),
        ("<ilmd>", a_member("a b:c") + a_member("a b:c") + "<ilmd>", "/a b:c"),
        (PLACE, PLACE + a_member("id"), "/readPoint/id"),
        ("<ilmd>", "<ilmd>" + a_member("cbvmda:lotNumber"), "/ilmd/cbvmda:lotNumber"),
        ("<action>", ERROR.format(a_member("reason")), "/errorDeclaration/reason"),
        (
            "<ilmd>",
            REPORT.format("", a_member("sensorReport", "[]")) + "<ilmd>",
            "/sensorElementList/0/sensorReport",
        ),
        (
            "<ilmd>",
            REPORT.format(f"xmlns:f='{OURS}' f:members='{{\"minValue\": 9}}'", "") + "<ilmd>",
            "/sensorElementList/0/sensorReport/0/minValue",
        ),
    ],
)
def test_a_member_says_nothing_in_the_place_of_what_xml_says(before: str, after: str, pointer: str) -> None:
    event = an_xml_event().replace(before, after, 1)
    assert after in event
    (cut,) = read_xml_document(an_xml_document(event)).events
    assert refusal(cut) == [("xml-member-unexpected", pointer)]


def test_inside_an_extension_a_member_is_an_element_like_any_other() -> None:
    read = receive_xml("<dairy:a><dairy:b>1</dairy:b>" + a_member("dairy:b", "2") + "</dairy:a>").value
    assert read["dairy:a"] == {"dairy:b": "1", "filiere:member": {"@name": "dairy:b", "#text": "2"}}
