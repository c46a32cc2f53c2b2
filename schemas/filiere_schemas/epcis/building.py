"""Build the typed event from a value that the schema has accepted.

Nothing here can fail on shape. What the schema cannot see is noted as a problem: words in long form, instants that
no calendar holds, a declared precision that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.context import Context
from filiere_schemas.epcis.event import (
    NOTHING,
    Action,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Event,
    EventTime,
    EventType,
    PersistentDisposition,
    QuantityElement,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
)
from filiere_schemas.epcis.event_time import DECLARABLE, Precision, is_leap_second, read_event_time, read_instant
from filiere_schemas.epcis.schema_errors import unknown_word
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word, is_reserved
from filiere_schemas.problems import Level, Problem, Sentence, escape_pointer_token

# Stands where a time could not be read. No one sees it: the problem noted beside it refuses the event.
_UNREADABLE: Final = datetime(1, 1, 1, tzinfo=UTC)
_Read = Callable[["Builder", Any], Any]
_AT: Final = {name: at for at, name in enumerate(Event._fields)}
_TYPE, _EVENT_TIME, _EXTENSIONS = _AT["type"], _AT["event_time"], _AT["extensions"]
# The fields of an event that says nothing at all.
_UNSAID: Final = tuple(Event._field_defaults.get(name) for name in Event._fields)
_EVENT_TYPES: Final = {str(event_type): event_type for event_type in EventType}
_ACTIONS: Final = {str(action): action for action in Action}
# Members of which no query and no trace asks.
NOT_INDEXED: Final = frozenset(
    {"recordTime", "persistentDisposition", "bizTransactionList", "sensorElementList", "certificationInfo"}
)
_PRECISION: Final = "eventTimePrecision"
_PRECISIONS: Final = {str(precision): precision for precision in DECLARABLE}


def _as_sent(_: Builder, member: Any) -> Any:
    return member


def _listed(_: Builder, members: list[str]) -> tuple[str, ...]:
    return tuple(members)


def _one_or_listed(_: Builder, member: str | list[str]) -> tuple[str, ...]:
    return (member,) if isinstance(member, str) else tuple(member)


def _id(_: Builder, place: Mapping[str, Any]) -> Any:
    return place["id"]


def _beside_id(place: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if place is None or len(place) == 1:
        return NOTHING
    return {name: member for name, member in place.items() if name != "id"}


def _quantities(_: Builder, items: list[dict[str, Any]]) -> tuple[QuantityElement, ...]:
    return tuple(
        [
            QuantityElement(epc_class=item["epcClass"], quantity=_decimal(item.get("quantity")), uom=item.get("uom"))
            for item in items
        ],
    )


@dataclass(slots=True)
class Builder:
    """Builds one event and gathers what there is to say about it."""

    context: Context
    notes: list[Problem] = field(default_factory=list)

    def event(self, value: Mapping[str, Any]) -> Event:
        """Build the event; `notes` then holds every problem and warning, in no particular order."""
        return self._built(value, self._READERS)._replace(
            read_point_extensions=_beside_id(value.get("readPoint")),
            biz_location_extensions=_beside_id(value.get("bizLocation")),
        )

    def indexed(self, value: Mapping[str, Any]) -> Event:
        """Build of an event what is indexed of it: documents, sensors and whatever else no index holds stay empty."""
        return self._built(value, self._INDEXED)

    def _built(self, value: Mapping[str, Any], readers: Mapping[str, tuple[int, _Read]]) -> Event:
        fields: list[Any] = [*_UNSAID]
        extensions: dict[str, Any] = {}
        for name, member in value.items():
            if name in readers:
                at, read = readers[name]
                fields[at] = read(self, member)
            elif ":" in name:
                extensions[name] = member
        fields[_TYPE] = _EVENT_TYPES[value["type"]]
        fields[_EVENT_TIME] = self._event_time(value, extensions)
        fields[_EXTENSIONS] = extensions or NOTHING
        return Event._make(fields)

    def _event_time(self, value: Mapping[str, Any], extensions: Mapping[str, Any]) -> EventTime:
        text, offset = value["eventTime"], value["eventTimeZoneOffset"]
        precision = self._precision(extensions)
        if is_leap_second(text):
            self._note(sentences.LEAP_SECOND, "/eventTime", level="warning", found=text)
        try:
            return read_event_time(text, offset=offset, precision=precision)
        except ValueError:
            self._note(sentences.INVALID_TIME, "/eventTime", found=text)
            return EventTime(given=text, earliest=_UNREADABLE, latest=_UNREADABLE, offset=offset, precision=precision)

    def _precision(self, extensions: Mapping[str, Any]) -> Precision:
        for name, found in extensions.items():
            if name.endswith(_PRECISION) and self.context.is_ours(name, _PRECISION):
                if isinstance(found, str) and found in _PRECISIONS:
                    return _PRECISIONS[found]
                pointer = f"/{escape_pointer_token(name)}"
                self._note(sentences.UNKNOWN_PRECISION, pointer, expected=", ".join(DECLARABLE), found=found)
        return Precision.EXACT

    def _instant(self, text: str | None, pointer: str) -> datetime | None:
        return None if text is None else self._required_instant(text, pointer)

    def _required_instant(self, text: str, pointer: str) -> datetime:
        try:
            return read_instant(text)
        except ValueError:
            self._note(sentences.INVALID_TIME, pointer, found=text)
            return _UNREADABLE

    def _word(self, vocabulary: Vocabulary, text: str | None, pointer: str) -> str | None:
        return None if text is None else self._required_word(vocabulary, text, pointer)

    def _required_word(self, vocabulary: Vocabulary, text: str, pointer: str) -> str:
        """Read a word as what it names: bare where the standard has it, else in full, whatever prefix it came with."""
        if ":" not in text:
            return text
        full = self.context.full_text(text)
        bare = bare_word(vocabulary, text) or bare_word(vocabulary, full)
        if bare is not None:
            self._note(sentences.LONG_WORD, pointer, level="warning", found=text, word=bare)
            return bare
        if is_reserved(vocabulary, text):
            # A later edition may have coined it: kept as it was sent, with a warning.
            self.notes.append(unknown_word(vocabulary, text, pointer, level="warning"))
            return text
        return full

    def _sources(self, items: list[dict[str, Any]]) -> tuple[Source, ...]:
        kind = Vocabulary.SOURCE_DESTINATION_TYPE
        return tuple(
            Source(type=self._required_word(kind, item["type"], f"/sourceList/{at}/type"), id=item["source"])
            for at, item in enumerate(items)
        )

    def _destinations(self, items: list[dict[str, Any]]) -> tuple[Destination, ...]:
        kind = Vocabulary.SOURCE_DESTINATION_TYPE
        return tuple(
            Destination(
                type=self._required_word(kind, item["type"], f"/destinationList/{at}/type"),
                id=item["destination"],
            )
            for at, item in enumerate(items)
        )

    def _persistent_disposition(self, value: Mapping[str, Any]) -> PersistentDisposition:
        words = {
            name: tuple(
                self._required_word(Vocabulary.DISPOSITION, text, f"/persistentDisposition/{name}/{at}")
                for at, text in enumerate(value.get(name, ()))
            )
            for name in ("set", "unset")
        }
        return PersistentDisposition(set=words["set"], unset=words["unset"])

    def _biz_transactions(self, items: list[dict[str, Any]]) -> tuple[BizTransaction, ...]:
        kind = Vocabulary.BIZ_TRANSACTION_TYPE
        return tuple(
            BizTransaction(
                id=item["bizTransaction"],
                type=self._word(kind, item.get("type"), f"/bizTransactionList/{at}/type"),
            )
            for at, item in enumerate(items)
        )

    def _error_declaration(self, value: Mapping[str, Any]) -> ErrorDeclaration:
        at = "/errorDeclaration"
        return ErrorDeclaration(
            declaration_time=self._required_instant(value["declarationTime"], f"{at}/declarationTime"),
            reason=self._word(Vocabulary.ERROR_REASON, value.get("reason"), f"{at}/reason"),
            corrective_event_ids=tuple(value.get("correctiveEventIDs", ())),
            extensions=_extensions(value),
        )

    def _sensor_elements(self, items: list[dict[str, Any]]) -> tuple[SensorElement, ...]:
        return tuple(self._sensor_element(item, f"/sensorElementList/{at}") for at, item in enumerate(items))

    def _sensor_element(self, value: Mapping[str, Any], at: str) -> SensorElement:
        metadata = value.get("sensorMetadata")
        return SensorElement(
            metadata=None if metadata is None else self._sensor_metadata(metadata, f"{at}/sensorMetadata"),
            reports=tuple(
                self._sensor_report(report, f"{at}/sensorReport/{number}")
                for number, report in enumerate(value["sensorReport"])
            ),
            extensions=_extensions(value),
        )

    def _sensor_metadata(self, value: Mapping[str, Any], at: str) -> SensorMetadata:
        get = value.get
        return SensorMetadata(
            time=self._instant(get("time"), f"{at}/time"),
            start_time=self._instant(get("startTime"), f"{at}/startTime"),
            end_time=self._instant(get("endTime"), f"{at}/endTime"),
            device_id=get("deviceID"),
            device_metadata=get("deviceMetadata"),
            raw_data=get("rawData"),
            data_processing_method=get("dataProcessingMethod"),
            biz_rules=get("bizRules"),
            extensions=_extensions(value),
        )

    def _sensor_report(self, value: Mapping[str, Any], at: str) -> SensorReport:
        get = value.get
        return SensorReport(
            type=self._required_word(Vocabulary.MEASUREMENT_TYPE, value["type"], f"{at}/type"),
            exception=self._word(Vocabulary.SENSOR_ALERT_TYPE, get("exception"), f"{at}/exception"),
            device_id=get("deviceID"),
            device_metadata=get("deviceMetadata"),
            raw_data=get("rawData"),
            data_processing_method=get("dataProcessingMethod"),
            biz_rules=get("bizRules"),
            time=self._instant(get("time"), f"{at}/time"),
            microorganism=get("microorganism"),
            chemical_substance=get("chemicalSubstance"),
            coordinate_reference_system=get("coordinateReferenceSystem"),
            component=self._word(Vocabulary.COMPONENT, get("component"), f"{at}/component"),
            value=_decimal(get("value")),
            string_value=get("stringValue"),
            boolean_value=get("booleanValue"),
            hex_binary_value=get("hexBinaryValue"),
            uri_value=get("uriValue"),
            min_value=_decimal(get("minValue")),
            max_value=_decimal(get("maxValue")),
            mean_value=_decimal(get("meanValue")),
            s_dev=_decimal(get("sDev")),
            perc_rank=_decimal(get("percRank")),
            perc_value=_decimal(get("percValue")),
            uom=get("uom"),
            extensions=_extensions(value),
        )

    def _note(self, sentence: Sentence, pointer: str, *, level: Level = "error", **values: object) -> None:
        self.notes.append(Problem(sentence=sentence, pointer=pointer, values=values, level=level))

    # What each member of an event is read as: the field of the event, and how. The names of the members that are
    # nowhere but here, `type` and the times aside, are those of GS1 EPCIS 2.0, 10.1.
    _READERS: ClassVar[Mapping[str, tuple[int, _Read]]] = {
        "eventID": (_AT["event_id"], _as_sent),
        "recordTime": (_AT["record_time"], lambda self, text: self._required_instant(text, "/recordTime")),
        "action": (_AT["action"], lambda _, text: _ACTIONS[text]),
        "epcList": (_AT["epcs"], _listed),
        "quantityList": (_AT["quantities"], _quantities),
        "parentID": (_AT["parent_id"], _as_sent),
        "childEPCs": (_AT["child_epcs"], _listed),
        "childQuantityList": (_AT["child_quantities"], _quantities),
        "inputEPCList": (_AT["input_epcs"], _listed),
        "inputQuantityList": (_AT["input_quantities"], _quantities),
        "outputEPCList": (_AT["output_epcs"], _listed),
        "outputQuantityList": (_AT["output_quantities"], _quantities),
        "transformationID": (_AT["transformation_id"], _as_sent),
        "bizStep": (_AT["biz_step"], lambda self, text: self._required_word(Vocabulary.BIZ_STEP, text, "/bizStep")),
        "disposition": (
            _AT["disposition"],
            lambda self, text: self._required_word(Vocabulary.DISPOSITION, text, "/disposition"),
        ),
        "persistentDisposition": (_AT["persistent_disposition"], _persistent_disposition),
        "readPoint": (_AT["read_point"], _id),
        "bizLocation": (_AT["biz_location"], _id),
        "bizTransactionList": (_AT["biz_transactions"], _biz_transactions),
        "sourceList": (_AT["sources"], _sources),
        "destinationList": (_AT["destinations"], _destinations),
        "sensorElementList": (_AT["sensor_elements"], _sensor_elements),
        "ilmd": (_AT["ilmd"], _as_sent),
        "certificationInfo": (_AT["certification_info"], _one_or_listed),
        "errorDeclaration": (_AT["error_declaration"], _error_declaration),
    }
    _INDEXED: ClassVar[Mapping[str, tuple[int, _Read]]] = {
        name: read for name, read in _READERS.items() if name not in NOT_INDEXED
    }


def _decimal(number: float | None) -> Decimal | None:
    """Give the decimal that the sender wrote: the shortest text of a double is what was written, to 15 digits."""
    if number is None:
        return None
    return Decimal(number if isinstance(number, int) else repr(number))


def _extensions(value: Mapping[str, Any]) -> Mapping[str, Any]:
    found = {name: member for name, member in value.items() if ":" in name}
    return found or NOTHING
