"""Settle balances of lots, and of a site in a period, and say how far a suspect lot was diluted downstream."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.balance_answer import balance_as_json, dilution_as_json, site_as_json, yield_as_json
from filiere_platform.domain.balance_lines import BalanceReader, Scope
from filiere_platform.domain.balance_sentences import PERIOD_TOO_LONG
from filiere_platform.domain.dilution import dilute
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.mixing import MixReader
from filiere_platform.domain.process_yield import ProcessYield, yields_of
from filiere_platform.domain.record import PLACE_ROLES, EventTypeCode, NodeKind
from filiere_platform.domain.sealing import open_record
from filiere_platform.domain.sentences import NOT_FOUND, QUERY_PARAMETER
from filiere_platform.domain.state import load_around
from filiere_platform.domain.trace_edges import show
from filiere_platform.domain.trace_graph import Direction, TraceGraph
from filiere_platform.domain.traced_event import TracedEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.trace import (
    TraceQuestion,
    known_objects,
    limits_of,
    open_graph,
    open_source,
    read_as_of,
)
from filiere_platform.usecases.trace_graph import RememberedGraph
from filiere_schemas.epcis.units import UNITS
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors.balance import BalanceRules

MOST_OBJECTS: Final = 100
MOST_EVENTS: Final = 20_000  # of one site in one period
PROCESS: Final = "filiere:process"  # by which an event names its process
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteQuestion:
    """A site and a period: from `start` on, before `stop`, in microseconds; `unit` to add lots up in."""

    site: str
    start: int
    stop: int
    unit: str
    as_of: int | datetime | None = None


def balance_objects(
    uow: UnitOfWork,
    viewer: Viewer,
    objects: Collection[str],
    *,
    rules: BalanceRules,
    unit: str | None = None,
    as_of: int | datetime | None = None,
) -> dict[str, Any]:
    """Balance lots, everywhere and always, as docs/balance.md says.

    Raises:
        InvalidIdentifier: an object's identifier is not one.
        Refusal: code `not-found` where none is known, `as-of-beyond-log`; `query-parameter`.
    """
    if not 1 <= len(objects) <= MOST_OBJECTS:
        raise refused("object", str(len(objects)), f"1..{MOST_OBJECTS}")
    source = open_source(uow, viewer, as_of)
    keys, starts = known_objects(uow, viewer, objects)
    if not starts:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": ", ".join(objects)})])
    read = _Read.around(uow, viewer, source, set(starts.values()), rules)
    answers = []
    for key in keys:
        settled = read.balances.balance_of(starts[key], Scope(), unit) if key in starts else None
        row = {"object": key, "known": key in starts, "hidden_events": read.hidden.get(starts.get(key, 0), 0)}
        answers.append(row | ({} if settled is None else balance_as_json(settled)))
    yields = [yield_as_json(each) for each in read.yields(starts.values())]
    return {"as_of": source.before, "objects": answers, "transformations": yields}


def balance_site(uow: UnitOfWork, viewer: Viewer, question: SiteQuestion, *, rules: BalanceRules) -> dict[str, Any]:
    """Balance every lot of a site in a period, and add them up.

    Raises:
        InvalidIdentifier: the site's identifier is not one.
        Refusal: code `not-found` where nothing is known to have happened there, `period-too-long`, `query-parameter`.
    """
    if question.unit not in UNITS:
        raise refused("unit", question.unit, "KGM, LTR, C62, …")
    if question.start >= question.stop:
        raise refused("from", str(question.start), "< to")
    source = open_source(uow, viewer, question.as_of)
    (key,), known = known_objects(uow, viewer, [question.site])
    if key not in known:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": question.site})])
    indexes = _events_at(source, key, question)
    touched = source.events.objects_of(indexes)
    lots = {node for nodes in touched.values() for node in nodes}
    read = _Read.around(uow, viewer, source, lots, rules)
    # What came in a container is found through it.
    lots |= {stay.child for node in lots for stay in read.balances.graph.stays_in(node)}
    read = _Read.around(uow, viewer, source, lots, rules)
    scope = Scope(frozenset({known[key]}), question.start, question.stop)
    kinds = read.balances.graph.kinds
    counted = [node for node in lots if kinds.get(node) not in {NodeKind.CLASS, NodeKind.LOGISTIC_UNIT}]
    settled = [found for node in counted if (found := read.balances.balance_of(node, scope)) is not None]
    return {
        "site": key,
        "as_of": source.before,
        **site_as_json(settled, read.keys, question.start, question.stop, unit=question.unit, rules=rules),
        "transformations": [yield_as_json(each) for each in read.yields_at(lots, scope)],
    }


def dilute_object(
    uow: UnitOfWork, viewer: Viewer, wanted: str, *, rules: BalanceRules, as_of: int | datetime | None = None
) -> dict[str, Any]:
    """Say what part of each lot downstream comes from a suspect one, and what it may be at the worst.

    Raises:
        InvalidIdentifier, Refusal: as `trace_object`.
    """
    question = TraceQuestion(object=wanted, as_of=as_of)
    opened = open_graph(uow, viewer, question)
    (search,) = opened.graph.search(opened.start, [Direction.DOWN], limits_of(question))
    shown = show(search)
    told = {event.log_index for node in search.reached for event in search.graph.events_of(node)}
    uow.events.note_shown(viewer, told | shown.events.keys())
    hidden = _hidden(opened.graph, search.reached)
    ends = {end.node_id for event in shown.events.values() for ends in event.ends.values() for end in ends}
    keys = {node: key for node, (key, _) in uow.nodes.names({*search.reached, *ends}).items()}
    # What an event lists and time rules out gets nothing; where the search was cut, that is not known.
    reached = search.reached.keys() if search.cut is None else ends
    reader = MixReader(graph=search.graph, keys=keys, rules=rules, reached=reached)
    made = {node: reader.made(node) for node in search.reached}
    found = dilute(opened.start, made, reader.mixes_of(shown.steps))
    return {
        "object": opened.key,
        "as_of": opened.graph.before,
        **dilution_as_json(search, found, keys, hidden, {node: (made[node], reader.unit_of(node)) for node in made}),
    }


def read_instant(name: str, text: str) -> int:
    """Read the beginning or the end of a period.

    Raises:
        Refusal: code `query-parameter`.
    """
    found = None if text.isdigit() else read_as_of(text)
    if not isinstance(found, datetime):
        raise refused(name, text, "2026-03-04T00:00:00Z")
    return microseconds(found)


def refused(name: str, found: str, expected: str) -> Refusal:
    """Refuse a parameter."""
    return Refusal([Problem(sentence=QUERY_PARAMETER, values={"name": name, "found": found, "expected": expected})])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Objects with everything around them, ready to be balanced."""

    source: RememberedGraph
    balances: BalanceReader
    keys: Mapping[int, str]
    hidden: Mapping[int, int]

    @classmethod
    def around(
        cls,
        uow: UnitOfWork,
        viewer: Viewer,
        source: RememberedGraph,
        nodes: Collection[int],
        rules: BalanceRules,
    ) -> _Read:
        graph = TraceGraph(source)
        around = load_around(graph, nodes)
        # Sums tell of every event that they are made of.
        uow.events.note_shown(viewer, {event.log_index for node in around for event in graph.events_of(node)})
        touched = {end.node_id for n in around for e in graph.events_of(n) for ends in e.ends.values() for end in ends}
        keys = {node: key for node, (key, _) in uow.nodes.names(touched | set(nodes)).items()}
        hidden = _hidden(source, around)
        reader = BalanceReader(graph=graph, keys=keys, rules=rules, hidden=hidden)
        return cls(source=source, balances=reader, keys=keys, hidden=hidden)

    def yields(self, nodes: Collection[int]) -> list[ProcessYield]:
        """Work out the yields of the transformations that touched some objects."""
        events = {e.log_index: e for node in nodes for e in self.balances.graph.events_of(node)}
        return self._yields(events)

    def yields_at(self, nodes: Collection[int], scope: Scope) -> list[ProcessYield]:
        """Work out the yields of the transformations that surely were at a site in its period."""
        events = {
            e.log_index: e
            for node in nodes
            for e in self.balances.graph.events_of(node)
            if scope.start <= e.earliest and e.latest < scope.stop
            if any(place in (scope.sites or ()) for role in PLACE_ROLES for place in e.nodes(role))
        }
        return self._yields(events)

    def _yields(self, events: Mapping[int, TracedEvent]) -> list[ProcessYield]:
        changing = [event for event in events.values() if event.type is EventTypeCode.TRANSFORMATION]
        named: dict[int, str] = {}
        for record in self.source.events.records(sorted(event.log_index for event in changing)):
            if record.body is not None:
                process = open_record(record.kind, record.body, record.disclosures).value.get(PROCESS)
                if isinstance(process, str):
                    named[record.log_index] = process
        return yields_of(changing, keys=self.keys, named=named, rules=self.balances.rules)


def _events_at(source: RememberedGraph, key: str, question: SiteQuestion) -> list[int]:
    """Find the visible events at a site in a period, in force or not; those that are not have no ends later on.

    Raises:
        Refusal: code `period-too-long`.
    """
    query = EventQuery(
        matches=((PLACE_ROLES, (key,)),), event_from=question.start, event_before=question.stop, limit=_PAGE
    )
    found: list[int] = []
    while True:
        page = [event.log_index for event in source.events.find(query)]
        found += page
        if len(page) < _PAGE:
            return found
        if len(found) >= MOST_EVENTS:
            raise Refusal([Problem(sentence=PERIOD_TOO_LONG, values={"expected": MOST_EVENTS})])
        query = EventQuery(
            matches=query.matches,
            event_from=query.event_from,
            event_before=query.event_before,
            limit=_PAGE,
            after=page[-1],
        )


def _hidden(source: RememberedGraph, nodes: Collection[int]) -> dict[int, int]:
    found = source.events.hidden_at(source.count_hidden(nodes).keys(), before=source.before)
    return {node: len(events) for node, events in found.items()}
