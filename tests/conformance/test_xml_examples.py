"""The official XML documents, 2.0 and 1.2: read, cut byte for byte, and understood as their JSON is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from builders.conformance import conformance_folder, official_documents, official_xml, xml_schema
from builders.events import a_document
from builders.judged import Judge
from builders.xml_round_trips import kept, through_xml
from filiere_schemas.epcis.document import read_document
from filiere_schemas.epcis.duplicates import keep_last_values
from filiere_schemas.epcis.event_hash import event_hash
from filiere_schemas.epcis.reading import InvalidEvent, Strictness, read_event
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.epcis.xml_event import event_value
from filiere_schemas.epcis.xml_writing import Version
from filiere_schemas.provenance.strict_json import strict_loads

# Answers of a repository, which nobody sends to one.
NOT_SENT = "CaptureJob"
# Events of official examples that break the standard's own rules: (document, event) and why.
REFUSED = {
    ("SensorDataExamples.xml", 8): "a report without a type; the JSON example of the same event has one, as it must",
}
REFUSED_STRICTLY = REFUSED | {
    ("SensorDataExamples.xml", 13): "Bizstep- for BizStep- in a web address of the CBV",
    ("SensorDataExamples.xml", 12): "Bizstep- for BizStep- in a web address of the CBV",
}
STRICTLY = {Strictness.STRICT: REFUSED_STRICTLY, Strictness.LENIENT: REFUSED}
# Vectors whose documents are no EPCIS documents in XML: what keeps us from reading them.
NOT_EPCIS = {
    "epcisXmlQueryDocHavingEventWithIgnoreFields": "not read: its results stand outside an EPCISBody",
    "epcisXmlDocHavingEventWithIgnoreFields": "not read: an event has a quantityList where its type has none",
}
# Events of a vector whose published hash is that of XML alone: the reference expands the prefix of a value, and that of
# cbvmda, in JSON only, so that one event has two hashes. Ours has one, that of its JSON.
OF_XML_ALONE = {"SensorDataExamples": {5, 6, 7, 9, 11}}
# JSON examples and the XML of the same events. Where an author wrote something else into one of the two: what, where.
_ASSOCIATIONS = dict.fromkeys([f"AssociationEvent-{letter}" for letter in "abcdefgh"], "AssociationEventExamples")
_SENSORS = dict.fromkeys([f"SensorDataExample{n}" for n in (*range(1, 13), 14, 15)], "SensorDataExamples")
PAIRS = {
    "Example_9.6.1-ObjectEvent": "Example_9.6.1-ObjectEvent-2020_06_18a",
    "Example-TransactionEvents-2020_07_03y": "Example-TransactionEvent-2020_07_03y",
    "ErrorDeclarationAndCorrectiveEvent": "ErrorDeclarationAndCorrectiveEvent",
    **_ASSOCIATIONS,
    **_SENSORS,
}
DIFFERENT = {
    "AssociationEvent-g": ("names the corrective event by its hash", {"/errorDeclaration/correctiveEventIDs/*"}),
    "Example-TransactionEvents-2020_07_03y": (
        "a boolean in JSON, text in XML; an element commented out",
        {"/rail:vehicle/*/rail:vehicleUniquelyIdentified", "/rail:vehicle/*/rail:vehicleMasterGIAI"},
    ),
    "ErrorDeclarationAndCorrectiveEvent": (
        "another place, and quantities of its own",
        {"/readPoint/id", "/inputQuantityList/*/quantity", "/inputQuantityList/*/uom"},
    ),
    "SensorDataExample4": ("other addresses", {"/sensorElementList/*/sensorReport/*/rawData"}),
    "SensorDataExample6": (
        "objects of its own, and a list of objects with one member each",
        {
            "/epcList/*",
            "/quantityList/*/epcClass",
            "/quantityList/*/quantity",
            "/quantityList/*/uom",
            *{
                f"/sensorElementList/*/example:furtherSensorData{at}/example:measure{n}"
                for n in (1, 2)
                for at in ("", "/*")
            },
        },
    ),
    "SensorDataExample7": ("a number in capitals", {"/sensorElementList/*/sensorReport/*/hexBinaryValue"}),
    "SensorDataExample8": (
        "words of an older edition in XML, and a list of objects with one member each",
        {
            "/sensorElementList/*/sensorReport/*/type",
            *{
                f"/sensorElementList/*/example:furtherSensorData{at}/example:measure{n}"
                for n in (1, 2)
                for at in ("", "/*")
            },
        },
    ),
    "SensorDataExample9": ("no types in XML", {"/sensorElementList/*/sensorReport/*/type"}),
    "SensorDataExample10": (
        "the company's own components in XML",
        {f"/sensorElementList/*/sensorReport/*/{name}" for name in ("component", "ex:feature")},
    ),
    "SensorDataExample11": ("a word of an older edition in XML", {"/sensorElementList/*/sensorReport/*/type"}),
    "SensorDataExample12": (
        "attributes, and extensions of places, in XML only",
        {
            "/errorDeclaration/example:field",
            "/errorDeclaration/example:field/@example:furtherData",
            "/errorDeclaration/example:field/#text",
            "/bizLocation/example:gs1ES",
            "/readPoint/example:gs1ES",
            "/example2:furtherData",
            "/example2:furtherData/#text",
            "/example2:furtherData/@example2:assemblyLine",
            "/example2:furtherData/@example2:workingShift",
        },
    ),
    "SensorDataExample14": ("Bizstep- for BizStep- in XML", {"/bizStep"}),
    "SensorDataExample15": ("Bizstep- for BizStep- in XML", {"/bizStep"}),
}
CUT = re.compile(rb"(<\w+)((?: xmlns(?::\w+)?=\"[^\"]*\")*)(.*)", re.DOTALL)
INSTANTS = {"eventTime", "recordTime", "declarationTime", "time", "startTime", "endTime"}


def sent(version: str) -> list[Path]:
    return [path for path in official_xml(version) if path.parent.name != NOT_SENT]


@pytest.mark.parametrize("strictness", Strictness)
@pytest.mark.parametrize(("version", "files", "events"), [("2.0", 33, 63), ("1.2", 5, 14)])
def test_every_official_event_is_understood(
    version: str, files: int, events: int, strictness: Strictness, judge: Judge
) -> None:
    read = 0
    paths = sent(version)
    for path in paths:
        refused = {at: why for (name, at), why in STRICTLY[strictness].items() if name == path.name}
        note = "; ".join(f"event {at} refused: {why}" for at, why in refused.items())
        with judge(f"examples, XML {version}, {strictness}", path.name, note=note):
            found = read_xml_document(path.read_bytes()).events
            assert _refused(found, strictness) == sorted(refused)
            read += len(found)
    assert (len(paths), read) == (files, events)


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_an_event_cut_out_of_a_document_has_the_bytes_it_had_inside(version: str) -> None:
    for path in sent(version):
        raw = path.read_bytes()
        for event in read_xml_document(raw).events:
            start, declared, rest = CUT.fullmatch(event).groups()
            assert declared
            assert start + rest in raw, path


def test_the_hash_of_an_event_in_xml_is_the_published_one(judge: Judge) -> None:
    paths = sorted((conformance_folder() / "event-hash").glob("*.xml"))
    assert len(paths) == 17
    for path in paths:
        with judge("event hash, XML", path.name, note=NOT_EPCIS.get(path.stem, "")):
            if path.stem in NOT_EPCIS:
                continue
            published = path.with_suffix(".hashes").read_text("utf-8").split()
            events = [event_value(event) for event in read_xml_document(path.read_bytes()).events]
            other = {at for at, each in enumerate(published) if event_hash(events[at]) != each}
            assert len(events) == len(published)
            assert other == OF_XML_ALONE.get(path.stem, set())


def test_an_event_in_xml_is_the_event_in_json(judge: Judge) -> None:
    xml = {path.stem: path for path in sent("2.0")}
    for path in official_documents():
        if path.stem not in PAIRS:
            continue
        why, where = DIFFERENT.get(path.stem, ("", set()))
        with judge("pairs of XML and JSON", path.name, note=why):
            events = read_xml_document(xml[PAIRS[path.stem]].read_bytes()).events
            ours = [set(_leaves(event_value(event))) for event in events]
            for event in read_document(path.read_bytes()).events:
                theirs = set(_leaves(strict_loads(event)))
                nearest = min((theirs ^ each for each in ours), key=len)
                found = {re.sub(r"/[0-9]+", "/*", place) for place, _ in nearest} - {"/eventID"}
                assert found <= where, found - where


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_every_official_event_goes_to_xml_and_comes_back(version: Version, judge: Judge) -> None:
    for path in official_documents():
        with judge(f"round trips, XML {version}", path.name):
            document, events = json.loads(keep_last_values(path.read_bytes())), read_document(path.read_bytes()).events
            if "epcisBody" not in document:
                document = a_document([document])
            raw, read = through_xml(document, version)
            xml_schema(document["type"], version).assertValid(etree.fromstring(raw))
            originals = [strict_loads(event) for event in events]
            assert [kept(each) for each in read] == [kept(each) for each in originals]
            assert [event_hash(each) for each in read] == [event_hash(each) for each in originals]


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_an_official_document_in_xml_is_written_again_with_its_master_data(version: Version, judge: Judge) -> None:
    for path in sent(version):
        with judge(f"XML {version} to JSON to XML", path.name):
            found = read_xml_document(path.read_bytes())
            events = [event_value(event) for event in found.events]
            header = {} if found.header is None else {"epcisHeader": strict_loads(found.header)}
            context = strict_loads(found.context)
            document = a_document(events, **header, **{"@context": context})
            raw, read = through_xml(document, version)
            xml_schema("EPCISDocument", version).assertValid(etree.fromstring(raw))
            assert [kept(each) for each in read] == [kept(each) for each in events]
            again = read_xml_document(raw).header
            assert (again is None) == (found.header is None)
            assert again is None or strict_loads(again) == strict_loads(found.header)


def _refused(events: tuple[bytes, ...], strictness: Strictness) -> list[int]:
    refused = []
    for at, event in enumerate(events):
        try:
            read_event(event_value(event, strictness=strictness), strictness=strictness)
        except InvalidEvent:
            refused.append(at)
    return refused


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of an event and its pointer; times as instants."""
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            if key != "@context":
                yield from _leaves(member, f"{place}/{key}")
    else:
        is_instant = place.rpartition("/")[2] in INSTANTS
        yield place, datetime.fromisoformat(value) if is_instant else value
