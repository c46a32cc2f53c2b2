"""What an event owes beyond its form: identifiers, units, and what its fields owe each other."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import (
    ABSENT,
    CONTEXT,
    MILK_LOT,
    a_sensor_event,
    a_transaction_event,
    a_transformation_event,
    an_aggregation_event,
    an_association_event,
    an_object_event,
)
from builders.verdicts import refused, warned
from filiere_schemas.epcis.event import Action
from filiere_schemas.epcis.reading import Strictness, read_event

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
