"""What a query asks of an event itself, where no row says it: one part of the event, and how it compares.

A condition holds where any value of its part does. Two conditions are two questions: EPCIS lets different sensor
reports, or different quantities, answer them (EPCIS 2.0, 8.2.7.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from filiere_platform.domain.comparison import COMPLEX, Comparison, Scalar, scalar_of
from filiere_platform.domain.field_name import is_named
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.shown_event import ShownEvent
from filiere_schemas.epcis.event import Event, QuantityElement, SensorElement, SensorMetadata, SensorReport
from filiere_schemas.epcis.units import UnitMismatchError, convert_exactly
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key

PIECES: Final = "C62"  # a quantity without a unit is a count (EPCIS 2.0, 7.3.3.3)


class Part(StrEnum):
    """What of an event a condition is about."""

    EPCS = "epcs"
    PARENT = "parent"
    INPUT_EPCS = "inputEPCs"
    OUTPUT_EPCS = "outputEPCs"
    ANY_EPCS = "anyEPCs"
    CLASSES = "classes"
    INPUT_CLASSES = "inputClasses"
    OUTPUT_CLASSES = "outputClasses"
    ANY_CLASSES = "anyClasses"
    QUANTITY = "quantity"
    BIZ_TRANSACTION = "bizTransaction"
    SOURCE = "source"
    DESTINATION = "destination"
    STATE_SET = "persistentDisposition set"
    STATE_UNSET = "persistentDisposition unset"
    ERROR_TIME = "errorDeclarationTime"
    ERROR_REASON = "errorReason"
    CORRECTIVE_EVENT = "correctiveEventID"
    SENSORS = "sensorElementList"
    SENSOR_WORD = "sensor word"  # `name` is the attribute
    SENSOR_KEY = "sensor identifier"
    SENSOR_TIME = "sensor time"
    SENSOR_FLAG = "sensor flag"
    SENSOR_AMOUNT = "sensor amount"
    FIELD = "field"
    ILMD = "ilmd"
    ERROR_FIELD = "error declaration's field"
    READ_POINT_FIELD = "read point's field"
    BIZ_LOCATION_FIELD = "business location's field"
    SENSOR_ELEMENT_FIELD = "sensor element's field"
    SENSOR_METADATA_FIELD = "sensor metadata's field"
    SENSOR_REPORT_FIELD = "sensor report's field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question to an event; `name` is a field's name in full, an attribute, or the type of a document or party."""

    part: Part
    comparison: Comparison
    name: str = ""
    unit: str = ""  # into which amounts are converted; none: as they are
    patterns: tuple[str, ...] = ()  # regular expressions of canonical keys, beside the keys wanted
    inner: bool = False  # fields at any depth inside those of the part, instead of these
    _like: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        """Make the patterns ready, as one: a cache by pattern would be of no use to a query that has more than it."""
        if self.patterns:
            object.__setattr__(self, "_like", re.compile("|".join(f"(?:{each})" for each in self.patterns)))

    def holds(self, shown: ShownEvent) -> bool:
        """Whether the event answers as it is asked."""
        return any(
            self.comparison.holds(value) or (self._like is not None and self._like.fullmatch(value) is not None)
            for value in _PICKERS[self.part](shown, self)
        )


def stated_value(shown: ShownEvent, condition: Condition) -> Scalar | None:
    """Give the first single value of the fields that a condition names."""
    values = _PICKERS[condition.part](shown, condition)
    return next((value for value in values if isinstance(value, Scalar) and value is not COMPLEX), None)


def key_or_text(uri: str) -> str:
    """Give the canonical key of an identifier; what is none, as it is, compares by its characters."""
    try:
        return canonical_key(uri)
    except InvalidIdentifier:
        return uri


_Picker = Callable[[ShownEvent, Condition], Iterable[Any]]
_Uris = Callable[[Event], Iterable[str]]
_Quantities = Callable[[Event], Iterable[QuantityElement]]


