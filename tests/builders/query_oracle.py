"""A naive reader of a SimpleEventQuery: plain Python over the events as their sender wrote them.

It shares no code with the product: what it knows comes from EPCIS 2.0, 8.2.7.1, and where that leaves a choice, from
what the product's documents say that it chose. Things and words have names of their own (`builders/queried_things.py`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from builders.queried_things import PATTERN, convert, fits, name_of, names

Event = dict[str, Any]

COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "EQ": operator.eq, "GT": operator.gt, "GE": operator.ge, "LT": operator.lt, "LE": operator.le
}  # fmt: skip
EPCS: Final = {
    "MATCH_epc": ("epcList", "childEPCs"),
    "MATCH_parentID": ("parentID",),
    "MATCH_inputEPC": ("inputEPCList",),
    "MATCH_outputEPC": ("outputEPCList",),
    "MATCH_anyEPC": ("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList"),
}
CLASSES: Final = {
    "MATCH_epcClass": ("quantityList", "childQuantityList"),
    "MATCH_inputEPCClass": ("inputQuantityList",),
    "MATCH_outputEPCClass": ("outputQuantityList",),
    "MATCH_anyEPCClass": ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
}
TYPED: Final = {"bizTransaction": "bizTransactionList", "source": "sourceList", "destination": "destinationList"}
SENSOR_TEXTS: Final = (
    "type", "deviceID", "dataProcessingMethod", "microorganism",
    "chemicalSubstance", "bizRules", "stringValue", "uriValue",
)  # fmt: skip
PARTS: Final = ("ILMD_", "ERROR_DECLARATION_", "SENSORELEMENT_", "SENSORMETADATA_", "SENSORREPORT_")
_AMOUNT: Final = re.compile(r"(EQ|GT|GE|LT|LE)_(quantity|value|minValue|maxValue|meanValue|sDev|percValue)_([A-Z0-9]+)")
_TYPED: Final = re.compile(r"EQ_(bizTransaction|source|destination)_(.+)")
_FIELD: Final = re.compile(rf"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?({'|'.join(PARTS)}|readPoint_|bizLocation_)?([a-z]+:.+)")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The parameters of a query but its page, and the namespaces that its asker declares."""

    parameters: Mapping[str, str]
    declared: Mapping[str, str] = field(default_factory=dict)
    per_page: int = 5


def answer(events: Sequence[Event], question: Question) -> list[int]:
    """Give the places in the log of the events that a question finds, in the order of the answer."""
    asked = dict(question.parameters)
    order, ascending = asked.pop("orderBy", None), asked.pop("orderDirection", "DESC") == "ASC"
    limit = int(asked.pop("eventCountLimit", len(events)))
    found = [
        place
        for place, event in enumerate(events)
        if all(holds(event, name, value, question.declared) for name, value in asked.items())
    ]
    if order is not None:
        ranks = {place: _rank(events[place], order, question.declared, ascending=ascending) for place in found}
        found.sort(key=lambda place: (ranks[place], place), reverse=not ascending)
    return found[:limit]


def holds(event: Event, name: str, value: str, declared: Mapping[str, str]) -> bool:
    """Whether an event meets one parameter."""
    values = value.split("|")
    if name in EPCS or name in CLASSES:
        return any(_is_match(uri, wanted) for uri in matched(event, name) for wanted in values)
    if name in ("EXISTS_errorDeclaration", "EXISTS_sensorElementList"):
        return value == "false" or name.removeprefix("EXISTS_") in event
    for form, asks in _FAMILIES:
        match = form.fullmatch(name)
        if match is not None:
            return asks(event, match, values, declared)
    return _asks_fixed(event, "EQ_eventType" if name == "eventType" else name, values)


def _asks_fixed(event: Event, name: str, values: Sequence[str]) -> bool:
    how, _, what = name.partition("_")
    if what in TIMES:
        return any(COMPARE[how](moment(each), moment(wanted)) for each in TIMES[what](event) for wanted in values)
    if what in ("quantity", "percRank"):
        stated = [number for number, _ in amounts(event, what)]
        return any(COMPARE[how](each, Fraction(wanted)) for each in stated for wanted in values)
    if what == "hexBinaryValue":
        return bool({each.lower() for each in texts(event, what)} & {each.lower() for each in values})
    return bool(names(texts(event, what)) & names(values))


