"""The answer to a trace: objects, places, steps and events, with what is hidden, missing or cut.

Its JSON form is documented in docs/trace.md; both the API and the command line give it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from filiere_platform.domain.erasure import ErasureMark
from filiere_platform.domain.event_view import NOT_VERIFIABLE, VIEW_NAME, EventView
from filiere_platform.domain.finding_sentences import DOUBTFUL_STEPS
from filiere_platform.domain.instant import moment
from filiere_platform.domain.movement import places_of
from filiere_platform.domain.record import EVENT_TYPES_BY_CODE, NodeKind, NodeRow
from filiere_platform.domain.sealed_node import UNSEALED, HiddenEvent, Sealing
from filiere_platform.domain.sealing import fields_withheld
from filiere_platform.domain.stored_event import ASSURANCE, StoredEvent
from filiere_platform.domain.trace import Cut, Search
from filiere_platform.domain.trace_edges import Certainty, EdgeKind, Shown, Step
from filiere_platform.domain.trace_findings import Finding, as_json, find
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.provenance.entry import EntryKind

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything an answer is laid out from: the searches, what they show, and what the store says of their parts."""

    object: str
    direction: str
    as_of: int  # size of the log that was looked at
    at: int | None = None  # what surely happened after this instant is left out
    searches: Sequence[Search]
    shown: Sequence[Shown]
    nodes: Mapping[int, NodeRow]
    hidden: Mapping[int, int]
    withdrawn: Mapping[int, Collection[int]]  # events that their authors took back, by object
    records: Mapping[int, StoredEvent]
    views: Mapping[int, EventView] = field(default_factory=dict)  # of the events that are no records to this viewer
    sealed: Mapping[int, Sequence[HiddenEvent]] = field(default_factory=dict)  # those of `hidden`, one by one
    sealing: Sealing = UNSEALED
    erasures: Mapping[int, ErasureMark] = field(default_factory=dict)  # of the payloads that are gone, by log index

    def key(self, node: int | None) -> str | None:
        """The canonical key of a node; None for an open side."""
        return None if node is None else self.nodes[node].key


def nodes_named_by(searches: Iterable[Search], shown: Iterable[Shown]) -> set[int]:
    """Name every node whose key the answer will need."""
    named: set[int] = set()
    for search in searches:
        named |= search.reached.keys()
    for each in shown:
        for event in each.events.values():
            named.update(node for _, node in places_of(event))
    return named


def lay_out(findings: Findings) -> dict[str, Any]:
    """Lay out the answer; lists are in an order that does not depend on the order of arrival."""
    steps = list(merged(findings.shown))
    keys = {node: row.key for node, row in findings.nodes.items()}
    told = [as_json(finding, keys) for finding in _found(findings, steps)]
    events = {index: event for shown in findings.shown for index, event in shown.events.items()}
    return {
        "object": findings.object,
        "direction": findings.direction,
        "as_of": findings.as_of,
        "at": None if findings.at is None else instant(findings.at),
        "nodes": sorted(_nodes(findings), key=lambda node: (node["depth"], node["key"])),
        "places": sorted(_places(findings, events.values()), key=lambda place: place["key"]),
        "edges": sorted((_edge(findings, step) for step in steps), key=_edge_order),
        "events": sorted((_event(findings, event) for event in events.values()), key=_event_order),
        "sealed": findings.sealing.lay_out(
            findings.sealed, {node: findings.nodes[node].key for node in findings.sealed}
        ),
        "findings": told,
        "summary": _summary(findings, steps, events.values()),
        "cut": cut_of(findings.searches),
    }


@lru_cache(maxsize=50_000)
def instant(microseconds: int) -> str:
    """Write microseconds since 1970 as RFC 3339 in UTC, to the microsecond where there are any."""
    precision = "microseconds" if microseconds % 1000 else "milliseconds"
    return moment(microseconds).isoformat(timespec=precision).replace("+00:00", "Z")