def _keys(uris: _Uris) -> _Picker:
    return lambda shown, _: (key_or_text(uri) for uri in uris(shown.event))


def _classes(quantities: _Quantities) -> _Picker:
    return lambda shown, _: (key_or_text(each.epc_class) for each in quantities(shown.event))


def _of_objects(event: Event) -> tuple[QuantityElement, ...]:
    return (*event.quantities, *event.child_quantities)


def _all_quantities(event: Event) -> tuple[QuantityElement, ...]:
    return (*_of_objects(event), *event.input_quantities, *event.output_quantities)


def _all_epcs(event: Event) -> tuple[str, ...]:
    parent = () if event.parent_id is None else (event.parent_id,)
    return (*parent, *event.epcs, *event.child_epcs, *event.input_epcs, *event.output_epcs)


def _amounts(shown: ShownEvent, condition: Condition) -> Iterator[Fraction]:
    for each in _all_quantities(shown.event):
        yield from _amount(each.quantity, each.uom or PIECES, condition.unit)


def _amount(value: Decimal | None, unit: str | None, into: str) -> Iterator[Fraction]:
    """Give an amount in the unit that is asked for; nothing where it measures something else."""
    if value is None:
        return
    if not into or unit == into:
        yield Fraction(value)
    elif unit is not None:
        try:
            yield convert_exactly(Fraction(value), unit=unit, into=into)
        except UnitMismatchError:
            return


def _of_type(pairs: Callable[[Event], Iterable[tuple[str, str | None]]]) -> _Picker:
    def pick(shown: ShownEvent, condition: Condition) -> Iterator[str]:
        return (key_or_text(uri) for uri, kind in pairs(shown.event) if kind == condition.name)

    return pick


def _declared(shown: ShownEvent, part: Part) -> Iterable[Any]:
    declaration = shown.event.error_declaration
    if declaration is None:
        return ()
    if part is Part.ERROR_TIME:
        return (microseconds(declaration.declaration_time),)
    if part is Part.ERROR_REASON:
        return () if declaration.reason is None else (declaration.reason,)
    return declaration.corrective_event_ids


def _state(shown: ShownEvent, condition: Condition) -> Iterable[str]:
    state = shown.event.persistent_disposition
    if state is None:
        return ()
    return state.set if condition.part is Part.STATE_SET else state.unset


def _stating(event: Event) -> Iterator[SensorMetadata | SensorReport]:
    for element in event.sensor_elements:
        if element.metadata is not None:
            yield element.metadata
        yield from element.reports


def _attributes(shown: ShownEvent, name: str) -> Iterator[Any]:
    for each in _stating(shown.event):
        value = getattr(each, name, None)
        if value is not None:
            yield value


def _sensor_times(shown: ShownEvent, condition: Condition) -> Iterator[int]:
    times: Iterator[datetime] = _attributes(shown, condition.name)
    return (microseconds(time) for time in times)


def _sensor_keys(shown: ShownEvent, condition: Condition) -> Iterator[str]:
    return (key_or_text(uri) for uri in _attributes(shown, condition.name))


def _sensor_words(shown: ShownEvent, condition: Condition) -> Iterator[str]:
    words: Iterator[str] = _attributes(shown, condition.name)
    return (word.upper() for word in words) if condition.name == "hex_binary_value" else words


def _sensor_amounts(shown: ShownEvent, condition: Condition) -> Iterator[Fraction]:
    for element in shown.event.sensor_elements:
        for report in element.reports:
            yield from _amount(getattr(report, condition.name), report.uom, condition.unit)


_Holders = Callable[[Event], Iterable[Mapping[str, Any]]]


def _fields(holders: _Holders) -> _Picker:
    def pick(shown: ShownEvent, condition: Condition) -> Iterator[Scalar]:
        for holder in holders(shown.event):
            for name, value in holder.items():
                if condition.inner:
                    if ":" in name:
                        yield from _inside(value, condition.name, shown.namespaces)
                elif is_named(name, condition.name, shown.namespaces):
                    yield from _values(value)

    return pick


