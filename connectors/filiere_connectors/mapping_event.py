"""From the rows of one event to the event: compiled once for a flow and a file, called for every group of rows.

Source: GS1 EPCIS 2.0, 7.3 and 7.4 (which lists which type of event has); CBV 2.0, 7.3 (types of sources).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from filiere_connectors import cell_sentences as sentences
from filiere_connectors.flow import Flow, ItemSettings, Value
from filiere_connectors.kinds import KINDS
from filiere_connectors.mapping_things import (
    ReadThing,
    Spot,
    Thing,
    as_party,
    as_place,
    compile_item,
    document_of,
    merge,
    number_of,
)
from filiere_connectors.mapping_time import compile_time
from filiere_connectors.mapping_values import Gathered, Read, compile_value
from filiere_connectors.problem import RowProblem
from filiere_connectors.readers import Unreadable
from filiere_connectors.sources.table import Layout, Row
from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE
from filiere_schemas.epcis.reading import InvalidEvent, read_event
from filiere_schemas.problems import Problem

CONTEXT = [EPCIS_CONTEXT, {"filiere": OUR_NAMESPACE}]
# The members of an event that list its objects, by the list of the flow: instances, then quantities.
_LISTS = {
    "ObjectEvent": {"items": ("epcList", "quantityList")},
    "AggregationEvent": {"items": ("childEPCs", "childQuantityList")},
    "TransformationEvent": {
        "inputs": ("inputEPCList", "inputQuantityList"),
        "outputs": ("outputEPCList", "outputQuantityList"),
    },
}
# Where a problem of the whole event is shown, by the first part of its pointer.
_COLUMN_OF = {"eventTime": "time", "readPoint": "place", "sourceList": "giver", "destinationList": "taker"}

Things = list[tuple[Callable[[Row], bool], ReadThing]]


class EventMapping:
    """A flow compiled for the columns of one file, for one member."""

    def __init__(self, flow: Flow, layout: Layout, *, member: str) -> None:
        self._flow = flow
        self._kind = KINDS[flow.event.kind]
        self._member = member
        event = flow.event
        self._time = compile_time(flow, event.time, event.clock, layout)
        self._values = {
            name: compile_value(flow, value, layout)
            for name, value in (
                ("place", event.place),
                ("giver", event.giver),
                ("taker", event.taker),
                ("container", event.container),
                ("transformation", event.transformation),
            )
            if value is not None
        }
        self._documents: list[tuple[str, Value, Read]] = [
            (document.type, document.id, compile_value(flow, document.id, layout)) for document in event.documents
        ]
        self._ilmd = {name: compile_value(flow, value, layout) for name, value in event.ilmd.items()}
        self._things: dict[str, Things] = {}
        for name in _LISTS[self._kind.type]:
            settings: Sequence[ItemSettings] = getattr(event, name)
            self._things[name] = [compile_item(flow, each, layout, member=member) for each in settings]
        self.shared = _shared_columns(flow)

    def event_of(self, rows: Sequence[Row], gathered: Gathered) -> dict[str, Any] | None:
        """Build and check the event of some rows, without an eventID; None after a complaint."""
        self._require_agreement(rows, gathered)
        head = rows[0]
        event: dict[str, Any] = {"@context": CONTEXT, "type": self._kind.type}
        event |= self._time(head, gathered) or {}
        if self._kind.action is not None:
            event["action"] = self._kind.action
        event["bizStep"] = self._flow.event.step or self._kind.step
        disposition = self._flow.event.disposition or self._kind.disposition
        if disposition is not None:
            event["disposition"] = disposition
        for name in self._things:
            event |= self._objects(name, rows, gathered)
        event |= self._parties(head, gathered)
        event |= self._rest(head, gathered)
        if gathered.problems:
            return None
        return self._checked(event, head, gathered)

    def _objects(self, name: str, rows: Sequence[Row], gathered: Gathered) -> dict[str, Any]:
        found: list[Thing] = []
        meant = False
        for row in rows:
            for holds, read in self._things[name]:
                if holds(row):
                    meant = True
                    thing = read(row, gathered)
                    if thing is not None:
                        found.append(thing)
        if not meant:
            gathered.complain(rows[0], None, Unreadable(sentences.NOTHING_TO_SAY, key=f"event.{name}"))
        epcs, quantities = merge(found)
        instances, classes = _LISTS[self._kind.type][name]
        return ({instances: epcs} if epcs else {}) | ({classes: quantities} if quantities else {})

    def _parties(self, row: Row, gathered: Gathered) -> dict[str, Any]:
        members: dict[str, Any] = {}
        event = self._flow.event
        giver, taker = (self._one(name, row, gathered) for name in ("giver", "taker"))
        if giver is not None and event.giver is not None:
            uri = as_party(str(giver), Spot(row, event.giver.column, gathered))
            members["sourceList"] = [{"type": "owning_party", "source": uri}]
        if taker is not None and event.taker is not None:
            uri = as_party(str(taker), Spot(row, event.taker.column, gathered))
            members["destinationList"] = [{"type": "owning_party", "destination": uri}]
        place = self._one("place", row, gathered)
        if place is not None and event.place is not None:
            members["readPoint"] = {"id": as_place(str(place), self._member, Spot(row, event.place.column, gathered))}
        return members

    def _rest(self, row: Row, gathered: Gathered) -> dict[str, Any]:
        members: dict[str, Any] = {}
        event = self._flow.event
        container = self._one("container", row, gathered)
        if container is not None and event.container is not None:
            is_number = event.container.reader == "sscc"
            members["parentID"] = f"https://id.gs1.org/00/{container}" if is_number else str(container)
        transformation = self._one("transformation", row, gathered)
        if transformation is not None and event.transformation is not None:
            spot = Spot(row, event.transformation.column, gathered)
            members["transformationID"] = document_of("prodorder", str(transformation), self._member, spot)
        documents = []
        for kind, value, read in self._documents:
            number = read(row, gathered)
            if number is not None:
                uri = document_of(kind, str(number), self._member, Spot(row, value.column, gathered))
                documents.append({"type": kind, "bizTransaction": uri})
        if documents:
            members["bizTransactionList"] = documents
        ilmd = {name: _plain(value) for name, read in self._ilmd.items() if (value := read(row, gathered)) is not None}
        if ilmd:
            members["ilmd"] = ilmd
        if event.sharing is not None:
            members["filiere:sharing"] = event.sharing
        return members

    def _one(self, name: str, row: Row, gathered: Gathered) -> Any:
        read = self._values.get(name)
        return None if read is None else read(row, gathered)

    def _require_agreement(self, rows: Sequence[Row], gathered: Gathered) -> None:
        """Complain where later rows of a group say something else of the whole event; an empty cell agrees."""
        head = rows[0]
        for row in rows[1:]:
            for header in self.shared:
                if header not in row.layout.index:
                    continue
                found, expected = row.value(header), head.value(header)
                if found is not None and found != expected:
                    error = Unreadable(sentences.ROWS_DISAGREE, found=found, expected=expected, row=head.number)
                    gathered.complain(row, header, error)

    def _checked(self, event: dict[str, Any], head: Row, gathered: Gathered) -> dict[str, Any] | None:
        """Check what EPCIS itself asks for; the signed event must be one that every reader accepts."""
        try:
            read_event(event)
        except InvalidEvent as refused:
            for problem in refused.problems:
                gathered.problems.append(self._placed(problem, head))
            return None
        return event

    def _placed(self, problem: Problem, head: Row) -> RowProblem:
        name = _COLUMN_OF.get(problem.pointer.split("/")[1] if problem.pointer else "")
        value: Value | None = getattr(self._flow.event, name) if name is not None else None
        header = None if value is None else value.column
        values: Mapping[str, object] = {"pointer": problem.pointer or "/", "reason": problem}
        place = head.place(header if header in head.layout.index else None)
        return RowProblem(problem=Problem(sentence=sentences.EVENT_INVALID, values=values), place=place)


def _shared_columns(flow: Flow) -> tuple[str, ...]:
    """The columns that speak of the whole event, and on which the rows of a group must agree."""
    event = flow.event
    single = [event.time, event.clock, event.place, event.giver, event.taker, event.container, event.transformation]
    values = [*single, *(document.id for document in event.documents), *event.ilmd.values()]
    return tuple(dict.fromkeys(column for value in values if value is not None for column in value.columns))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number_of(value)
    return value.isoformat() if isinstance(value, date | time) else value