def _nodes(findings: Findings) -> Iterable[dict[str, Any]]:
    for node in set().union(*(search.reached for search in findings.searches)):
        states = [(search, search.reached[node]) for search in findings.searches if node in search.reached]
        search = states[0][0]
        traversed = search.graph.is_traversed(node)
        certain = any(state.is_certain for _, state in states)
        row = findings.nodes[node]
        yield {
            "key": row.key,
            "kind": NodeKind(row.kind).name.lower(),
            "depth": min(state.depth for _, state in states),
            "directions": {search.direction.value: state.depth for search, state in states},
            "certainty": "certain" if certain else "doubtful",
            "traversed": traversed,
            "followed": all(state.followed for _, state in states),
            "hidden_events": findings.hidden.get(node, 0),
            "tombstone": _is_tombstone(states[0][0], node) if traversed else None,
            "quantities": {flow: total.as_json() for flow, total in search.graph.account_of(node).totals.items()},
        }


def _is_tombstone(search: Search, node: int) -> bool | None:
    """Whether an object is mentioned and no visible event declares it; None where its events were not fetched."""
    if not search.graph.is_loaded(node):
        return None
    return not search.graph.account_of(node).declared


def _found(findings: Findings, steps: Collection[Step]) -> Iterable[Finding]:
    """The findings about the objects, and the one about the answer as a whole."""
    reached = set().union(*(search.reached for search in findings.searches))
    yield from find(findings.searches[0].graph, reached, hidden=findings.hidden, withdrawn=findings.withdrawn)
    doubtful = [step for step in steps if not step.certainty.certain]
    if doubtful:
        evidence = tuple(sorted({step.event.log_index for step in doubtful}))
        yield Finding(sentence=DOUBTFUL_STEPS, level="info", events=evidence, values={"count": len(doubtful)})


def _summary(findings: Findings, steps: Collection[Step], events: Collection[TracedEvent]) -> dict[str, Any]:
    """Count what the answer holds, by who vouches for it."""
    records = [findings.records[event.log_index] for event in events if event.log_index in findings.records]
    return {
        "objects": len(set().union(*(search.reached for search in findings.searches))),
        "steps": len(steps),
        "doubtful_steps": sum(not step.certainty.certain for step in steps),
        "events": len(events),
        "signed_at_source": sum(record.kind is EntryKind.EVENT for record in records),
        "attested_on_receipt": sum(record.kind is EntryKind.RECEIPT for record in records),
        "erased": sum(record.body is None for record in records),
        "views": sum(event.log_index in findings.views for event in events),
        "members": len({record.member_uri for record in records}),
    }


def _places(findings: Findings, events: Iterable[TracedEvent]) -> Iterable[dict[str, Any]]:
    for node in {node for event in events for _, node in places_of(event)}:
        row = findings.nodes[node]
        yield {"key": row.key, "kind": NodeKind(row.kind).name.lower()}


def merged(shown: Iterable[Shown]) -> Iterable[Step]:
    """The steps of both directions, each once, with the better of its grounds and every object that moved."""
    known_steps: dict[tuple[Any, ...], Step] = {}
    for each in shown:
        for step in each.steps:
            known = known_steps.get(step.identity)
            if known is not None:
                step = known.joined(step)  # noqa: PLW2901 - the same step, found twice
            known_steps[step.identity] = step
    return known_steps.values()


def _edge(findings: Findings, step: Step) -> dict[str, Any]:
    event = step.event
    return {
        "kind": step.kind.value,
        "from": findings.key(step.source),
        "to": findings.key(step.target),
        "event": event.log_index,
        "event_id": _event_id(findings, event.log_index),
        "other_event": None if step.other is None else step.other.log_index,
        "other_event_id": None if step.other is None else _event_id(findings, step.other.log_index),
        "earliest": instant(event.earliest),
        "latest": instant(event.latest),
        "quantity": None if step.quantity is None else str(step.quantity),
        "uom": step.uom,
        "objects": sorted(findings.nodes[node].key for node in step.objects),
        "carry_over": None if step.carry_over is None else step.carry_over.value,
        "declared_by": _declarers(findings, step),
        "erasure": _erasure(findings, event.log_index),
        **_certainty(step.certainty),
    }


