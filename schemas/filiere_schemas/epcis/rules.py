"""What the standard asks of an event beyond what a schema can say.

A rule that the standard states with SHALL is an error in strict reading and a warning in lenient reading: such an
event is understood, and to refuse it would be to lose it. Rules that the official examples themselves break, and
rules of draft conformance requirements, only ever warn.

Source: GS1 EPCIS 2.0, 7.3.7 and 7.4; draft conformance requirements TCR-53 (sensors) and TCR-54 (associations).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.context import EPCIS_CONTEXT, Context
from filiere_schemas.epcis.event import Action, Event, EventType, QuantityElement, SensorElement, SensorReport
from filiere_schemas.epcis.units import is_known
from filiere_schemas.problems import Level, Problem, Sentence, escape_pointer_token

_DISPOSABLE: Final = frozenset({EventType.OBJECT, EventType.TRANSFORMATION})
_AGGREGATES: Final = ("min_value", "max_value", "mean_value")
_VALUES: Final = (
    *("value", "string_value", "boolean_value", "hex_binary_value", "uri_value"),
    *(*_AGGREGATES, "s_dev", "perc_rank", "perc_value", "exception"),
)
# TCR-53, set 3: what may stand in the metadata or in a report, but not in both.
_INLINE: Final = {
    "time": "time",
    "device_id": "deviceID",
    "device_metadata": "deviceMetadata",
    "raw_data": "rawData",
    "data_processing_method": "dataProcessingMethod",
}


def broken_rules(event: Event, context: Context, *, shall: Level) -> Iterator[Problem]:
    """Give every rule that an event breaks; `shall` is the level of what the standard states with SHALL."""
    yield from _objects(event, shall)
    if event.persistent_disposition is not None and event.type not in _DISPOSABLE:
        yield _warn(sentences.DISPOSITION_MISPLACED, "/persistentDisposition", type=event.type)
    yield from _negative_quantities(event)
    for at, element in enumerate(event.sensor_elements):
        yield from _sensor_element(element, f"/sensorElementList/{at}")
    yield from _names(event, context)


def _objects(event: Event, shall: Level) -> Iterator[Problem]:
    deletes = event.action is Action.DELETE
    named = event.epcs or event.quantities
    if event.type is EventType.OBJECT and not (named or event.sensor_elements):
        expected = "epcList, quantityList, sensorElementList"
        yield Problem(sentence=sentences.NOTHING_OBSERVED, values={"expected": expected}, level=shall)
    elif event.type is EventType.TRANSACTION and not (named or deletes):
        yield Problem(sentence=sentences.NOTHING_OBSERVED, values={"expected": "epcList, quantityList"}, level=shall)
    elif event.type is EventType.AGGREGATION and event.parent_id is None and event.action is not Action.OBSERVE:
        yield Problem(sentence=sentences.PARENT_MISSING, values={"action": event.action}, level=shall)


def _negative_quantities(event: Event) -> Iterator[Problem]:
    lists: tuple[tuple[str, tuple[QuantityElement, ...]], ...] = (
        ("quantityList", event.quantities),
        ("childQuantityList", event.child_quantities),
        ("inputQuantityList", event.input_quantities),
        ("outputQuantityList", event.output_quantities),
    )
    for name, quantities in lists:
        for at, element in enumerate(quantities):
            if element.quantity is not None and element.quantity < 0:
                yield _warn(sentences.NEGATIVE_QUANTITY, f"/{name}/{at}/quantity", found=element.quantity)


def _sensor_element(element: SensorElement, at: str) -> Iterator[Problem]:
    metadata = element.metadata
    if metadata is not None:
        place = f"{at}/sensorMetadata"
        start, end = metadata.start_time, metadata.end_time
        if metadata.time is not None and (start is not None or end is not None):
            yield _warn(sentences.SENSOR_TIME_TWICE, f"{place}/time")
        elif (start is None) is not (end is None):
            yield _warn(sentences.SENSOR_PERIOD_OPEN, place, field="startTime" if start is None else "endTime")
        if start is not None and end is not None and end < start:
            yield _warn(sentences.SENSOR_PERIOD_REVERSED, f"{place}/endTime", start=start, end=end)
    for number, report in enumerate(element.reports):
        place = f"{at}/sensorReport/{number}"
        yield from _sensor_report(report, place)
        for name, field in _INLINE.items() if metadata is not None else ():
            if getattr(report, name) is not None and getattr(metadata, name) is not None:
                yield _warn(sentences.SENSOR_FIELD_TWICE, f"{place}/{field}", field=field)


def _sensor_report(report: SensorReport, at: str) -> Iterator[Problem]:
    aggregates = [name for name in _AGGREGATES if getattr(report, name) is not None]
    if report.value is not None and aggregates:
        found = ", ".join(name.replace("_value", "Value") for name in aggregates)
        yield _warn(sentences.SENSOR_VALUE_TWICE, f"{at}/value", found=found)
    if all(getattr(report, name) is None for name in _VALUES) and not report.extensions:
        yield _warn(sentences.SENSOR_VALUE_MISSING, at, type=report.type)
    if report.uom is not None and not is_known(report.uom):
        yield _warn(sentences.UNKNOWN_UNIT, f"{at}/uom", found=report.uom)


def _names(event: Event, context: Context) -> Iterator[Problem]:
    if not context.knows_epcis:
        yield _warn(sentences.UNKNOWN_CONTEXT, "/@context", expected=EPCIS_CONTEXT)
    places: tuple[tuple[str, Mapping[str, Any]], ...] = (("", event.extensions), ("/ilmd", event.ilmd))
    for place, extensions in places:
        for name in extensions:
            prefix = context.undeclared_prefix(name)
            if prefix is not None:
                yield _warn(sentences.UNDECLARED_PREFIX, f"{place}/{escape_pointer_token(name)}", prefix=prefix)


def _warn(sentence: Sentence, pointer: str, **values: object) -> Problem:
    return Problem(sentence=sentence, pointer=pointer, values=values, level="warning")
