"""Build the typed event from a value that the schema has accepted.

Nothing here can fail on shape. What the schema cannot see is noted as a problem: words in long form, instants that
no calendar holds, a declared precision that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

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
_EVENT_TYPES: Final = {str(event_type): event_type for event_type in EventType}
_ACTIONS: Final = {str(action): action for action in Action}
_PRECISIONS: Final = {str(precision): precision for precision in DECLARABLE}


@dataclass(slots=True)
class Builder:
    """Builds one event and gathers what there is to say about it."""

    context: Context
    notes: list[Problem] = field(default_factory=list)

    def event(self, value: Mapping[str, Any]) -> Event:
        """Build the event; `notes` then holds every problem and warning, in no particular order."""
        get = value.get
        action = get("action")
        read_point, read_point_extensions = _place(get("readPoint"))
        biz_location, biz_location_extensions = _place(get("bizLocation"))
        certification = get("certificationInfo", ())
        extensions = _extensions(value)
        return Event(
            type=_EVENT_TYPES[value["type"]],
            event_time=self._event_time(value, extensions),
            event_id=get("eventID"),
            record_time=self._instant(get("recordTime"), "/recordTime"),
            action=None if action is None else _ACTIONS[action],
            epcs=tuple(get("epcList", ())),
            quantities=_quantities(get("quantityList")),
            parent_id=get("parentID"),
            child_epcs=tuple(get("childEPCs", ())),
            child_quantities=_quantities(get("childQuantityList")),
            input_epcs=tuple(get("inputEPCList", ())),
            input_quantities=_quantities(get("inputQuantityList")),
            output_epcs=tuple(get("outputEPCList", ())),
            output_quantities=_quantities(get("outputQuantityList")),
            transformation_id=get("transformationID"),
            biz_step=self._word(Vocabulary.BIZ_STEP, get("bizStep"), "/bizStep"),
            disposition=self._word(Vocabulary.DISPOSITION, get("disposition"), "/disposition"),
            persistent_disposition=self._persistent_disposition(get("persistentDisposition")),
            read_point=read_point,
            read_point_extensions=read_point_extensions,
            biz_location=biz_location,
            biz_location_extensions=biz_location_extensions,
            biz_transactions=self._biz_transactions(get("bizTransactionList")),
            sources=self._sources(get("sourceList")),
            destinations=self._destinations(get("destinationList")),
            sensor_elements=self._sensor_elements(get("sensorElementList")),
            ilmd=get("ilmd", NOTHING),
            certification_info=(certification,) if isinstance(certification, str) else tuple(certification),
            error_declaration=self._error_declaration(get("errorDeclaration")),
            extensions=extensions,
        )

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
            if self.context.is_ours(name, "eventTimePrecision"):
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
        if ":" not in text:
            return text
        bare = bare_word(vocabulary, text)
        if bare is not None:
            self._note(sentences.LONG_WORD, pointer, level="warning", found=text, word=bare)
            return bare
        if is_reserved(vocabulary, text):
            # A later edition may have coined it: kept as a full form, with a warning.
            self.notes.append(unknown_word(vocabulary, text, pointer, level="warning"))
        return text

    def _sources(self, items: list[dict[str, Any]] | None) -> tuple[Source, ...]:
        if items is None:
            return ()
        kind = Vocabulary.SOURCE_DESTINATION_TYPE
        return tuple(
            Source(type=self._required_word(kind, item["type"], f"/sourceList/{at}/type"), id=item["source"])
            for at, item in enumerate(items)
        )

    def _destinations(self, items: list[dict[str, Any]] | None) -> tuple[Destination, ...]:
        if items is None:
            return ()
        kind = Vocabulary.SOURCE_DESTINATION_TYPE
        return tuple(
            Destination(
                type=self._required_word(kind, item["type"], f"/destinationList/{at}/type"),
                id=item["destination"],
            )
            for at, item in enumerate(items)
        )

    def _persistent_disposition(self, value: Mapping[str, Any] | None) -> PersistentDisposition | None:
        if value is None:
            return None
        words = {
            name: tuple(
                self._required_word(Vocabulary.DISPOSITION, text, f"/persistentDisposition/{name}/{at}")
                for at, text in enumerate(value.get(name, ()))
            )
            for name in ("set", "unset")
        }
        return PersistentDisposition(set=words["set"], unset=words["unset"])

    def _biz_transactions(self, items: list[dict[str, Any]] | None) -> tuple[BizTransaction, ...]:
        if items is None:
            return ()
        kind = Vocabulary.BIZ_TRANSACTION_TYPE
        return tuple(
            BizTransaction(
                id=item["bizTransaction"],
                type=self._word(kind, item.get("type"), f"/bizTransactionList/{at}/type"),
            )
            for at, item in enumerate(items)
        )

    def _error_declaration(self, value: Mapping[str, Any] | None) -> ErrorDeclaration | None:
        if value is None:
            return None
        at = "/errorDeclaration"
        return ErrorDeclaration(
            declaration_time=self._required_instant(value["declarationTime"], f"{at}/declarationTime"),
            reason=self._word(Vocabulary.ERROR_REASON, value.get("reason"), f"{at}/reason"),
            corrective_event_ids=tuple(value.get("correctiveEventIDs", ())),
            extensions=_extensions(value),
        )

    def _sensor_elements(self, items: list[dict[str, Any]] | None) -> tuple[SensorElement, ...]:
        if items is None:
            return ()
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


def _place(value: Mapping[str, Any] | None) -> tuple[str | None, Mapping[str, Any]]:
    if value is None:
        return None, NOTHING
    if len(value) == 1:
        return value["id"], NOTHING
    return value["id"], {name: member for name, member in value.items() if name != "id"}


def _quantities(items: list[dict[str, Any]] | None) -> tuple[QuantityElement, ...]:
    if items is None:
        return ()
    return tuple(
        [
            QuantityElement(epc_class=item["epcClass"], quantity=_decimal(item.get("quantity")), uom=item.get("uom"))
            for item in items
        ],
    )


def _decimal(number: float | None) -> Decimal | None:
    """Give the decimal that the sender wrote: the shortest text of a double is what was written, to 15 digits."""
    if number is None:
        return None
    return Decimal(number if isinstance(number, int) else repr(number))


def _extensions(value: Mapping[str, Any]) -> Mapping[str, Any]:
    found = {name: member for name, member in value.items() if ":" in name}
    return found or NOTHING
