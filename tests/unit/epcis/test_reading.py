"""Reading one event: what becomes of each of its fields."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from builders.event_strategies import valid_events
from builders.events import (
    CONTEXT,
    MILK_LOT,
    ONE_OF_EACH,
    a_sensor_event,
    a_transaction_event,
    an_object_event,
)
from builders.verdicts import refused, warned
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.event_time import Precision
from filiere_schemas.epcis.reading import Reading, Strictness, read_event, reread_for_index

# --- What is accepted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", ONE_OF_EACH)
@pytest.mark.parametrize("strictness", Strictness)
def test_each_event_type_reads_without_a_word(build: Any, strictness: Strictness) -> None:
    assert read_event(build(), strictness=strictness).warnings == ()


@given(valid_events())
def test_every_valid_event_is_read_alike_by_both_strictnesses(event: dict[str, Any]) -> None:
    before = json.dumps(event)
    lenient, strict = (read_event(event, strictness=s) for s in Strictness)
    assert lenient == strict
    assert json.dumps(event) == before, "reading must not change what it reads"


@given(valid_events())
def test_every_field_of_an_event_arrives_in_the_typed_event(value: dict[str, Any]) -> None:
    event = read_event(value).event
    assert event.type == value["type"]
    assert event.action == value.get("action")
    assert event.event_id == value.get("eventID")
    assert event.event_time.given == value["eventTime"]
    assert (event.record_time is None) == ("recordTime" not in value)
    assert (event.biz_step, event.disposition) == (value.get("bizStep"), value.get("disposition"))
    assert list(event.epcs) == value.get("epcList", [])
    assert list(event.child_epcs) == value.get("childEPCs", [])
    assert event.parent_id == value.get("parentID")
    assert event.read_point == value.get("readPoint", {}).get("id")
    assert event.biz_location == value.get("bizLocation", {}).get("id")
    for field, name in (
        ("quantities", "quantityList"),
        ("child_quantities", "childQuantityList"),
        ("input_quantities", "inputQuantityList"),
        ("output_quantities", "outputQuantityList"),
    ):
        read = [(q.epc_class, None if q.quantity is None else float(q.quantity), q.uom) for q in getattr(event, field)]
        sent = [(q["epcClass"], q.get("quantity"), q.get("uom")) for q in value.get(name, [])]
        assert read == sent
    assert event.extensions == {name: member for name, member in value.items() if name.startswith("dairy:")}


def test_a_quantity_is_the_decimal_that_was_written() -> None:
    event = an_object_event(
        quantityList=[{"epcClass": MILK_LOT, "quantity": 0.1, "uom": "LTR"}, {"epcClass": MILK_LOT}]
    )
    first, second = read_event(event).event.quantities
    assert first.quantity == Decimal("0.1")
    assert (second.quantity, second.uom) == (None, None)


def test_a_transaction_names_its_parties_and_documents() -> None:
    event = read_event(a_transaction_event()).event
    assert [(b.type, b.id) for b in event.biz_transactions] == [("po", "urn:epcglobal:cbv:bt:9521002000010:PO-77")]
    assert [(s.type, s.id) for s in event.sources] == [("owning_party", "urn:epc:id:pgln:9521001.00001")]
    assert [(d.type, d.id) for d in event.destinations] == [("owning_party", "urn:epc:id:pgln:9521002.00001")]


def test_a_sensor_event_keeps_every_measured_value() -> None:
    report = {
        "type": "Temperature",
        "exception": "ALARM_CONDITION",
        "deviceID": "urn:epc:id:giai:9521001.LOGGER-5",
        "deviceMetadata": "https://dairy.example/devices/5",
        "rawData": "https://dairy.example/raw/5",
        "dataProcessingMethod": "https://dairy.example/method",
        "bizRules": "https://dairy.example/rules",
        "time": "2026-06-12T04:00:00Z",
        "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1639",
        "chemicalSubstance": "https://identifiers.org/inchikey:X",
        "coordinateReferenceSystem": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "component": "x",
        "stringValue": "s",
        "booleanValue": False,
        "hexBinaryValue": "0f",
        "uriValue": "https://dairy.example/v",
        "minValue": 1,
        "maxValue": 2.5,
        "meanValue": 2,
        "sDev": 0.5,
        "percRank": 50,
        "percValue": 1.5,
        "value": 1.25,
        "uom": "CEL",
        "dairy:shelf": 3,
    }
    event = read_event(a_sensor_event(sensorElementList=[{"sensorReport": [report], "dairy:room": "R3"}])).event
    (element,) = event.sensor_elements
    (read,) = element.reports
    assert element.extensions == {"dairy:room": "R3"}
    assert read.extensions == {"dairy:shelf": 3}
    assert (read.min_value, read.max_value, read.mean_value) == (Decimal(1), Decimal("2.5"), Decimal(2))
    assert (read.s_dev, read.perc_rank, read.perc_value, read.value) == tuple(
        map(Decimal, ("0.5", "50", "1.5", "1.25"))
    )
    assert (read.string_value, read.boolean_value, read.hex_binary_value) == ("s", False, "0f")
    texts = {name: member for name, member in report.items() if isinstance(member, str)} | {"type": "Temperature"}
    kept = {str(getattr(read, slot)) for slot in read.__slots__}
    assert {member for name, member in texts.items() if name != "time"} <= kept


def test_an_error_declaration_is_read_whole() -> None:
    declaration = {
        "declarationTime": "2026-06-13T08:00:00+02:00",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:7f0c6bd2-3a55-4e0a-8f6c-4a2f3f0b8a10"],
        "dairy:by": "quality",
    }
    read = read_event(an_object_event(errorDeclaration=declaration)).event.error_declaration
    assert read is not None
    assert read.declaration_time.isoformat() == "2026-06-13T06:00:00+00:00"
    assert (read.reason, read.corrective_event_ids) == ("incorrect_data", tuple(declaration["correctiveEventIDs"]))
    assert read.extensions == {"dairy:by": "quality"}


def test_certification_is_one_address_or_several() -> None:
    one, two = "https://cert.example/1", "https://cert.example/2"
    assert read_event(an_object_event(certificationInfo=one)).event.certification_info == (one,)
    assert read_event(an_object_event(certificationInfo=[one, two])).event.certification_info == (one, two)


def test_a_place_keeps_its_extensions() -> None:
    place = {"id": "urn:epc:id:sgln:9521001.00001.0", "dairy:door": 4}
    event = read_event(an_object_event(readPoint=place, bizLocation=place)).event
    assert event.read_point_extensions == event.biz_location_extensions == {"dairy:door": 4}


# --- Time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "name"),
    [
        (CONTEXT, "urn:filiere:ns:eventTimePrecision"),
        (CONTEXT, "filiere:eventTimePrecision"),
        ([*CONTEXT, {"filiere": "urn:filiere:ns:"}], "filiere:eventTimePrecision"),
        ([*CONTEXT, {"fl": "urn:filiere:ns:"}], "fl:eventTimePrecision"),
    ],
)
def test_a_declared_precision_widens_the_event_time(context: Any, name: str) -> None:
    event = read_event(an_object_event(**{"@context": context, name: "day"})).event
    assert event.event_time.precision == Precision.DAY
    assert event.event_time.earliest < event.event_time.latest


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ([*CONTEXT, {"filiere": "https://other.example/"}], "filiere:eventTimePrecision"),
        (CONTEXT, "dairy:eventTimePrecision"),
        (CONTEXT, "dairy:filiereeventTimePrecision"),
    ],
)
def test_another_party_s_extension_of_that_name_is_not_ours(context: Any, name: str) -> None:
    event = read_event(an_object_event(**{"@context": context, name: "day"})).event
    assert event.event_time.precision == Precision.EXACT


@pytest.mark.parametrize("value", ["week", "exact", "", 1, None, ["day"]])
def test_an_unknown_precision_is_refused(value: Any) -> None:
    event = an_object_event(**{"urn:filiere:ns:eventTimePrecision": value})
    assert refused(event) == {("unknown-time-precision", "/urn:filiere:ns:eventTimePrecision")}


@pytest.mark.parametrize("time", ["2026-06-12T05:40:00", "2026-06-12T05:40:00.123", "2026-06-12 05:40", "2026-06-12"])
def test_an_event_time_without_zone_is_refused_as_such(time: str) -> None:
    assert refused(an_object_event(eventTime=time)) == {("naive-event-time", "/eventTime")}


@pytest.mark.parametrize("offset", ["Z", "+1:00", "+15:00", "+14:01", "02:00", "+02:60", "+0200", "", "+02:00\n"])
def test_a_bad_zone_offset_is_refused_as_such(offset: str) -> None:
    assert refused(an_object_event(eventTimeZoneOffset=offset)) == {("bad-zone-offset", "/eventTimeZoneOffset")}


def test_a_leap_second_is_accepted_with_a_warning() -> None:
    assert warned(an_object_event(eventTime="2016-12-31T23:59:60Z")) == {("leap-second", "/eventTime")}


# --- The reading itself -------------------------------------------------------------------------------------------


def test_an_event_is_a_value() -> None:
    first, second = read_event(an_object_event()), read_event(copy.deepcopy(an_object_event()))
    assert first == second
    assert isinstance(first, Reading)
    with pytest.raises(AttributeError):
        first.event.biz_step = "other"  # type: ignore[misc] - that it fails is the point
    assert first.event.type is EventType.OBJECT


@given(valid_events())
def test_what_is_indexed_of_an_admitted_event_is_read_again_without_checks_as_the_same(value):
    said = read_event(value).event
    indexed = said._replace(
        record_time=None,
        persistent_disposition=None,
        biz_transactions=(),
        sensor_elements=(),
        certification_info=(),
        read_point_extensions={},
        biz_location_extensions={},
    )
    assert reread_for_index(value) == indexed
