"""Several traces as one say what each says alone; suspects are ranked; a difference names what changed it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from builders.traces import FAR, Chain, Told, packed, transformed, unpacked
from filiere_platform.domain.suspects import rank
from filiere_platform.domain.trace import CutReason, Limits, Search, search
from filiere_platform.domain.trace_difference import difference
from filiere_platform.domain.trace_edges import show
from filiere_platform.domain.trace_graph import Direction, TraceGraph
from filiere_platform.domain.trace_set import join

LOTS = ("a", "b", "c", "d")
PALLETS = ("sscc:p", "sscc:q")


@st.composite
def told(draw: st.DrawFn) -> Told:
    first = draw(st.integers(0, 6))
    when = (first, draw(st.integers(first, 7)))
    lot, other = draw(st.lists(st.sampled_from(LOTS), min_size=2, max_size=2, unique=True))
    match draw(st.sampled_from(["made", "made", "packed", "unpacked"])):
        case "made":
            return transformed(lot, other, when)
        case "packed":
            return packed(lot, draw(st.sampled_from(PALLETS)), when)
        case _:
            return unpacked(lot, draw(st.sampled_from(PALLETS)), when)


chains = st.lists(told(), min_size=1, max_size=7).map(lambda events: Chain().tell(*events))
roots = st.lists(st.sampled_from((*LOTS, *PALLETS)), min_size=1, max_size=3, unique=True)


def steps_of(found: Search) -> dict[Any, bool]:
    """Every step, and whether it is certain."""
    known: dict[Any, bool] = {}
    for step in show(found).steps:
        known[step.identity] = known.get(step.identity, False) or step.certainty.certain
    return known


@given(chains, roots, st.sampled_from(Direction))
def test_many_roots_reach_what_each_of_them_reaches_by_the_same_steps(
    chain: Chain, wanted: list[str], direction: Direction
) -> None:
    graph = TraceGraph(chain)
    starts = [chain.ids.setdefault(key, len(chain.ids) + 1) for key in wanted]
    alone = [search(graph, start, direction, FAR) for start in starts]
    found = join([[each] for each in alone], max_nodes=1_000)
    (joined,) = found.searches
    assert set(joined.reached) == set().union(*(each.reached for each in alone))
    for node, state in joined.reached.items():
        reaching = [(at, each.reached[node]) for at, each in enumerate(alone) if node in each.reached]
        assert found.roots[node] == {at: known.is_certain for at, known in reaching}
        assert state.depth == min(known.depth for _, known in reaching)
        assert state.is_certain == any(known.is_certain for _, known in reaching)
    expected: dict[Any, bool] = {}
    for each in alone:
        for identity, certain in steps_of(each).items():
            expected[identity] = expected.get(identity, False) or certain
    assert steps_of(joined) == expected


def test_joining_leaves_the_searches_as_they_were() -> None:
    chain = Chain().tell(transformed("a", "b", (0, 5)), transformed("c", "b", 3))
    alone = [[search(TraceGraph(chain), chain.ids[key], Direction.DOWN, FAR)] for key in "ac"]
    before = [sorted(each.reached[chain.ids["b"]].life) for (each,) in alone]
    join(alone, max_nodes=10)
    assert [sorted(each.reached[chain.ids["b"]].life) for (each,) in alone] == before


def test_a_limit_is_that_of_all_together_and_the_farthest_give_way() -> None:
    chain = Chain().tell(transformed("a", "b", 1), transformed("b", "c", 2), transformed("x", "y", 1))
    alone = [[search(TraceGraph(chain), chain.ids[key], Direction.DOWN, FAR)] for key in "ax"]
    (joined,) = join(alone, max_nodes=4).searches
    assert chain.names(joined.reached) == {"a", "x", "b", "y"}
    assert joined.cut is not None
    assert (joined.cut.reason, joined.cut.depth, joined.cut.remaining) == (CutReason.NODES, 2, 1)
    near = Limits(max_depth=1, max_nodes=99)
    cut = [[search(TraceGraph(chain), chain.ids[key], Direction.DOWN, near)] for key in "ax"]
    (shallow,) = join(cut, max_nodes=99).searches
    assert shallow.cut is not None
    assert shallow.cut.reason is CutReason.DEPTH


reach = st.dictionaries(
    st.integers(0, 9), st.dictionaries(st.integers(0, 5), st.booleans(), min_size=1, max_size=6), max_size=8
)


@given(reach, st.sets(st.integers(0, 5), min_size=1, max_size=4))
def test_the_score_is_hits_less_misses_over_the_greater_total(
    reaches: dict[int, dict[int, bool]], suspects: set[int]
) -> None:
    sound = set(range(6)) - suspects
    found = rank(reaches, suspects=suspects, sound=sound)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert {each.source for each in found} == {s for s, hit in reaches.items() if suspects & set(hit)}
    for each in found:
        hit = set(reaches[each.source])
        assert each.score == Fraction(len(hit & suspects) - len(hit & sound), max(len(suspects), len(sound)))
        assert each.certain == sum(reaches[each.source][root] for root in hit & suspects)


def node(key: str, certainty: str = "certain") -> dict[str, Any]:
    return {"key": key, "kind": "lot", "certainty": certainty}


def edge(source: str, target: str, event: int, **changes: Any) -> dict[str, Any]:
    times = {"earliest": "t", "latest": "t", "objects": [], "other_event": None, "other_event_id": None}
    ends = {"kind": "transformed-into", "from": source, "to": target, "event": event, "event_id": f"e{event}"}
    return {**ends, **times, "certainty": "certain", **changes}


def answer(nodes: list[Any], edges: list[Any], events: dict[int, list[str]]) -> dict[str, Any]:
    return {"nodes": nodes, "edges": edges, "events": [{"index": i, "objects": keys} for i, keys in events.items()]}


def test_what_is_gone_is_explained_by_what_took_it_back_else_by_what_became_known() -> None:
    before = answer([node("a"), node("b"), node("c")], [edge("a", "b", 1), edge("a", "c", 2)], {1: ["a"], 2: ["a"]})
    after = answer([node("a"), node("d")], [edge("a", "d", 5)], {5: ["a", "d"], 6: ["c"]})
    found = difference(before, after, lambda event_id: [7] if event_id == "e1" else [])
    assert [(each["to"], each["because"]) for each in found["edges"]["removed"]] == [("b", [7]), ("c", [5, 6])]
    assert [(each["key"], each["because"]) for each in found["nodes"]["removed"]] == [("b", [7]), ("c", [5, 6])]
    assert [(each["key"], each["because"]) for each in found["nodes"]["added"]] == [("d", [5])]
    assert found["events"] == {"added": [5, 6], "removed": [1, 2]}


def test_what_is_less_or_more_certain_is_a_change() -> None:
    before = answer([node("a", "doubtful")], [edge("a", "b", 1, certainty="doubtful")], {})
    found = difference(before, answer([node("a")], [edge("a", "b", 1)], {}), lambda _: [])
    assert found["nodes"]["changed"] == [{"key": "a", "before": "doubtful", "after": "certain"}]
    assert [(each["before"], each["after"]) for each in found["edges"]["changed"]] == [("doubtful", "certain")]
    assert found["edges"]["added"] == found["edges"]["removed"] == []
