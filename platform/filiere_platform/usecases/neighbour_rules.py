"""Follow the log for what only neighbours and time show: of every object that a round touches, all is judged anew.

What holds depends on the events below the round's end alone, so that their order of arrival changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from filiere_platform.domain.audience import OPERATOR, Viewer
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.neighbour_rules import KINDS, changes, judge_neighbours
from filiere_platform.domain.neighbourhood import Neighbourhood
from filiere_platform.domain.sector_rule_sentences import LOOP
from filiere_platform.domain.sector_rules import judged_event
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.traced_event import object_nodes
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.finding_round import FindingRound, open_round
from filiere_platform.usecases.neighbour_reach import Reach, loaded, reach_of
from filiere_platform.usecases.trace_graph import AskedGraph
from filiere_schemas.sectors.profile import Neighbour

CURSOR = "neighbour_rules"
ROUND = 100  # log indexes of one commit: each object that they touch is looked at with all of its events


def read_neighbour_round(uow: UnitOfWork, rules: Collection[Neighbour], *, limit: int = ROUND) -> FindingRound:
    """Judge the objects that the events past the cursor touch, and what holds or fills these; nothing is changed."""
    found = open_round(uow, CURSOR, limit=min(limit, ROUND))
    reach = reach_of(uow, found, AskedGraph(uow, OPERATOR, before=found.stop))
    if reach is None:
        return found
    graph = reach.graph
    keys = {node: row.key for node, row in uow.nodes.read(reach.near).items()}
    of_member: dict[int, dict[int, str]] = {}
    for node, key in keys.items():
        for event in graph.events_of(node):
            of_member.setdefault(event.member_id, {})[node] = key
    holding = [
        finding
        for member_id, of in sorted(of_member.items())
        for finding in _judged(uow, rules, member_id, of, reach, found.stop)
    ]
    codes = {KINDS[rule.rule].told.code for rule in rules}
    turned = {keys[node] for node in reach.turned if node in keys}
    kept = [
        each
        for code in sorted(codes)
        for each in uow.findings.of_subjects(code, sorted(turned if code == LOOP.code else keys.values()))
    ]
    now = _stored_at(uow, found.stop - 1)
    # What is kept was told with the time of its record: nearly every finding of a round is, and asks for no record.
    stored = {each.name: each.first_seen for each in kept}
    told = [_told(finding, stored.get(finding.name) or _stored_at(uow, finding.log_index)) for finding in holding]
    found_now = changes(told, kept, now)
    closed = [replace(each, closed_at=now) for each in found_now.over]
    return replace(
        found,
        findings=found_now.new,
        closed=[*closed, *(replace(each, closed_at=None) for each in found_now.again)],
        forgotten=found_now.never_told,
        restated=found_now.restated,
        at=now,
    )


def _judged(  # noqa: PLR0917 - what one member is judged by, and how far
    uow: UnitOfWork, rules: Iterable[Neighbour], member_id: int, keys: dict[int, str], reach: Reach, before: int
) -> list[Finding]:
    source = AskedGraph(uow, Viewer(member_id=member_id), before=before)
    graph = TraceGraph(source)
    hidden = source.events.hidden_at(loaded(graph, source, keys), before=before)
    seen = Neighbourhood(
        graph=graph,
        keys=keys,
        member_id=member_id,
        hidden={node: len(events) for node, events in hidden.items()},
        own=_OwnRecords(uow, member_id),
        rules=uow.policies().balance,
        open_transformations=_open_transformations(source, graph, reach, keys),
        turned=reach.turned,
    )
    return list(judge_neighbours(seen, rules))


def _open_transformations(source: AskedGraph, graph: TraceGraph, reach: Reach, keys: Iterable[int]) -> set[str]:
    """Give the IDs of transformations of which the member may know that an event is hidden from it."""
    parts = {part.transformation_id: part for node in keys for part in graph.events_of(node)}
    hidden = {
        event.log_index: event
        for shared, part in parts.items()
        if shared is not None
        for event in reach.graph.whole(part)
        if not graph.knows(event.log_index)
    }
    touched = {node for event in hidden.values() for node in object_nodes(event)}
    known = source.events.hidden_at(touched, before=source.before)
    indexes = {each.log_index for events in known.values() for each in events}
    return {event.transformation_id or "" for index, event in hidden.items() if index in indexes}


class _OwnRecords:
    """A member's own records, each read once."""

    def __init__(self, uow: UnitOfWork, member_id: int) -> None:
        self._log = uow.log
        self._nodes = uow.nodes
        self._member_id = member_id
        self._read: dict[int, Mapping[str, Any] | None] = {}

    def keys(self, nodes: Collection[int]) -> Mapping[int, str]:
        """See `Beside`."""
        return {node: row.key for node, row in self._nodes.read(nodes).items()}

    def event_id(self, log_index: int) -> str:
        """See `Beside`."""
        return self._log.event_rows(log_index, log_index + 1)[log_index].event_id

    def content(self, log_index: int) -> Mapping[str, Any] | None:
        """See `Beside`."""
        if log_index not in self._read:
            (record,) = self._log.records(log_index, log_index + 1)
            self._read[log_index] = judged_event(record) if record.member_id == self._member_id else None
        return self._read[log_index]


def _told(finding: Finding, stored_at: int) -> Finding:
    return replace(finding, first_seen=stored_at, opens_at=max(finding.opens_at, stored_at))


def _stored_at(uow: UnitOfWork, index: int) -> int:
    (record,) = uow.log.records(index, index + 1)
    return record.stored_at