def matched(event: Event, name: str) -> Iterator[str]:
    """Give the identifiers that a MATCH parameter looks at."""
    for key in EPCS.get(name, ()):
        stated = event.get(key, [])
        yield from [stated] if isinstance(stated, str) else stated
    for key in CLASSES.get(name, ()):
        yield from (each["epcClass"] for each in event.get(key, []))


def _is_match(stated: str, wanted: str) -> bool:
    return name_of(stated) == name_of(wanted) or (wanted.startswith(PATTERN) and fits(stated, wanted))


def texts(event: Event, what: str) -> Iterator[str]:
    """Give what an event states of what an EQ_ or WD_ parameter of texts asks."""
    if what in ("eventType", "action", "bizStep", "disposition", "transformationID", "eventID"):
        stated = event.get("type" if what == "eventType" else what)
        yield from () if stated is None else (stated,)
    elif what in ("readPoint", "bizLocation"):
        yield from (event[what]["id"],) if what in event else ()
    elif what.startswith("persistentDisposition_"):
        yield from event.get("persistentDisposition", {}).get(what.partition("_")[2], [])
    elif what == "errorReason":
        yield from filter(None, [event.get("errorDeclaration", {}).get("reason")])
    elif what == "correctiveEventID":
        yield from event.get("errorDeclaration", {}).get("correctiveEventIDs", [])
    else:
        for each in (*sensor_metadata(event), *sensor_reports(event)):
            if what in each:
                yield str(each[what]).lower() if what == "booleanValue" else each[what]


def sensor_metadata(event: Event) -> Iterator[Event]:
    """Give what an event says about its measurements."""
    return (each["sensorMetadata"] for each in event.get("sensorElementList", []) if "sensorMetadata" in each)


def sensor_reports(event: Event) -> Iterator[Event]:
    """Give the measurements of an event."""
    return (report for each in event.get("sensorElementList", []) for report in each["sensorReport"])


def _sensor_times(what: str) -> Callable[[Event], Iterator[str]]:
    return lambda event: (each[what] for each in (*sensor_metadata(event), *sensor_reports(event)) if what in each)


TIMES: Final[dict[str, Callable[[Event], Iterator[str]]]] = {
    "eventTime": lambda event: iter([event["eventTime"]]),
    "recordTime": lambda event: iter([event["recordTime"]]),
    "errorDeclarationTime": lambda event: iter(
        [event["errorDeclaration"]["declarationTime"]] if "errorDeclaration" in event else []
    ),
    **{what: _sensor_times(what) for what in ("time", "startTime", "endTime")},
}


def moment(text: str) -> datetime:
    """Read an instant; a day is its first one, UTC."""
    return datetime.fromisoformat(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text).astimezone(UTC)


def amounts(event: Event, what: str) -> Iterator[tuple[Fraction, str | None]]:
    """Give quantities, or what sensors report, with their units; a quantity without one is a count."""
    if what == "quantity":
        for each in (each for key in CLASSES["MATCH_anyEPCClass"] for each in event.get(key, [])):
            if "quantity" in each:
                yield Fraction(repr(each["quantity"])), each.get("uom", "C62")
    else:
        yield from ((Fraction(repr(each[what])), each.get("uom")) for each in sensor_reports(event) if what in each)


def _asks_amount(event: Event, match: re.Match[str], values: Sequence[str], _: Mapping[str, str]) -> bool:
    how, what, into = match.groups()
    stated = (convert(value, unit, into) for value, unit in amounts(event, what) if unit is not None)
    return any(COMPARE[how](each, Fraction(wanted)) for each in stated if each is not None for wanted in values)


