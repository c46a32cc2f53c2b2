"""Questions over sets: many objects traced as one, what they have in common upstream, what changed, who was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from filiere_platform.domain.amount import written
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.record import NodeKind, Role
from filiere_platform.domain.sentences import NOT_FOUND, QUERY_PARAMETER
from filiere_platform.domain.suspects import Ranked, rank
from filiere_platform.domain.trace import Cut, Search
from filiere_platform.domain.trace_answer import instant, lay_out
from filiere_platform.domain.trace_difference import difference
from filiere_platform.domain.trace_quantities import makes
from filiere_platform.domain.trace_set import TraceSet, join
from filiere_platform.domain.traced_event import TracedEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.access_requests import sealing_of
from filiere_platform.usecases.trace import (
    DIRECTIONS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_SECONDS,
    TraceQuestion,
    Ways,
    findings_of,
    known_objects,
    limits_of,
    open_source,
    trace_object,
)
from filiere_platform.usecases.trace_graph import RememberedGraph
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Problem, Refusal

MOST_ROOTS: Final = 500  # objects in one question
MOST_RANKED: Final = 100  # sources of each sort in an answer
_MADE_AT: Final = (Role.READ_POINT, Role.BIZ_LOCATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuestion:
    """What somebody asks about several objects; the limits are those of all of them together."""

    objects: tuple[str, ...]
    ways: Ways = Ways.BOTH
    max_depth: int = MAX_DEPTH
    max_nodes: int = MAX_NODES
    max_seconds: float = MAX_SECONDS
    as_of: int | datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSearches:
    """The objects of a question, those of which the viewer knows with their nodes, and the joined searches."""

    source: RememberedGraph
    keys: Sequence[str]  # of the roots, by position
    unknown: Sequence[str]
    found: TraceSet


def trace_set(
    uow: UnitOfWork, viewer: Viewer, question: SetQuestion, *, key: bytes | None = None, names_members: bool = False
) -> dict[str, Any]:
    """Trace several objects as one; each object of the answer says which of them reach it. The key is `trace_object`'s.

    Raises:
        InvalidIdentifier: an object's identifier is not one.
        Refusal: code `not-found` where none of them is known, `as-of-beyond-log`; `query-parameter`: too many, or none.
    """
    asked = search_together(uow, viewer, question)
    searches = list(asked.found.searches)
    sealing = sealing_of(uow, viewer, key=key, names_members=names_members)
    laid_out = lay_out(findings_of(uow, viewer, asked.source, searches, key="", ways=question.ways, sealing=sealing))
    nodes = uow.nodes.ids([node["key"] for node in laid_out["nodes"]])
    for node in laid_out["nodes"]:
        node["roots"] = sorted(asked.found.roots[nodes[node["key"]]])
    del laid_out["object"]
    return {"objects": asked.keys, "unknown": asked.unknown, **laid_out}


def common_ancestors(
    uow: UnitOfWork, viewer: Viewer, question: SetQuestion, sound: Sequence[str] = ()
) -> dict[str, Any]:
    """Rank what several suspects come from; `sound` are objects that are known not to be concerned.

    Raises:
        InvalidIdentifier, Refusal: as `trace_set`.
    """
    every = replace(question, objects=(*question.objects, *sound), ways=Ways.UP)
    asked = search_together(uow, viewer, every)
    clean = {canonical_key(each) for each in sound}
    places = {at: key in clean for at, key in enumerate(asked.keys)}
    suspects, controls = ([at for at, is_sound in places.items() if is_sound is wanted] for wanted in (False, True))
    (search,) = asked.found.searches
    reaches = {node: asked.found.roots[node] for node in search.reached}
    kinds = search.graph.kinds
    lots = {node: roots for node, roots in reaches.items() if kinds[node] is not NodeKind.LOGISTIC_UNIT}
    ranked = rank(lots, suspects=suspects, sound=controls)
    made = {each.source: _declarations(search, each.source) for each in ranked}
    # What reaches what is told of every event on the way.
    met = {event.log_index for node in search.reached for event in search.graph.events_of(node)}
    uow.events.note_shown(viewer, met)
    by_place, by_member = _where_and_by_whom(asked.source, made, reaches)
    sites = rank(by_place, suspects=suspects, sound=controls)[:MOST_RANKED]
    members = rank(by_member, suspects=suspects, sound=controls)[:MOST_RANKED]
    names = uow.nodes.names({each.source for each in (*ranked[:MOST_RANKED], *sites)})
    hidden = asked.source.events.hidden_at(asked.source.count_hidden(reaches).keys(), before=asked.source.before)
    return {
        "objects": asked.keys,
        "sound": controls,
        "unknown": asked.unknown,
        "as_of": asked.source.before,
        "ancestors": [
            {
                "key": names[each.source][0],
                "kind": kinds[each.source].name.lower(),
                **_ranked(each),
                "depth": search.reached[each.source].depth,
                "earliest": instant(made[each.source][0].earliest) if made[each.source] else None,
                "events": [event.log_index for event in made[each.source]],
                "hidden_events": len(hidden.get(each.source, ())),
            }
            for each in ranked[:MOST_RANKED]
        ],
        "places": [{"key": names[each.source][0], **_ranked(each)} for each in sites],
        "members": [{"key": each.source, **_ranked(each)} for each in members],
        "total": len(ranked),
        "hidden_events": sum(map(len, hidden.values())),
        "cut": _cut(search.cut),
    }


def _declarations(search: Search, node: int) -> list[TracedEvent]:
    """Give the events that say that an object came to be, the earliest first."""
    declaring = (event for event in search.graph.events_of(node) if makes(event, node))
    return sorted(declaring, key=lambda event: (event.earliest, event.log_index))


def _where_and_by_whom(
    source: RememberedGraph,
    made: Mapping[int, Sequence[TracedEvent]],
    reaches: Mapping[int, Mapping[int, bool]],
) -> tuple[dict[int, dict[int, bool]], dict[str, dict[int, bool]]]:
    """Say which roots come from where something was made, and from whom."""
    indexes = sorted({event.log_index for events in made.values() for event in events})
    members = {record.log_index: record.member_uri for record in source.events.records(indexes)}
    by_place: dict[int, dict[int, bool]] = defaultdict(dict)
    by_member: dict[str, dict[int, bool]] = defaultdict(dict)
    for node, events in made.items():
        for event in events:
            for place in {each for role in _MADE_AT for each in event.nodes(role)}:
                _add(by_place[place], reaches[node])
            if event.log_index in members:
                _add(by_member[members[event.log_index]], reaches[node])
    return by_place, by_member


def find_presence(uow: UnitOfWork, viewer: Viewer, question: TraceQuestion, member: str) -> dict[str, Any]:
    """Say whether a member is anywhere in an object's chain, as far as the viewer may know.

    It is there where it recorded an event of the chain or an event names it. It is not known to be absent where events
    are hidden, or the answer was cut.

    Raises:
        InvalidIdentifier, Refusal: as `trace_object`.
    """
    answer = trace_object(uow, viewer, question)
    names = {member, _key_or_itself(member)}
    certain = {node["key"] for node in answer["nodes"] if node["certainty"] == "certain"}
    evidence = [
        event
        for event in answer["events"]
        if event["member"] in names or any(place["key"] in names for place in event["places"])
    ]
    reasons = []
    if any(node["hidden_events"] for node in answer["nodes"]):
        reasons.append("hidden-events")
    if answer["cut"] is not None:
        reasons.append("cut")
    sure = any(certain.intersection(event["objects"]) for event in evidence)
    return {
        "object": answer["object"],
        "member": member,
        "direction": answer["direction"],
        "as_of": answer["as_of"],
        "present": "yes" if evidence else "unknown" if reasons else "no",
        "certainty": ("certain" if sure else "doubtful") if evidence else None,
        "reasons": [] if evidence else reasons,
        "events": [event["index"] for event in evidence],
        "objects": sorted({key for event in evidence for key in event["objects"]}),
    }


def trace_difference(uow: UnitOfWork, viewer: Viewer, before: TraceQuestion, after: TraceQuestion) -> dict[str, Any]:
    """Compare two traces: of one object at two states of the log, or of two objects.

    Raises:
        InvalidIdentifier, Refusal: as `trace_object`, of either.
    """
    first, second = trace_object(uow, viewer, before), trace_object(uow, viewer, after)
    events, (low, high) = uow.events.visible_to(viewer), sorted((first["as_of"], second["as_of"]))

    def declarations(event_id: str) -> Sequence[int]:
        same = events.by_event_id(event_id)
        authors = {each.member_id for each in same if not each.declares_error}
        return [
            each.log_index
            for each in same
            if each.declares_error and each.member_id in authors and low <= each.log_index < high
        ]

    def known_since(keys: Collection[str]) -> list[dict[str, Any]]:
        named = {number: key for key, number in uow.nodes.ids(keys).items()}
        met: dict[int, set[str]] = defaultdict(set)
        for end in events.ends_touching(named.keys(), before=high):
            if end.log_index >= low and end.node_id in named:
                met[end.log_index].add(named[end.node_id])
        return [{"index": index, "objects": objects} for index, objects in sorted(met.items())]

    sides = [{"object": each["object"], "as_of": each["as_of"]} for each in (first, second)]
    return {
        "before": sides[0],
        "after": sides[1],
        "direction": first["direction"],
        **difference(first, second, declarations, known_since),
        "cut": [each["cut"] for each in (first, second)],
    }


def search_together(uow: UnitOfWork, viewer: Viewer, question: SetQuestion) -> AskedSearches:
    """Search from several objects as from one.

    Raises:
        InvalidIdentifier, Refusal: as `trace_set`.
    """
    if not 1 <= len(question.objects) <= MOST_ROOTS:
        values = {"name": "objects", "found": len(question.objects), "expected": f"1..{MOST_ROOTS}"}
        raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
    source = open_source(uow, viewer, question.as_of, question.at)
    keys, starts = known_objects(uow, viewer, question.objects)
    if not starts:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": ", ".join(question.objects[:3])})])
    known = [key for key in keys if key in starts]
    limits = limits_of(question)
    searches = source.search_all([starts[key] for key in known], DIRECTIONS[question.ways], limits)
    return AskedSearches(
        source=source,
        keys=known,
        unknown=[key for key in keys if key not in starts],
        found=join(searches, question.max_nodes),
    )


def _add(known: dict[int, bool], roots: Mapping[int, bool]) -> None:
    for root, certain in roots.items():
        known[root] = known.get(root, False) or certain


def _ranked(each: Ranked[Any]) -> dict[str, Any]:
    return {
        "score": written(each.score),
        "suspects": list(each.suspects),
        "sound": list(each.sound),
        "certain": each.certain,
    }


def _key_or_itself(uri: str) -> str:
    try:
        return canonical_key(uri)
    except InvalidIdentifier:
        return uri


def _cut(cut: Cut | None) -> dict[str, Any] | None:
    return None if cut is None else {"reason": cut.reason.value, "depth": cut.depth, "remaining": cut.remaining}
