"""What changed between two answers about traces: objects and steps, each with the events that changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

# By the ID of an event, the log indexes of the declarations that took it back between the two.
Declarations = Callable[[str], Sequence[int]]
# By keys of objects, the events about them that became known between the two: `index` and `objects`.
KnownSince = Callable[[Collection[str]], Iterable[Mapping[str, Any]]]
_EDGE = ("kind", "from", "to", "event_id", "other_event_id")


def difference(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    declarations: Declarations,
    known_since: KnownSince = lambda _: (),
) -> dict[str, Any]:
    """Compare two answers of a trace (docs/trace.md).

    `because` of what was added names its own events; of what is gone, the declarations that took them back, else the
    events that became known in between and are about its objects: they ended a stay earlier, or took it away. What
    rested on a step that is gone, or that lasts less long, is gone because of what took or shortened that step.
    """
    known = {event["index"] for event in before["events"]}
    news = [event for event in after["events"] if event["index"] not in known]
    old_edges, new_edges = _by(before["edges"], _EDGE), _by(after["edges"], _EDGE)
    old_nodes, new_nodes = _by(before["nodes"], ("key",)), _by(after["nodes"], ("key",))
    gone = [_gone(edge, news, declarations) for key, edge in old_edges.items() if key not in new_edges]
    _explain(gone, [edge for key, edge in old_edges.items() if key in new_edges], news, known_since)
    for edge in gone:
        del edge["objects"]
    added = [_added(edge) for key, edge in new_edges.items() if key not in old_edges]
    return {
        "nodes": {
            "added": [_node(node, added) for key, node in new_nodes.items() if key not in old_nodes],
            "removed": [_node(node, gone) for key, node in old_nodes.items() if key not in new_nodes],
            "changed": [
                {"key": node["key"], "before": old_nodes[key]["certainty"], "after": node["certainty"]}
                for key, node in new_nodes.items()
                if key in old_nodes and old_nodes[key]["certainty"] != node["certainty"]
            ],
        },
        "edges": {
            "added": added,
            "removed": gone,
            "changed": [
                {**_edge(edge), "before": old_edges[key]["certainty"], "after": edge["certainty"]}
                for key, edge in new_edges.items()
                if key in old_edges and old_edges[key]["certainty"] != edge["certainty"]
            ],
        },
        "events": {
            "added": [event["index"] for event in news],
            "removed": sorted(known - {event["index"] for event in after["events"]}),
        },
    }


def _by(items: Iterable[Mapping[str, Any]], names: Sequence[str]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    return {tuple(item[name] for name in names): item for item in items}


def _edge(edge: Mapping[str, Any]) -> dict[str, Any]:
    return {name: edge[name] for name in (*_EDGE, "event", "other_event", "earliest", "latest", "certainty")}


def _added(edge: Mapping[str, Any]) -> dict[str, Any]:
    return {**_edge(edge), "because": _events(edge)}


def _gone(edge: Mapping[str, Any], news: Iterable[Mapping[str, Any]], declarations: Declarations) -> dict[str, Any]:
    ids = [edge[name] for name in ("event_id", "other_event_id") if edge[name] is not None]
    because = sorted({index for event_id in ids for index in declarations(event_id)})
    return {**_edge(edge), "objects": edge["objects"], "because": because or _about(edge, news)}


def _explain(
    gone: Sequence[dict[str, Any]],
    kept: Sequence[Mapping[str, Any]],
    news: Iterable[Mapping[str, Any]],
    known_since: KnownSince,
) -> None:
    """Give a reason to the steps that have none of their own, the nearest that there is."""
    _follow_up(gone)
    if all(edge["because"] for edge in gone):
        return
    # What took something out may stand in no answer any more: all that led there is gone.
    lost = {key for edge in gone if not edge["because"] for key in (edge["from"], edge["to"], *edge["objects"])}
    since = [*news, *known_since(lost)]
    for edge in gone:
        edge["because"] = edge["because"] or _about(edge, since)
    # A stay that is there still can last less long, and what lay behind it is gone.
    shorter = [{**_edge(edge), "objects": edge["objects"], "because": _about(edge, since)} for edge in kept]
    _follow_up([*gone, *shorter])


def _about(edge: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> list[int]:
    sides = {edge["from"], edge["to"], *edge["objects"]}
    return sorted({event["index"] for event in events if sides & set(event["objects"])})


def _follow_up(gone: Sequence[dict[str, Any]]) -> None:
    """Hand the reasons of steps on to the steps beside them that have none, nearest reasons first."""
    beside: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for edge in gone:
        for key in _objects(edge):
            beside[key].append(edge)
    explained = [edge for edge in gone if edge["because"]]
    while explained:
        reasons: dict[int, set[int]] = defaultdict(set)
        following: dict[int, dict[str, Any]] = {}
        for edge in explained:
            for other in (other for key in _objects(edge) for other in beside[key] if not other["because"]):
                following[id(other)] = other
                reasons[id(other)].update(edge["because"])
        for number, edge in following.items():
            edge["because"] = sorted(reasons[number])
        explained = list(following.values())


def _objects(edge: Mapping[str, Any]) -> set[str]:
    return set(edge["objects"]) if edge["kind"] == "moved" else {edge["from"], edge["to"]}


def _node(node: Mapping[str, Any], edges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    because = {index for edge in edges if node["key"] in {edge["from"], edge["to"]} for index in edge["because"]}
    return {"key": node["key"], "kind": node["kind"], "because": sorted(because)}


def _events(edge: Mapping[str, Any]) -> list[int]:
    return sorted({index for index in (edge["event"], edge["other_event"]) if index is not None})
