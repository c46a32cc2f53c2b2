"""One EPCIS 2.0 event as typed, frozen values: what, when, where, why and how.

Words of the Core Business Vocabulary are bare (`shipping`); words of others are full URIs or prefixed names as
sent. Identifiers are kept as sent: their canonical keys are the business of `filiere_schemas.identifiers`. The
received bytes stay the truth: these values are for decisions, never for showing an event to someone again.

What every event has is a named tuple: to build the event takes a tenth of the time of a frozen dataclass of as many
fields, and every capture and every derived row pays it. They are built by name, and never read by position.

Source: GS1 EPCIS 2.0, section 7 (data definition layer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


class EventType(StrEnum):
    """The five event types. Source: GS1 EPCIS 2.0, 7.4."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"


class Action(StrEnum):
    """How an event relates to the life of its objects. Source: GS1 EPCIS 2.0, 7.3.2."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


class QuantityElement(NamedTuple):
    """A class of objects and how much of it; no unit means a count, no quantity means not stated."""

    epc_class: str
    quantity: Decimal | None = None
    uom: str | None = None


class BizTransaction(NamedTuple):
    """A business document: purchase order, despatch advice, ..."""

    id: str
    type: str | None = None


class Source(NamedTuple):
    """Where a transfer starts: a party or a location."""

    type: str
    id: str


class Destination(NamedTuple):
    """Where a transfer ends: a party or a location."""

    type: str
    id: str


class EventTime(NamedTuple):
    """When it happened: every instant from `earliest` to `latest`, both included, in UTC.

    An exact time has `earliest == latest`; otherwise they are the first and the last microsecond of the calendar
    unit named by `precision`, in the event's own `offset` ("+02:00"). `given` is the text as sent: digits beyond
    the microsecond are kept there and cut in the instants.
    """

    given: str
    earliest: datetime
    latest: datetime
    offset: str
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDeclaration:
    """That an earlier event with this event's ID was wrong, why, and what replaces it."""

    declaration_time: datetime
    reason: str | None = None
    corrective_event_ids: tuple[str, ...] = ()
    extensions: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistentDisposition:
    """States that hold until they are unset, whatever later events say."""

    set: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorMetadata:
    """What is common to the reports of one sensor element."""

    time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    device_id: str | None = None
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorReport:
    """One observation of one property. Source: GS1 EPCIS 2.0, 7.3.7."""

    type: str
    exception: str | None = None
    device_id: str | None = None
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None
    time: datetime | None = None
    microorganism: str | None = None
    chemical_substance: str | None = None
    coordinate_reference_system: str | None = None
    component: str | None = None
    value: Decimal | None = None
    string_value: str | None = None
    boolean_value: bool | None = None
    hex_binary_value: str | None = None
    uri_value: str | None = None
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    mean_value: Decimal | None = None
    s_dev: Decimal | None = None
    perc_rank: Decimal | None = None
    perc_value: Decimal | None = None
    uom: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorElement:
    """One or more reports of sensors and what they share."""

    reports: tuple[SensorReport, ...]
    metadata: SensorMetadata | None = None
    extensions: Mapping[str, Any] = field(default_factory=_nothing)


class Event(NamedTuple):
    """One event. A field that its type does not have is empty; lists keep the sender's order."""

    type: EventType
    event_time: EventTime
    event_id: str | None = None
    record_time: datetime | None = None
    action: Action | None = None
    epcs: tuple[str, ...] = ()
    quantities: tuple[QuantityElement, ...] = ()
    parent_id: str | None = None
    child_epcs: tuple[str, ...] = ()
    child_quantities: tuple[QuantityElement, ...] = ()
    input_epcs: tuple[str, ...] = ()
    input_quantities: tuple[QuantityElement, ...] = ()
    output_epcs: tuple[str, ...] = ()
    output_quantities: tuple[QuantityElement, ...] = ()
    transformation_id: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    persistent_disposition: PersistentDisposition | None = None
    read_point: str | None = None
    read_point_extensions: Mapping[str, Any] = NOTHING
    biz_location: str | None = None
    biz_location_extensions: Mapping[str, Any] = NOTHING
    biz_transactions: tuple[BizTransaction, ...] = ()
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()
    sensor_elements: tuple[SensorElement, ...] = ()
    ilmd: Mapping[str, Any] = NOTHING
    certification_info: tuple[str, ...] = ()
    error_declaration: ErrorDeclaration | None = None
    extensions: Mapping[str, Any] = NOTHING