def _asks_typed(event: Event, match: re.Match[str], values: Sequence[str], _: Mapping[str, str]) -> bool:
    what, kind = match.groups()
    stated = (each for each in event.get(TYPED[what], []) if name_of(each.get("type", "")) == name_of(kind))
    return bool(names(each[what] for each in stated) & names(values))


def _asks_field(event: Event, match: re.Match[str], values: Sequence[str], declared: Mapping[str, str]) -> bool:
    how, inner, part, name = match.groups()
    stated = list(stated_fields(event, part or "", name, declared, inner=inner is not None))
    if how == "EXISTS":
        return values == ["false"] or bool(stated)
    return any(_compares(how, each, wanted) for each in stated for wanted in values)


_FAMILIES: Final = ((_AMOUNT, _asks_amount), (_TYPED, _asks_typed), (_FIELD, _asks_field))


def holders(event: Event, part: str) -> Iterator[Event]:
    """Give the objects whose own members a family of fields names."""
    if part in ("SENSORMETADATA_", "SENSORREPORT_"):
        yield from sensor_metadata(event) if part == "SENSORMETADATA_" else sensor_reports(event)
    elif part == "SENSORELEMENT_":
        yield from event.get("sensorElementList", [])
    elif part == "":
        yield event
    else:
        key = {"ILMD_": "ilmd", "ERROR_DECLARATION_": "errorDeclaration"}.get(part, part[:-1])
        yield from [event[key]] if key in event else []


def stated_fields(event: Event, part: str, name: str, declared: Mapping[str, str], *, inner: bool) -> Iterator[Any]:
    """Give the values of a field: of the part itself, or (inner) at any depth inside the fields of it."""
    wanted = _full(name, declared)

    def is_asked(written: str) -> bool:
        return wanted in (written, _full(written, event["@context"][1]))

    for holder in holders(event, part):
        own = {written: value for written, value in holder.items() if ":" in written}
        for each in own.values() if inner else [own]:
            yield from _inside(each, is_asked, inner=inner)


def _inside(value: Any, is_asked: Callable[[str], bool], *, inner: bool) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _inside(each, is_asked, inner=inner)
    elif isinstance(value, dict):
        for written, each in value.items():
            if is_asked(written):
                yield from each if isinstance(each, list) else [each]
            if inner:
                yield from _inside(each, is_asked, inner=inner)


def _full(name: str, prefixes: Mapping[str, str]) -> str:
    """Write a name in full; of a prefix that nobody declares, all that is known is its letters."""
    prefix, _, local = name.partition(":")
    return prefixes[prefix] + local if prefix in prefixes else name


def _compares(how: str, stated: Any, wanted: str) -> bool:
    if isinstance(stated, dict):
        return False
    text = str(stated).lower() if isinstance(stated, bool) else str(stated)
    numbers, moments = (_number(text), _number(wanted)), (_moment(text), _moment(wanted))
    if how == "EQ":
        if text == wanted:
            return True
        same_number = not isinstance(stated, str | bool) and numbers[0] == numbers[1]
        return same_number or (moments[0] is not None and moments[0] == moments[1])
    return any(None not in pair and COMPARE[how](*pair) for pair in (numbers, moments))


def _number(text: str) -> Fraction | None:
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def _moment(text: str) -> datetime | None:
    return moment(text) if _DAY.match(text) else None


def _rank(event: Event, order: str, declared: Mapping[str, str], *, ascending: bool) -> tuple[int, Any]:
    """Give what an event is ordered by: numbers, then times, then texts; without any, it stands at the end."""
    if order in TIMES:
        return 0, moment(next(TIMES[order](event))) if order == "eventTime" else 0  # recordTime: as in the log
    part = next((each for each in PARTS if order.startswith(each)), "")
    stated = stated_fields(event, part, order.removeprefix(part), declared, inner=False)
    first = next((each for each in stated if not isinstance(each, dict)), None)
    if first is None:
        return 3 if ascending else -1, 0
    text = str(first).lower() if isinstance(first, bool) else str(first)
    number, time = _number(text), _moment(text)
    return (0, number) if number is not None else (1, time) if time is not None else (2, text.encode())
