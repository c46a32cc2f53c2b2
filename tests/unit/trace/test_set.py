"""Several traces as one say what each says alone; suspects are ranked; a difference names what changed it."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.told_chains import any_chains, chain_of, name
from builders.traces import FAR, Chain, Told, packed, removed, transformed, unpacked
from filiere_platform.domain.record import OBJECT_ROLES
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


def told_answer(chain: Chain, start: str) -> dict[str, Any]:
    """The answer downstream, as far as a difference reads it."""
    keys = {number: key for key, number in chain.ids.items()}
    found = chain.follow(start, Direction.DOWN)
    shown = show(found)
    nodes = [
        node(keys[number], "certain" if state.is_certain else "doubtful") for number, state in found.reached.items()
    ]
    edges = {}
    for step in shown.steps:
        other = None if step.other is None else step.other.log_index
        ids = {"event_id": f"e{step.event.log_index}", "other_event": other}
        ids["other_event_id"] = None if other is None else f"e{other}"
        ends = (keys.get(step.source or 0, "?"), keys.get(step.target or 0, "?"))
        objects = [keys[number] for number in step.objects]
        edges[step.identity] = edge(*ends, step.event.log_index, kind=step.kind.value, objects=objects, **ids)
    events = {index: [keys[number] for number in shown.met[index]] for index in shown.events}
    return answer(nodes, list(edges.values()), events)


def take_out(draw: st.DrawFn) -> Told:
    what, when = draw(st.sampled_from("abc")), draw(st.integers(0, 7))
    kind = draw(st.sampled_from((unpacked, removed)))
    return kind(draw(st.sampled_from((what, ""))), draw(st.sampled_from("abc")), when)


def lost_by(taking: Told, events: list[Told], start: str) -> dict[str, Any]:
    """The difference downstream that one more event makes."""
    chain = chain_of([*events, taking])

    def known_since(keys: Collection[str]) -> list[dict[str, Any]]:
        about = keys & set(taking.nodes(*OBJECT_ROLES))
        return [{"index": len(events), "objects": about}] if about else []

    return difference(told_answer(chain_of(events), start), told_answer(chain, start), lambda _: [], known_since)


def test_what_came_of_what_was_lost_is_lost_by_the_same_removal() -> None:
    events = [packed("a", "sscc:p", 1), transformed("sscc:p", "b", 5), transformed("b", "c", 6)]
    before, after = (told_answer(Chain().tell(*told), "a") for told in (events, [*events, unpacked("a", "sscc:p", 3)]))
    found = difference(before, after, lambda _: [])
    assert {(each["key"], *each["because"]) for each in found["nodes"]["removed"]} == {("b", 3), ("c", 3)}
    assert {(each["to"], *each["because"]) for each in found["edges"]["removed"]} >= {("b", 3), ("c", 3)}


def test_what_lay_behind_a_stay_that_is_shorter_now_is_lost_by_what_shortened_it() -> None:
    found = lost_by(unpacked("", "a", 1), [transformed("a", "x", 0), unpacked("b", "a", 2), unpacked("b", "c", 0)], "a")
    assert [(each["key"], each["because"]) for each in found["nodes"]["removed"]] == [("c", [3])]
    assert [(each["to"], each["because"]) for each in found["edges"]["removed"]] == [("c", [3])]


def test_what_took_something_out_is_named_where_no_answer_reaches_it_any_more() -> None:
    found = lost_by(unpacked("a", "b", 1), [packed("a", "b", 0), packed("d", "a", 2)], "d")
    assert found["events"]["added"] == []
    assert [(each["key"], each["because"]) for each in found["nodes"]["removed"]] == [("b", [2])]


@settings(max_examples=300)
@given(any_chains, name, st.data())
def test_each_shrink_by_a_removal_is_listed_with_that_removal(events, start, data) -> None:
    found = lost_by(data.draw(st.composite(take_out)()), events, start)
    for gone in (*found["edges"]["removed"], *found["nodes"]["removed"]):
        assert gone["because"] == [len(events)]


@settings(max_examples=300)
@given(any_chains.filter(bool), name, st.data())
def test_each_shrink_by_a_correction_is_listed_with_its_declaration(events, start, data) -> None:
    number = data.draw(st.integers(0, len(events) - 1))
    nothing = Told(events[number].type, events[number].when)  # its place in the log is kept
    left = [nothing if at == number else event for at, event in enumerate(events)]
    before, after = (told_answer(chain_of(told), start) for told in (events, left))
    found = difference(before, after, lambda event_id: [99] if event_id == f"e{number}" else [])
    lost = {each["key"] for each in found["nodes"]["removed"]}
    assert all(99 in each["because"] for each in found["nodes"]["removed"])
    assert lost <= {key for each in found["edges"]["removed"] for key in (each["from"], each["to"])}