def _inside(value: Any, wanted: str, namespaces: Mapping[str, str]) -> Iterator[Scalar]:
    if isinstance(value, list):
        for each in value:
            yield from _inside(each, wanted, namespaces)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if is_named(name, wanted, namespaces):
                yield from _values(inner)
            yield from _inside(inner, wanted, namespaces)


def _values(value: Any) -> Iterator[Scalar]:
    """Give what a field states; what is no single value is there, but equals nothing."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif isinstance(value, Mapping):
        # A value of JSON-LD that names its type or language, or one that is an address.
        named = next((value[key] for key in ("@value", "@id", "id", "#text") if key in value), None)
        yield scalar_of(named) or COMPLEX
    else:
        yield scalar_of(value) or COMPLEX


def _of_elements(event: Event) -> Iterator[Mapping[str, Any]]:
    return (element.extensions for element in event.sensor_elements)


def _of_metadata(event: Event) -> Iterator[Mapping[str, Any]]:
    elements: tuple[SensorElement, ...] = event.sensor_elements
    return (element.metadata.extensions for element in elements if element.metadata is not None)


def _of_reports(event: Event) -> Iterator[Mapping[str, Any]]:
    return (report.extensions for element in event.sensor_elements for report in element.reports)


def _of_declaration(event: Event) -> Iterable[Mapping[str, Any]]:
    return () if event.error_declaration is None else (event.error_declaration.extensions,)


_PICKERS: Final[dict[Part, _Picker]] = {
    Part.EPCS: _keys(lambda event: (*event.epcs, *event.child_epcs)),
    Part.PARENT: _keys(lambda event: () if event.parent_id is None else (event.parent_id,)),
    Part.INPUT_EPCS: _keys(lambda event: event.input_epcs),
    Part.OUTPUT_EPCS: _keys(lambda event: event.output_epcs),
    Part.ANY_EPCS: _keys(_all_epcs),
    Part.CLASSES: _classes(_of_objects),
    Part.INPUT_CLASSES: _classes(lambda event: event.input_quantities),
    Part.OUTPUT_CLASSES: _classes(lambda event: event.output_quantities),
    Part.ANY_CLASSES: _classes(_all_quantities),
    Part.QUANTITY: _amounts,
    Part.BIZ_TRANSACTION: _of_type(lambda event: ((each.id, each.type) for each in event.biz_transactions)),
    Part.SOURCE: _of_type(lambda event: ((each.id, each.type) for each in event.sources)),
    Part.DESTINATION: _of_type(lambda event: ((each.id, each.type) for each in event.destinations)),
    Part.STATE_SET: _state,
    Part.STATE_UNSET: _state,
    Part.ERROR_TIME: lambda shown, condition: _declared(shown, condition.part),
    Part.ERROR_REASON: lambda shown, condition: _declared(shown, condition.part),
    Part.CORRECTIVE_EVENT: lambda shown, condition: _declared(shown, condition.part),
    Part.SENSORS: lambda shown, _: shown.event.sensor_elements,
    Part.SENSOR_WORD: _sensor_words,
    Part.SENSOR_KEY: _sensor_keys,
    Part.SENSOR_TIME: _sensor_times,
    Part.SENSOR_FLAG: lambda shown, condition: _attributes(shown, condition.name),
    Part.SENSOR_AMOUNT: _sensor_amounts,
    Part.FIELD: _fields(lambda event: (event.extensions,)),
    Part.ILMD: _fields(lambda event: (event.ilmd,)),
    Part.ERROR_FIELD: _fields(_of_declaration),
    Part.READ_POINT_FIELD: _fields(lambda event: (event.read_point_extensions,)),
    Part.BIZ_LOCATION_FIELD: _fields(lambda event: (event.biz_location_extensions,)),
    Part.SENSOR_ELEMENT_FIELD: _fields(_of_elements),
    Part.SENSOR_METADATA_FIELD: _fields(_of_metadata),
    Part.SENSOR_REPORT_FIELD: _fields(_of_reports),
}
