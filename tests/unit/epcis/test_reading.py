"""Reading one event: what becomes of each field, what is warned about, what is refused and how it is said."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from builders.event_strategies import valid_events
from builders.events import (
    ABSENT,
    CONTEXT,
    MILK_LOT,
    ONE_OF_EACH,
    a_sensor_event,
    a_transaction_event,
    a_transformation_event,
    an_aggregation_event,
    an_association_event,
    an_object_event,
)
from filiere_schemas.epcis.event import Action, EventType
from filiere_schemas.epcis.event_time import Precision
from filiere_schemas.epcis.limits import DEEPEST, LONGEST_LIST, LONGEST_TEXT, MOST_FIELDS
from filiere_schemas.epcis.reading import InvalidEvent, Reading, Strictness, read_event
from filiere_schemas.epcis.schema_errors import MOST_PROBLEMS


def refused(event: Any, *, strictness: Strictness = Strictness.LENIENT) -> set[tuple[str, str]]:
    with pytest.raises(InvalidEvent) as caught:
        read_event(event, strictness=strictness)
    assert all(problem.level == "error" for problem in caught.value.problems)
    return {(problem.code, problem.pointer) for problem in caught.value.problems}


def warned(event: Any) -> set[tuple[str, str]]:
    return {(warning.code, warning.pointer) for warning in read_event(event).warnings}


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


# --- Words --------------------------------------------------------------------------------------------------------

LONG_FORMS = [
    ("bizStep", "urn:epcglobal:cbv:bizstep:shipping", "shipping"),
    ("bizStep", "https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
    ("bizStep", "https://ns.gs1.org/cbv/BizStep-shipping", "shipping"),
    ("disposition", "urn:epcglobal:cbv:disp:in_transit", "in_transit"),
]


@pytest.mark.parametrize(("field", "found", "word"), LONG_FORMS)
def test_a_long_word_is_read_as_its_bare_word_with_a_warning(field: str, found: str, word: str) -> None:
    reading = read_event(an_object_event(**{field: found}))
    assert word in (reading.event.biz_step, reading.event.disposition)
    assert [(w.code, w.pointer) for w in reading.warnings] == [("word-in-long-form", f"/{field}")]


@pytest.mark.parametrize(("field", "found", "word"), LONG_FORMS)
def test_strict_reading_refuses_a_long_word(field: str, found: str, word: str) -> None:
    event = an_object_event(**{field: found})
    assert refused(event, strictness=Strictness.STRICT) == {("word-in-long-form", f"/{field}")}


def test_every_place_of_a_word_takes_its_long_form() -> None:
    event = a_transaction_event(
        persistentDisposition={"set": ["urn:epcglobal:cbv:disp:recalled"]},
        errorDeclaration={"declarationTime": "2026-06-13T08:00:00Z", "reason": "urn:epcglobal:cbv:er:did_not_occur"},
        bizTransactionList=[{"type": "urn:epcglobal:cbv:btt:po", "bizTransaction": "https://dairy.example/po/1"}],
        sourceList=[{"type": "urn:epcglobal:cbv:sdt:location", "source": "urn:epc:id:sgln:9521001.00001.0"}],
        destinationList=[{"type": "cbv:SDT-location", "destination": "urn:epc:id:sgln:9521001.00001.0"}],
        sensorElementList=[
            {
                "sensorReport": [
                    {"type": "gs1:Temperature", "exception": "gs1:ALARM_CONDITION", "component": "cbv:Comp-x"}
                ]
            },
        ],
    )
    reading = read_event(event)
    report = reading.event.sensor_elements[0].reports[0]
    assert reading.event.persistent_disposition is not None
    assert reading.event.error_declaration is not None
    assert [
        reading.event.persistent_disposition.set[0],
        reading.event.error_declaration.reason,
        reading.event.biz_transactions[0].type,
        reading.event.sources[0].type,
        reading.event.destinations[0].type,
        report.type,
        report.exception,
        report.component,
    ] == ["recalled", "did_not_occur", "po", "location", "location", "Temperature", "ALARM_CONDITION", "x"]
    assert sum(w.code == "word-in-long-form" for w in reading.warnings) == 8


def test_a_company_s_own_word_is_kept_as_it_stands() -> None:
    for word in ("https://dairy.example/step/salting", "dairy:salting"):
        reading = read_event(an_object_event(bizStep=word), strictness=Strictness.STRICT)
        assert (reading.event.biz_step, reading.warnings) == (word, ())


def test_a_word_of_another_edition_is_kept_with_a_warning() -> None:
    word = "https://ref.gs1.org/cbv/BizStep-teleporting"
    assert read_event(an_object_event(bizStep=word)).event.biz_step == word
    assert warned(an_object_event(bizStep=word)) == {("unknown-word", "/bizStep")}


def test_an_unknown_word_is_refused_with_the_words_that_look_like_it() -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(an_object_event(bizStep="shiping"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer) == ("unknown-word", "/bizStep")
    assert "shipping" in problem.message("fr")
    assert "shipping" in problem.message("en")


# --- Identifiers and units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"epcList": ["urn:epc:id:sgtin:952100X.000017.1"]}, "/epcList/0"),
        ({"quantityList": [{"epcClass": "https://id.gs1.org/01/09521001000019/10/A"}]}, "/quantityList/0/epcClass"),
        ({"readPoint": {"id": "urn:epc:id:sgln:1"}}, "/readPoint/id"),
        ({"bizLocation": {"id": "urn:epc:id:sgln:1"}}, "/bizLocation/id"),
        ({"sourceList": [{"type": "location", "source": "urn:epc:id:sgln:1"}]}, "/sourceList/0/source"),
        (
            {"destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:1"}]},
            "/destinationList/0/destination",
        ),
        ({"bizTransactionList": [{"bizTransaction": "urn:epc:id:gdti:1"}]}, "/bizTransactionList/0/bizTransaction"),
    ],
)
def test_an_identifier_that_its_own_scheme_refuses_refuses_the_event(changes: dict[str, Any], pointer: str) -> None:
    assert {place for _, place in refused(an_object_event(**changes))} == {pointer}


def test_an_unknown_unit_refuses_a_quantity() -> None:
    event = an_object_event(quantityList=[{"epcClass": MILK_LOT, "quantity": 1, "uom": "ZZ9"}])
    assert refused(event) == {("unknown-unit", "/quantityList/0/uom")}


def test_an_unknown_unit_of_a_sensor_only_warns() -> None:
    event = a_sensor_event(sensorElementList=[{"sensorReport": [{"type": "Temperature", "value": 1, "uom": "warm"}]}])
    assert warned(event) == {("unknown-unit", "/sensorElementList/0/sensorReport/0/uom")}


def test_a_negative_quantity_warns() -> None:
    event = an_object_event(quantityList=[{"epcClass": MILK_LOT, "quantity": -1, "uom": "LTR"}])
    assert warned(event) == {("negative-quantity", "/quantityList/0/quantity")}


# --- What fields owe each other -----------------------------------------------------------------------------------

SHALL = [
    (an_object_event(quantityList=ABSENT, epcList=[]), "nothing-observed"),
    (a_transaction_event(epcList=[]), "nothing-observed"),
    (an_aggregation_event(parentID=ABSENT), "parent-missing"),
]


@pytest.mark.parametrize(("event", "code"), SHALL)
def test_a_broken_shall_warns_in_lenient_reading(event: dict[str, Any], code: str) -> None:
    assert warned(event) == {(code, "")}


@pytest.mark.parametrize(("event", "code"), SHALL)
def test_a_broken_shall_refuses_in_strict_reading(event: dict[str, Any], code: str) -> None:
    assert refused(event, strictness=Strictness.STRICT) == {(code, "")}


def test_an_aggregation_that_only_observes_needs_no_parent() -> None:
    event = an_aggregation_event(parentID=ABSENT, action="OBSERVE")
    assert read_event(event, strictness=Strictness.STRICT).event.action is Action.OBSERVE


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (an_object_event(quantityList=ABSENT), ("nothing-observed", "")),
        (an_aggregation_event(childEPCs=[], childQuantityList=[]), ("nothing-observed", "")),
        (an_association_event(childEPCs=ABSENT), ("nothing-observed", "")),
        (a_transaction_event(epcList=ABSENT), ("nothing-observed", "")),
        (a_transformation_event(inputQuantityList=ABSENT), ("transformation-one-sided", "")),
        (a_transformation_event(outputQuantityList=[]), ("transformation-one-sided", "")),
        (
            a_transformation_event(
                inputQuantityList=ABSENT,
                outputQuantityList=ABSENT,
                transformationID="urn:epc:id:gdti:9521001.00001.1",
            ),
            ("transformation-one-sided", ""),
        ),
        (an_object_event(action="OBSERVE"), ("ilmd-not-allowed", "/ilmd")),
        (an_association_event(parentID=ABSENT), ("missing-field", "")),
    ],
)
def test_an_event_about_nothing_or_half_of_something_is_refused(event: Any, problem: tuple[str, str]) -> None:
    assert refused(event) == {problem}


def test_one_side_of_a_transformation_is_enough_with_an_id_that_joins_it_to_the_other() -> None:
    event = a_transformation_event(outputQuantityList=ABSENT, transformationID="urn:epc:id:gdti:9521001.00001.1")
    assert read_event(event).event.transformation_id == "urn:epc:id:gdti:9521001.00001.1"


def test_whoever_deletes_all_children_need_not_name_them() -> None:
    event = an_aggregation_event(action="DELETE", childEPCs=ABSENT, childQuantityList=ABSENT)
    assert read_event(event, strictness=Strictness.STRICT).event.child_epcs == ()


@pytest.mark.parametrize("build", [an_aggregation_event, a_transaction_event, an_association_event])
def test_a_persistent_disposition_outside_its_event_types_warns(build: Any) -> None:
    event = build(persistentDisposition={"set": ["recalled"]})
    assert warned(event) == {("persistent-disposition-misplaced", "/persistentDisposition")}


@pytest.mark.parametrize(
    ("metadata", "report", "problem"),
    [
        (
            {"time": "2026-06-12T04:00:00Z", "startTime": "2026-06-12T04:00:00Z"},
            {},
            ("sensor-time-and-period", "/sensorMetadata/time"),
        ),
        ({"startTime": "2026-06-12T04:00:00Z"}, {}, ("sensor-period-open", "/sensorMetadata")),
        ({"endTime": "2026-06-12T04:00:00Z"}, {}, ("sensor-period-open", "/sensorMetadata")),
        (
            {"startTime": "2026-06-12T04:00:00Z", "endTime": "2026-06-12T03:00:00Z"},
            {},
            ("sensor-period-reversed", "/sensorMetadata/endTime"),
        ),
        ({}, {"maxValue": 2}, ("sensor-value-and-aggregate", "/sensorReport/0/value")),
        (
            {"deviceID": "urn:epc:id:giai:9521001.1"},
            {"deviceID": "urn:epc:id:giai:9521001.2"},
            ("sensor-field-twice", "/sensorReport/0/deviceID"),
        ),
    ],
)
def test_a_sensor_element_that_contradicts_itself_warns(
    metadata: dict[str, Any],
    report: dict[str, Any],
    problem: tuple[str, str],
) -> None:
    element = {
        "sensorMetadata": metadata,
        "sensorReport": [{"type": "Temperature", "value": 1, "uom": "CEL", **report}],
    }
    code, place = problem
    assert warned(a_sensor_event(sensorElementList=[element])) == {(code, f"/sensorElementList/0{place}")}


def test_a_sensor_report_without_a_value_warns() -> None:
    event = a_sensor_event(sensorElementList=[{"sensorReport": [{"type": "Temperature"}]}])
    assert warned(event) == {("sensor-value-missing", "/sensorElementList/0/sensorReport/0")}


# --- Names and contexts -------------------------------------------------------------------------------------------


def test_a_prefix_that_nothing_declares_warns() -> None:
    event = an_object_event(**{"cheese:rind": "washed", "ilmd": {"milk:breed": "Abondance", "cbvmda:lotNumber": "1"}})
    assert warned(event) == {("undeclared-prefix", "/cheese:rind"), ("undeclared-prefix", "/ilmd/milk:breed")}


def test_a_full_uri_or_an_unknown_context_needs_no_declared_prefix() -> None:
    assert warned(an_object_event(**{"https://dairy.example/rind": 1, "urn:dairy:rind": 2})) == set()
    assert warned(an_object_event(**{"@context": [*CONTEXT, "https://dairy.example/ctx"], "cheese:rind": 1})) == set()


def test_a_context_that_names_no_epcis_context_warns() -> None:
    event = an_object_event(**{"@context": {"dairy": "https://dairy.example/terms/"}})
    assert warned(event) == {("epcis-context-missing", "/@context")}


@pytest.mark.parametrize(
    "address",
    [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    ],
)
def test_every_published_address_of_the_context_is_known(address: str) -> None:
    assert warned(an_object_event(**{"@context": address, "ilmd": ABSENT})) == set()


# --- What is refused, and how it is said --------------------------------------------------------------------------


def test_every_problem_of_an_event_is_told_at_once() -> None:
    event = an_object_event(
        eventTime="2026-06-12T05:40:00",
        eventTimeZoneOffset="+2:00",
        bizStep="shiping",
        epcList=["urn:epc:id:sgtin:952100X.000017.1", "no uri"],
        quantityList=[{"epcClass": MILK_LOT, "quantity": "12", "uom": "ZZ9"}, {"amount": 1, "note": "x"}],
        farm="Alpage",
    )
    assert refused(event) == {
        ("naive-event-time", "/eventTime"),
        ("bad-zone-offset", "/eventTimeZoneOffset"),
        ("unknown-word", "/bizStep"),
        ("epc-urn-form", "/epcList/0"),
        ("invalid-uri", "/epcList/1"),
        ("wrong-type", "/quantityList/0/quantity"),
        ("unknown-unit", "/quantityList/0/uom"),
        ("missing-field", "/quantityList/1"),
        ("unknown-field", "/quantityList/1/amount"),
        ("unknown-field", "/quantityList/1/note"),
        ("unknown-field", "/farm"),
    }


@pytest.mark.parametrize("field", ["@context", "type", "eventTime", "eventTimeZoneOffset", "action"])
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(an_object_event(**{field: ABSENT}))
    assert any(p.code == "missing-field" and p.values["field"] == field for p in caught.value.problems)


@pytest.mark.parametrize("value", [None, 1, "event", [], [an_object_event()], True])
def test_what_is_not_an_object_is_refused(value: Any) -> None:
    assert refused(value) == {("not-an-object", "")}


@pytest.mark.parametrize("found", ["QuantityEvent", "https://dairy.example/MilkingEvent", "objectEvent", 7, None, []])
def test_a_type_outside_the_five_is_refused(found: Any) -> None:
    assert refused(an_object_event(type=found)) == {("unknown-event-type", "/type")}


def test_a_pointer_escapes_what_a_pointer_must_escape() -> None:
    assert refused(an_object_event(**{"a/b~c": 1})) == {("unknown-field", "/a~1b~0c")}


@pytest.mark.parametrize("name", ["dairy:a b", "dairy:é", ":x", "1dairy:x"])
def test_a_badly_named_extension_is_refused(name: str) -> None:
    assert refused(an_object_event(**{name: 1})) == {("invalid-extension-name", f"/{name}")}


# --- Limits -------------------------------------------------------------------------------------------------------


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"dairy:in": value}
    return value


def test_nesting_is_taken_to_its_limit_and_refused_beyond_it() -> None:
    assert read_event(an_object_event(**{"dairy:deep": nested(DEEPEST - 1)}))
    assert {code for code, _ in refused(an_object_event(**{"dairy:deep": nested(DEEPEST)}))} == {
        "event-nested-too-deep"
    }


@pytest.mark.parametrize("levels", [200, 400])
def test_nesting_far_beyond_the_limit_is_refused_too(levels: int) -> None:
    assert {code for code, _ in refused(an_object_event(**{"dairy:deep": nested(levels)}))} == {"event-nested-too-deep"}


@pytest.mark.parametrize(
    ("at_limit", "beyond", "code"),
    [
        ({"dairy:text": "x" * LONGEST_TEXT}, {"dairy:text": "x" * (LONGEST_TEXT + 1)}, "text-too-long"),
        ({"dairy:list": [0] * LONGEST_LIST}, {"dairy:list": [0] * (LONGEST_LIST + 1)}, "list-too-long"),
        (
            {"dairy:object": {str(n): n for n in range(MOST_FIELDS)}},
            {"dairy:object": {str(n): n for n in range(MOST_FIELDS + 1)}},
            "too-many-fields",
        ),
    ],
)
def test_each_limit_is_taken_and_not_passed(at_limit: dict[str, Any], beyond: dict[str, Any], code: str) -> None:
    assert read_event(an_object_event(**at_limit))
    assert refused(an_object_event(**beyond)) == {(code, f"/{next(iter(beyond))}")}


def test_a_long_list_of_objects_is_refused() -> None:
    items = [f"urn:epc:id:sgtin:9521001.000017.{n}" for n in range(LONGEST_LIST + 1)]
    assert refused(an_object_event(epcList=items)) == {("list-too-long", "/epcList")}


def test_a_refusal_tells_at_most_a_hundred_problems() -> None:
    event = an_object_event(**{f"farm{n}": n for n in range(MOST_PROBLEMS * 2)})
    assert len(refused(event)) == MOST_PROBLEMS


# --- The reading itself -------------------------------------------------------------------------------------------


def test_an_event_is_a_value() -> None:
    first, second = read_event(an_object_event()), read_event(copy.deepcopy(an_object_event()))
    assert first == second
    assert isinstance(first, Reading)
    with pytest.raises(AttributeError):
        first.event.biz_step = "other"  # type: ignore[misc] - that it fails is the point
    assert first.event.type is EventType.OBJECT
