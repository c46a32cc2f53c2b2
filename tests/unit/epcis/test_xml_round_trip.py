"""JSON to XML to JSON: nothing is lost of what EPCIS keeps, whatever extensions hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from builders.event_strategies import EXTENSIONS, JSON, valid_events
from builders.events import a_document, a_sensor_event, an_object_event
from builders.xml_round_trips import kept, through_xml
from filiere_schemas.epcis.context import EPCIS_CONTEXT
from filiere_schemas.epcis.event_hash import event_hash
from filiere_schemas.epcis.reading import InvalidEvent, Strictness, read_event
from filiere_schemas.epcis.xml_writing import Version, write_xml

VERSIONS: tuple[Version, ...] = ("2.0", "1.2")
ODD = "dairy:odd"
NAMES = st.sampled_from(["dairy:a", "dairy:b", "plain", "12", "a b", "@dairy:x", "@type", "#text", "@", ""])
DEEP = st.recursive(
    JSON, lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=8
)


NAMESPACES = st.sampled_from(
    [
        "https://dairy.example/ns/",
        "not a %% uri",
        "http://[bad",
        "urn:é:",
        "a}b",
        "https://dairy.example/{x}/",
        "",
        "http://www.w3.org/2000/xmlns/",
        "http://www.w3.org/XML/1998/namespace",
        "http://www.w3.org/2001/XMLSchema-instance",
        "urn:epcglobal:epcis:xsd:2",
    ]
)
PREFIXES = st.sampled_from(
    ["a", "my_own", "é", "xml", "xmlns", "xsd", "epcis", "filiere", "cbvmda", "1", "a b", "\x01"]
)
LOCALS = st.sampled_from(["b", "lang", "id", "base", "a b", "9", "é", "type", "nil", "member", "\x01", ""])
HOSTILE = st.builds("{}:{}".format, PREFIXES | st.just("http"), LOCALS) | LOCALS | st.text(max_size=4)
HELD = st.recursive(
    JSON,
    lambda inner: st.dictionaries(HOSTILE | st.builds("@{}".format, HOSTILE) | NAMES, inner | st.text(max_size=3)),
    max_leaves=4,
)


def same(event: dict[str, Any], version: Version) -> dict[str, Any]:
    (read,) = through_xml(a_document([event]), version)[1]
    assert kept(read) == kept(event)
    read_event(read, strictness=Strictness.LENIENT)
    return read


@pytest.mark.parametrize("version", VERSIONS)
@given(event=valid_events())
def test_a_valid_event_comes_back_as_it_was(event: dict[str, Any], version: Version) -> None:
    read = same(event, version)
    assert event_hash(read) == event_hash(event)


@pytest.mark.parametrize("version", VERSIONS)
@given(value=DEEP, more=EXTENSIONS)
def test_an_extension_of_any_shape_comes_back_as_it_was(value: Any, more: dict[str, Any], version: Version) -> None:
    place = {"id": "urn:epc:id:sgln:9521001.00001.0", ODD: value, "street": value}
    same(an_object_event(ilmd={ODD: value}, readPoint=place, **{ODD: value, **more}), version)


@pytest.mark.parametrize("version", VERSIONS)
@given(value=DEEP)
def test_an_extension_of_a_sensor_comes_back_as_it_was(value: Any, version: Version) -> None:
    event = a_sensor_event()
    event["sensorElementList"][0][ODD] = value
    event["sensorElementList"][0]["sensorReport"][0] |= {
        ODD: value,
        "dairy:text": "froid\n",
        "stringValue": "a\r\n\x01",
    }
    same(event, version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("certificationInfo", ["urn:x:one", "urn:x:two", "urn:x:three"]),
        ("persistentDisposition", {"set": ["recalled"], "unset": ["available", "in_transit"]}),
        (
            "errorDeclaration",
            {"declarationTime": "2026-06-13T00:00:00Z", "correctiveEventIDs": ["urn:x:1", "urn:x:2"], "dairy:by": 7},
        ),
        ("epcis:extension", {"local": "1", "other": {"deep": "2"}}),
        ("dairy:note", {"@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral", "@value": "not <xml"}),
        ("rdfs:comment", "à lire"),
        ("undeclared:name", "kept"),
        ("urn:example:9", {"a": 1}),
        ("filiere:member", {"@name": "action", "#text": '"ADD"'}),
        ("dairy:note", {"filiere:member": {"@name": "dairy:b", "#text": "1"}}),
    ],
)
def test_what_xml_has_no_field_for_comes_back_too(name: str, value: Any, version: Version) -> None:
    context = [EPCIS_CONTEXT, {"dairy": "https://dairy.example/ns/"}, "https://elsewhere.example/context.jsonld"]
    event = an_object_event(**{name: value, "@context": context})
    (read,) = through_xml(a_document([event], **{"@context": context}), version)[1]
    assert kept(read) == kept(event)


def is_admitted(event: dict[str, Any]) -> bool:
    try:
        read_event(event, strictness=Strictness.LENIENT)
    except InvalidEvent:
        return False
    return True


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=40)
@given(
    declared=st.dictionaries(PREFIXES | st.text(max_size=3), NAMESPACES | st.text(max_size=6), max_size=4),
    members=st.lists(st.dictionaries(HOSTILE, HELD, max_size=2), min_size=5, max_size=5),
    unit=st.sampled_from(["CEL", "\x01"]),
)
def test_whatever_is_admitted_in_json_is_written_as_xml_that_is_well_formed(
    declared: dict[str, str], members: list[dict[str, Any]], unit: str, version: Version
) -> None:
    context = [EPCIS_CONTEXT, declared, "https://elsewhere.example/context.jsonld"]
    event = a_sensor_event(**{"@context": context, "epcis:extension": members[0]})
    (sensor,) = event["sensorElementList"]
    (report,) = sensor["sensorReport"]
    report["uom"] = unit
    for holder, more in zip((event, event["readPoint"], sensor, report), members[1:], strict=True):
        for name, value in more.items():
            if name not in holder:
                holder[name] = value
                if not is_admitted(event):
                    del holder[name]
    assert is_admitted(event)
    etree.fromstring(write_xml(a_document([event], **{"@context": context}), version=version))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "namespace",
    [
        *("not a %% uri", "http://[bad", "urn:é:", "a}b"),
        *("http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace"),
    ],
)
def test_a_name_in_a_namespace_that_is_none_in_xml_comes_back_as_a_member(namespace: str, version: Version) -> None:
    context = [EPCIS_CONTEXT, {"ex": namespace}]
    value = {"ex:b": "c", "@ex:d": "e"}
    event = an_object_event(**{"@context": context, "ex:a": value, "ilmd": {"ex:a": value}})
    assert is_admitted(event)
    for document in (a_document([event], **{"@context": context}), a_document([], epcisBody={"eventList": [event]})):
        raw, (read,) = through_xml(document, version)
        assert b'member name="ex:a"' in raw
        assert kept(read) == kept(event)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_names_of_xml_itself_stay_attributes(version: Version) -> None:
    context = [EPCIS_CONTEXT, {"dairy": "https://dairy.example/ns/", "x": "http://www.w3.org/XML/1998/namespace"}]
    event = an_object_event(**{"@context": context, "dairy:note": {"@x:lang": "fr", "#text": "cru"}})
    raw, (read,) = through_xml(a_document([event], **{"@context": context}), version)
    assert b'<dairy:note xml:lang="fr">cru</dairy:note>' in raw
    assert list(read["dairy:note"].values()) == ["fr", "cru"]


@pytest.mark.parametrize("name", ["\x01", '"quoted"', '"', "", "é à", "extension"])
def test_a_name_beside_a_place_that_no_attribute_holds_comes_back_as_it_was(name: str) -> None:
    same(an_object_event(readPoint={"id": "urn:epc:id:sgln:9521001.00001.0", name: {"a": 1}}), "2.0")
