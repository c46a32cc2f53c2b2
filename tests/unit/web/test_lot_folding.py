"""Whatever is folded after whatever: expanding gives back the trace, and sums are conserved."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.render.lot_folding import (
    COLLAPSERS,
    Folded,
    Plain,
    amounts_of,
    chains,
    fold,
    isolated,
    sources,
    targets,
)
from filiere_platform.render.lot_graph import lay_out_lots

LABELS = ("alpha", "beta")


@st.composite
def traces(draw: st.DrawFn) -> dict[str, Any]:
    keys = [f"lot-{n:02d}" for n in range(draw(st.integers(1, 14)))]
    members = {key: draw(st.sampled_from(["a", "b", None])) for key in keys}
    nodes = []
    for key in keys:
        amounts = draw(st.lists(st.tuples(st.sampled_from(["KGM", None]), st.integers(1, 9)), max_size=2))
        made = [{"quantity": str(amount), "uom": unit} for unit, amount in amounts]
        nodes.append({"key": key, "depth": 0, "kind": "lot", "quantities": {"made": {"amounts": made}}})
    pairs = draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys)), max_size=24))
    edges: list[dict[str, Any]] = []
    for at, (one, other) in enumerate(pairs):
        known = draw(st.sampled_from([None, "1.5", "2"]))
        edges.append(
            {
                "kind": draw(st.sampled_from(["transformed-into", "packed-in"])),
                "from": one,
                "to": other,
                "event": at,
                "quantity": known,
                "uom": "KGM" if known else None,
                "certainty": draw(st.sampled_from(["certain", "doubtful"])),
                "earliest": f"2026-03-0{1 + at % 9}",
                "latest": f"2026-03-0{1 + at % 9}",
                "objects": [],
            }
        )
    for at in range(draw(st.integers(0, 3))):
        objects = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True))
        edges.append(
            {
                "kind": "moved",
                "from": "a",
                "to": draw(st.sampled_from(["b", "shop"])),
                "event": 100 + at,
                "quantity": None,
                "uom": None,
                "certainty": "certain",
                "earliest": "2026",
                "latest": "2026",
                "objects": objects,
            }
        )
    events = [
        {"index": at, "member": members[key], "objects": [key], "earliest": "2026-03-01", "bizStep": None}
        for at, key in enumerate(keys)
    ]
    return {"object": keys[0], "nodes": nodes, "edges": edges, "events": events, "organisations": members}


@st.composite
def foldings(draw: st.DrawFn) -> tuple[dict[str, Any], Folded, str]:
    """A trace, folded in some way, a group of it opened at times, and the name of the value that it was folded by."""
    trace = draw(traces())
    organisations = trace.pop("organisations")
    by = None
    if draw(st.booleans()):
        values = {node["key"]: draw(st.sampled_from(LABELS)) for node in trace["nodes"] if draw(st.booleans())}
        by = (draw(st.sampled_from(["site", "product", "day"])), values)
    collapsed = draw(st.sets(st.sampled_from(sorted(COLLAPSERS))))
    found = fold(trace, organisations, by=by, collapsed=collapsed)
    if found.groups and draw(st.booleans()):
        found = fold(trace, organisations, by=by, collapsed=collapsed, opened=[min(found.groups)])
    return trace, found, by[0] if by else ""


def by_key(nodes: Any) -> list[Any]:
    return sorted(nodes, key=lambda node: node["key"])


@given(foldings())
def test_expanding_gives_back_the_trace(folding: tuple[dict[str, Any], Folded, str]) -> None:
    trace, found, _ = folding
    nodes, edges = found.expanded()
    assert by_key(nodes) == by_key(trace["nodes"])
    assert sorted(map(repr, edges)) == sorted(map(repr, trace["edges"]))


@given(foldings())
def test_sums_are_conserved(folding: tuple[dict[str, Any], Folded, str]) -> None:
    trace, found, _ = folding
    whole: dict[str, Decimal] = defaultdict(Decimal)
    for node in trace["nodes"]:
        for unit, amount in amounts_of(node):
            whole[unit] += amount
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for group in found.groups.values():
        for unit, amount in group.amounts:
            parts[unit] += amount
    for node in found.answer["nodes"]:
        for unit, amount in amounts_of(node):
            parts[unit] += amount
    assert parts == whole
    unweighed = sum(group.unweighed for group in found.groups.values())
    alone = [node for node in found.answer["nodes"] if node["key"] not in found.groups]
    assert unweighed + sum(not amounts_of(node) for node in alone) == sum(not amounts_of(n) for n in trace["nodes"])
    for edge in found.answer["edges"]:
        if edge["kind"] != "moved" and edge["quantity"] is not None:
            steps = edge.get("steps", [edge])
            assert Decimal(edge["quantity"]) == sum(Decimal(step["quantity"]) for step in steps)


@given(foldings())
def test_the_object_asked_for_is_never_folded_and_a_group_is_of_one_organisation(
    folding: tuple[dict[str, Any], Folded, str],
) -> None:
    trace, found, value = folding
    organisations = {event["objects"][0]: event["member"] for event in trace["events"]}
    assert any(node["key"] == trace["object"] for node in found.answer["nodes"])
    for group in found.groups.values():
        assert len(group.members) > 1
        if group.kind != "isolated":
            assert {organisations[key] for key in group.members} == {group.organisation}
        assert (group.kind == value) == (group.label != "")


@given(foldings())
def test_a_folded_trace_is_drawn_like_any_other(folding: tuple[dict[str, Any], Folded, str]) -> None:
    _, found, _ = folding
    graph = lay_out_lots(found.answer)
    places = [(box.column, box.row) for box in graph.boxes]
    assert len(set(places)) == len(places)
    assert {box.key for box in graph.boxes} == {node["key"] for node in found.answer["nodes"]}


@given(traces())
def test_an_opened_group_stands_by_its_objects(trace: dict[str, Any]) -> None:
    organisations = trace.pop("organisations")
    closed = fold(trace, organisations, collapsed=COLLAPSERS)
    for group in closed.groups.values():
        opened = fold(trace, organisations, collapsed=COLLAPSERS, opened=[group.id])
        assert group.id not in opened.groups


@given(traces())
def test_each_collapser_keeps_its_word(trace: dict[str, Any]) -> None:
    organisations, kept = trace.pop("organisations"), {trace["object"]}
    pairs = tuple((edge["from"], edge["to"]) for edge in trace["edges"] if edge["kind"] != "moved")
    graph = Plain(nodes=tuple(node["key"] for node in trace["nodes"]), steps=pairs)
    before, after = graph.neighbours()
    for group in sources(graph, kept, organisations):
        assert not any(before[node] for node in group)
        assert len({frozenset(after[node]) for node in group}) == 1
    for group in targets(graph, kept, organisations):
        assert not any(after[node] for node in group)
        assert len({frozenset(before[node]) for node in group}) == 1
    for group in chains(graph, kept, organisations):
        assert all(len(before[node]) == len(after[node]) == 1 for node in group)
        outside = Counter(near for node in group for near in before[node] | after[node] if near not in group)
        assert sum(outside.values()) <= 2, "a row has two ends"
    for group in isolated(graph, kept, organisations):
        assert all((before[node] | after[node]) <= group for node in group)
    for collapser in COLLAPSERS.values():
        found = collapser(graph, kept, organisations)
        assert all(len(group) > 1 and kept.isdisjoint(group) for group in found)
        assert len({node for group in found for node in group}) == sum(map(len, found)), "no object in two groups"