def _declarers(findings: Findings, step: Step) -> list[str] | None:
    """Name who says that two identifiers are one thing; None for every other step, which its event speaks for."""
    if step.kind is not EdgeKind.SAME:
        return None
    words = [each for each in (step.event, step.other) if each is not None]
    found = [findings.records.get(each.log_index) for each in words]
    return sorted({record.member_uri for record in found if record is not None})


def _erasure(findings: Findings, index: int) -> dict[str, Any] | None:
    """Say by what an event's content is gone: a step whose content was erased is shown, and shown as erased."""
    mark = findings.erasures.get(index)
    return None if mark is None else mark.as_json()


def _certainty(certainty: Certainty) -> dict[str, Any]:
    margin = None if certainty.margin is None else certainty.margin / MICROSECONDS
    return {"certainty": "certain" if certainty.certain else "doubtful", "margin_seconds": margin}


def _event(findings: Findings, event: TracedEvent) -> dict[str, Any]:
    record = findings.records.get(event.log_index)
    view = findings.views.get(event.log_index)
    met = set().union(*(shown.met.get(event.log_index, ()) for shown in findings.shown))
    return {
        "index": event.log_index,
        "event_id": _event_id(findings, event.log_index),
        "type": EVENT_TYPES_BY_CODE[event.type].value,
        "action": None if event.action is None else event.action.name,
        "bizStep": event.biz_step,
        "earliest": instant(event.earliest),
        "latest": instant(event.latest),
        "member": None if record is None else record.member_uri,
        "assurance": _assurance(record, view),
        "view": None if view is None else VIEW_NAME,
        "stored_at": _stored_at(record or view),
        "erased": record is not None and record.body is None,
        "erasure": _erasure(findings, event.log_index),
        "fields_withheld": 0 if record is None else _count_withheld(record),
        "objects": sorted(findings.nodes[node].key for node in met),
        "places": [{"role": role.name.lower(), "key": findings.nodes[node].key} for role, node in places_of(event)],
    }


def _assurance(record: StoredEvent | None, view: EventView | None) -> str | None:
    if record is None:
        return None if view is None else NOT_VERIFIABLE
    return ASSURANCE.get(record.kind)


def _stored_at(found: StoredEvent | EventView | None) -> str | None:
    return None if found is None else instant(found.stored_at)


def _count_withheld(record: StoredEvent) -> int:
    """How many sealed fields the asker is not shown: an amount among them is unknown, never zero."""
    return sum(each.fields for each in fields_withheld(record.kind, record.body, record.disclosures))


def _event_id(findings: Findings, index: int) -> str | None:
    found = findings.records.get(index) or findings.views.get(index)
    return None if found is None else found.event_id


def cut_of(searches: Sequence[Search]) -> dict[str, Any] | None:
    """Say where the answer ends; with both directions, the nearest end and all that is known to remain."""
    cuts: list[tuple[str, Cut]] = [(each.direction.value, each.cut) for each in searches if each.cut is not None]
    if not cuts:
        return None
    nearest = min((cut for _, cut in cuts), key=lambda cut: cut.depth)
    return {
        "reason": nearest.reason.value,
        "depth": nearest.depth,
        "remaining": sum(cut.remaining for _, cut in cuts),
        "directions": [direction for direction, _ in cuts],
    }


def _edge_order(edge: dict[str, Any]) -> tuple[str, ...]:
    names = ("earliest", "latest", "kind", "from", "to", "event_id", "other_event_id")
    return tuple(edge[name] or "" for name in names)


def _event_order(event: dict[str, Any]) -> tuple[str, ...]:
    return event["earliest"], event["latest"], event["event_id"] or "", event["type"]
