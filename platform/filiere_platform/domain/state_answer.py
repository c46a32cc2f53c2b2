"""The answer about the state of objects, as docs/state.md describes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from filiere_platform.domain.last_word import LastWord
from filiere_platform.domain.record import EVENT_TYPES_BY_CODE, NodeKind, NodeRow
from filiere_platform.domain.state import Holder, Inside, ObjectState, Place
from filiere_platform.domain.state_quantity import QuantityLeft
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_answer import instant
from filiere_platform.domain.trace_quantities import plain
from filiere_platform.domain.traced_event import TracedEvent


class _Shows(Protocol):
    def __call__(self, value: Any, /) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """What the answer about some objects is laid out from."""

    nodes: Mapping[int, NodeRow]
    hidden: Mapping[int, int]  # events in force that the asker may know of and not see
    events: Mapping[int, TracedEvent]
    records: Mapping[int, StoredEvent]

    def lay_out(self, state: ObjectState) -> dict[str, Any]:
        """Write one object's state. Where an event about it is hidden, every statement is in doubt."""
        row = self.nodes[state.node]
        concerned = [state.node, *_containers(state.inside)]
        doubt = any(self.hidden.get(node) for node in concerned)
        return {
            "object": row.key,
            "known": True,
            "kind": NodeKind(row.kind).name.lower(),
            "hidden_events": self.hidden.get(state.node, 0),
            "place": _said(state.place, self._place, doubt=doubt),
            "holder": _said(state.holder, self._holder, doubt=doubt),
            "owner": _said(state.owner, self._holder, doubt=doubt),
            "disposition": _said(state.disposition, _value, doubt=doubt),
            "persistent": [
                {"word": word, **(_said(found, _value, doubt=doubt) or {})} for word, found in state.persistent.items()
            ],
            "blocked": _said(state.blocked, _value, doubt=doubt),
            "recalled": _said(state.recalled, _value, doubt=doubt),
            "inside": [self._inside(each, doubt=doubt) for each in state.inside],
            "quantity": _quantity(state.quantity, doubt=doubt),
        }

    def events_of(self, answers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Describe every event that an answer names, in the order of their times."""
        indexes = {index for answer in answers for index in _indexes(answer)}
        return sorted(map(self._event, indexes), key=lambda event: (event["earliest"], event["latest"], event["index"]))

    def _event(self, index: int) -> dict[str, Any]:
        event, record = self.events[index], self.records.get(index)
        return {
            "index": index,
            "event_id": None if record is None else record.event_id,
            "type": EVENT_TYPES_BY_CODE[event.type].value,
            "action": None if event.action is None else event.action.name,
            "bizStep": event.biz_step,
            "earliest": instant(event.earliest),
            "latest": instant(event.latest),
            "member": None if record is None else record.member_uri,
            "erased": record is not None and record.body is None,
        }

    def _place(self, place: Place) -> dict[str, Any]:
        return {"value": self._key(place.node), "on_the_way": place.node is None, "to": self._key(place.to)}

    def _holder(self, holder: Holder) -> dict[str, Any]:
        if holder.party is not None:
            return {"value": self._key(holder.party), "on_the_way": False, "basis": "named"}
        basis = None if holder.recorder is None else "recorded"
        return {"value": holder.recorder, "on_the_way": holder.recorder is None, "basis": basis}

    def _inside(self, inside: Inside, *, doubt: bool) -> dict[str, Any]:
        return {
            "object": self._key(inside.stay.parent),
            "kind": inside.stay.kind.value,
            "certainty": _certainty(inside.certain, doubt=doubt),
            "events": [inside.stay.shown.log_index],
            "inside": [self._inside(each, doubt=doubt) for each in inside.inside],
        }

    def _key(self, node: int | None) -> str | None:
        return None if node is None else self.nodes[node].key


def nodes_named_by(states: Iterable[ObjectState]) -> set[int]:
    """Name every node whose key the answer will need."""
    named: set[int] = set()
    for state in states:
        named.add(state.node)
        named.update(_containers(state.inside))
        named.update(node for place, _ in state.place.values for node in place if node is not None)
        for said in (state.holder, state.owner):
            named.update(holder.party for holder, _ in said.values if holder.party is not None)
    return named


def unknown_object(key: str) -> dict[str, Any]:
    """Write that nobody ever mentioned an object, or not to the asker."""
    return {"object": key, "known": False}


def _said(found: LastWord[Any], show: _Shows, *, doubt: bool) -> dict[str, Any] | None:
    """Write a statement: the likeliest value with its events, and the others; None where nothing was said."""
    if not found.values:
        return None
    (value, events), *others = found.values
    return {
        **show(value),
        "certainty": _certainty(found.is_certain, doubt=doubt),
        "events": list(events),
        "otherwise": [{**show(other), "events": list(grounds)} for other, grounds in others],
    }


def _certainty(certain: bool, *, doubt: bool) -> str:  # noqa: FBT001 - what is said in one word
    return "certain" if certain and not doubt else "doubtful"


def _value(value: Any) -> dict[str, Any]:
    return {"value": value}


def _quantity(left: QuantityLeft | None, *, doubt: bool) -> dict[str, Any] | None:
    if left is None:
        return None
    return {
        "least": plain(left.least) if left.declared else None,
        "most": plain(left.most) if left.declared else None,
        "uom": left.uom,
        "open": left.open,
        "certainty": _certainty(left.is_certain, doubt=doubt),
        "events": list(left.events),
    }


def _containers(inside: Iterable[Inside]) -> Iterator[int]:
    for each in inside:
        yield each.stay.parent
        yield from _containers(each.inside)


def _indexes(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == "events":
                yield from item
            else:
                yield from _indexes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _indexes(item)
