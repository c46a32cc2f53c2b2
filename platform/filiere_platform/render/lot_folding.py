"""Fold the objects of a trace into groups, so that a chain of thousands is looked at as a drawing of tens.

A fold is a partition: every object stands in one group or alone, and what a group holds, its objects, its amounts and
the steps among them, is kept and counted. Expanding every group gives back the trace, whatever was folded after what.

Four collapsers find groups by the form of the graph alone; folds by a value (site, product, day) are given the value.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

PIECES: Final = "C62"  # UN/ECE Recommendation 20: what has no unit is counted in pieces
_ID_DIGITS: Final = 12
Amounts = tuple[tuple[str, Decimal], ...]  # unit, sum; by unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A graph without what it is about: nodes, and steps as pairs of them."""

    nodes: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]

    def neighbours(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Give each node's predecessors and successors, other nodes alone."""
        before: dict[str, set[str]] = {node: set() for node in self.nodes}
        after: dict[str, set[str]] = {node: set() for node in self.nodes}
        for source, target in self.steps:
            if source != target:
                after[source].add(target)
                before[target].add(source)
        return before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Objects that stand for one another: why, under which name, whose, and what they come to."""

    id: str
    kind: str  # site, product, day, sources, targets, chains, isolated
    label: str  # the common value; empty where the form of the graph made the group
    organisation: str | None
    members: tuple[str, ...]  # in the order of the answer
    amounts: Amounts  # made, by unit
    unweighed: int  # objects without an amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A trace with groups in the place of their objects, in the form of an answer.

    Steps between the same two ends and of one kind are one edge, whose `steps` are the edges that it stands for; steps
    within a group are in `inside`. Edges of moves keep their objects, as groups.
    """

    answer: Mapping[str, Any]
    groups: Mapping[str, Group]
    inside: Mapping[str, Sequence[Mapping[str, Any]]]

    def expanded(self) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
        """Give back the nodes and the edges of the trace that was folded."""
        nodes = [each for node in self.answer["nodes"] for each in node.get("members", (node,))]
        edges = [each for edge in self.answer["edges"] for each in edge.get("steps", (edge,))]
        return nodes, edges + [edge for edges in self.inside.values() for edge in edges]


Collapser = Callable[[Plain, Collection[str], Mapping[str, Hashable]], list[frozenset[str]]]


def sources(graph: Plain, kept: Collection[str], alike: Mapping[str, Hashable]) -> list[frozenset[str]]:
    """Group nodes into which nothing goes and that go into the same others."""
    before, after = graph.neighbours()
    return _same(graph, kept, lambda node: (alike.get(node), frozenset(after[node])), ends=before, others=after)


def targets(graph: Plain, kept: Collection[str], alike: Mapping[str, Hashable]) -> list[frozenset[str]]:
    """Group nodes of which nothing is made and that come from the same others."""
    before, after = graph.neighbours()
    return _same(graph, kept, lambda node: (alike.get(node), frozenset(before[node])), ends=after, others=before)


def chains(graph: Plain, kept: Collection[str], alike: Mapping[str, Hashable]) -> list[frozenset[str]]:
    """Group what lies in a row: each node with one before it and one after it, and nothing else beside."""
    before, after = graph.neighbours()
    inner = {node for node in graph.nodes if len(before[node]) == 1 and len(after[node]) == 1 and node not in set(kept)}
    found: list[frozenset[str]] = []
    seen: set[str] = set()
    for node in graph.nodes:
        if node not in inner or node in seen:
            continue
        row = {node}
        for onward in (before, after):
            (near,) = onward[node]
            while near in inner and near not in row and alike.get(near) == alike.get(node):
                row.add(near)
                (near,) = onward[near]
        seen |= row
        if len(row) > 1:
            found.append(frozenset(row))
    return found


def isolated(graph: Plain, kept: Collection[str], alike: Mapping[str, Hashable]) -> list[frozenset[str]]:  # noqa: ARG001 - a part is one whoever is in it
    """Group each part of the graph that hangs together and with no kept node."""
    before, after = graph.neighbours()
    unseen = dict.fromkeys(graph.nodes)
    found: list[frozenset[str]] = []
    while unseen:
        start, _ = unseen.popitem()
        part, waiting = {start}, [start]
        while waiting:
            node = waiting.pop()
            near = (before[node] | after[node]) - part
            part |= near
            waiting += near
        for node in part:
            unseen.pop(node, None)
        if len(part) > 1 and part.isdisjoint(kept):
            found.append(frozenset(part))
    return found


COLLAPSERS: Final[Mapping[str, Collapser]] = {
    "isolated": isolated,
    "chains": chains,
    "sources": sources,
    "targets": targets,
}


def fold(
    answer: Mapping[str, Any],
    organisations: Mapping[str, str | None],
    *,
    by: tuple[str, Mapping[str, str]] | None = None,
    collapsed: Collection[str] = (),
    opened: Collection[str] = (),
) -> Folded:
    """Fold the answer of a trace (docs/trace.md): first by a value, then by each collapser in their order.

    Args:
        answer: nodes, edges and events of a trace.
        organisations: whose each object is; no group but an isolated part holds objects of two.
        by: the name of a value, and the value of each object; who has none stands alone.
        collapsed: names of collapsers.
        opened: ids of groups that are shown by their objects; nothing folds those again.
    """
    keys = tuple(node["key"] for node in answer["nodes"])
    kept = {answer["object"]}
    pairs = tuple(
        (edge["from"], edge["to"]) for edge in answer["edges"] if edge["kind"] != "moved" and edge["to"] is not None
    )
    units: dict[str, Group | None] = dict.fromkeys(keys)  # what is visible: groups by their id, objects by their key
    unit_of = {key: key for key in keys}
    held = {key: (key,) for key in keys}
    place = {key: at for at, key in enumerate(keys)}
    weigh = _weigher(answer)

    def put(kind: str, label: str, members: Iterable[str]) -> None:
        chosen = set(members)
        flat = tuple(sorted((key for unit in chosen for key in held[unit]), key=place.__getitem__))
        owner = organisations.get(flat[0])
        group_id = _id(kind, owner, label or flat[0])
        if group_id in opened:
            kept.update(chosen)
            return
        for unit in chosen:
            del units[unit]
        amounts, unweighed = weigh(flat)
        units[group_id] = Group(
            id=group_id, kind=kind, label=label, organisation=owner, members=flat, amounts=amounts, unweighed=unweighed
        )
        held[group_id] = flat
        unit_of.update(dict.fromkeys(flat, group_id))

    if by is not None:
        for (_, label), members in _by_value(keys, organisations, by[1], kept).items():
            put(by[0], label, members)
    for name, collapser in COLLAPSERS.items():
        if name in collapsed:
            known = set(unit_of.values())
            graph = Plain(
                nodes=tuple(dict.fromkeys(unit_of[key] for key in keys)),
                steps=tuple((unit_of[a], unit_of[b]) for a, b in pairs if a in unit_of and b in unit_of),
            )
            owners = {unit_of[key]: organisations.get(key) for key in keys}
            for part in collapser(graph, kept & known, owners):
                put(name, "", part)
    groups = {unit: group for unit, group in units.items() if group is not None}
    return _folded(answer, unit_of, groups)


def amounts_of(node: Mapping[str, Any]) -> Amounts:
    """Give what was made of an object, by unit; nothing where no event says it."""
    made = node.get("quantities", {}).get("made", {}).get("amounts", ())
    return tuple((each["uom"] or PIECES, Decimal(each["quantity"])) for each in made)


def _by_value(
    keys: Iterable[str], organisations: Mapping[str, str | None], values: Mapping[str, str], kept: Collection[str]
) -> dict[tuple[str | None, str], list[str]]:
    found: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for key in keys:
        if key in values and key not in kept:
            found[organisations.get(key), values[key]].append(key)
    return {place: members for place, members in found.items() if len(members) > 1}


def _same(
    graph: Plain,
    kept: Collection[str],
    likeness: Callable[[str], Hashable],
    *,
    ends: Mapping[str, set[str]],
    others: Mapping[str, set[str]],
) -> list[frozenset[str]]:
    found: dict[Hashable, list[str]] = defaultdict(list)
    unmoved = set(kept)
    for node in graph.nodes:
        if not ends[node] and others[node] and node not in unmoved:
            found[likeness(node)].append(node)
    return [frozenset(members) for members in found.values() if len(members) > 1]


def _id(kind: str, organisation: str | None, name: str) -> str:
    told = "\n".join((kind, organisation or "", name))
    return f"fold-{hashlib.sha256(told.encode()).hexdigest()[:_ID_DIGITS]}"


def _weigher(answer: Mapping[str, Any]) -> Callable[[Iterable[str]], tuple[Amounts, int]]:
    made = {node["key"]: amounts_of(node) for node in answer["nodes"]}

    def weigh(members: Iterable[str]) -> tuple[Amounts, int]:
        sums: Counter[str] = Counter()
        total: dict[str, Decimal] = defaultdict(Decimal)
        for key in members:
            if not made[key]:
                sums["unweighed"] += 1
            for unit, quantity in made[key]:
                total[unit] += quantity
        return tuple(sorted(total.items())), sums["unweighed"]

    return weigh


def _folded(answer: Mapping[str, Any], unit_of: Mapping[str, str], groups: Mapping[str, Group]) -> Folded:
    nodes = {node["key"]: node for node in answer["nodes"]}
    shown: dict[str, Mapping[str, Any]] = {}
    for key, node in nodes.items():
        unit = unit_of[key]
        if unit not in shown:
            shown[unit] = _node_of(groups[unit], nodes) if unit in groups else node
    edges: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    inside: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for edge in answer["edges"]:
        if edge["kind"] == "moved":
            objects = tuple(dict.fromkeys(unit_of.get(key, key) for key in edge["objects"]))
            edges["moved", edge["from"], edge["to"], objects].append(edge)
            continue
        ends = unit_of.get(edge["from"], edge["from"]), unit_of.get(edge["to"], edge["to"])
        if ends[0] == ends[1] and ends[0] in groups:
            inside[ends[0]].append(edge)
        else:
            edges[edge["kind"], *ends, ()].append(edge)
    events = [
        {**event, "objects": list(dict.fromkeys(unit_of.get(key, key) for key in event["objects"]))}
        for event in answer["events"]
    ]
    merged = [_edge_of(place, several) for place, several in edges.items()]
    return Folded(
        answer={**answer, "nodes": list(shown.values()), "edges": merged, "events": events},
        groups=groups,
        inside=inside,
    )


def _node_of(group: Group, nodes: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    members = [nodes[key] for key in group.members]
    return {
        "key": group.id,
        "kind": "fold",
        "depth": min(node["depth"] for node in members),
        "certainty": "certain" if any(node.get("certainty") == "certain" for node in members) else "doubtful",
        "tombstone": False,
        "members": members,
    }


def _edge_of(place: tuple[Any, ...], several: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give one edge for several of one kind between the same ends; a single one that nothing folded is itself."""
    kind, source, target, objects = place
    first = several[0]
    if (
        len(several) == 1
        and (source, target) == (first["from"], first["to"])
        and list(objects) == list(first["objects"] if kind == "moved" else ())
    ):
        return first
    units = {edge.get("uom") or PIECES for edge in several}
    known = [Decimal(edge["quantity"]) for edge in several if edge.get("quantity") is not None]
    is_sum = len(known) == len(several) and len(units) == 1
    return {
        **first,
        "from": source,
        "to": target,
        "objects": list(objects) if kind == "moved" else first.get("objects", []),
        "quantity": f"{sum(known):f}" if is_sum else None,
        "uom": first.get("uom") if is_sum else None,
        "certainty": "certain" if all(edge["certainty"] == "certain" for edge in several) else "doubtful",
        "earliest": min(edge["earliest"] for edge in several),
        "latest": max(edge["latest"] for edge in several),
        "steps": list(several),
    }
