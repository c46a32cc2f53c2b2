"""Chains of up to three hundred events: against plain dictionaries, against igraph, forwards against backwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import igraph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.columns import adjacency_of, closed, everything
from builders.long_chains import ALWAYS, LOTS, amounts, making_chains, mixed_chains, read_plainly
from builders.traces import FAR, Chain, Told, alias, numbered, observed, packed, transformed
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.span import Sureness
from filiere_platform.domain.trace import Search
from filiere_platform.domain.trace_edges import EdgeKind, show
from filiere_platform.domain.trace_graph import Direction, TraceGraph
from filiere_platform.domain.trace_levels import levels

slowly = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
lot = st.integers(0, LOTS - 1).map(lambda number: f"l{number}")
AFTER_ALL = 71  # the events of mixed chains are over by then
few = st.integers(0, 7).map(lambda number: f"l{number}")


def chain_of(events: Sequence[Told]) -> Chain:
    chain = Chain()
    for number in range(LOTS):
        chain.ids[f"l{number}"] = number + 1
    return chain.tell(*events)


def instants(chain: Chain, search: Search, sureness: Sureness) -> dict[str, int]:
    keys = {node: key for key, node in chain.ids.items()}
    found = {}
    for node, state in search.reached.items():
        begins = [span.lo for span in state.life if span.sureness is sureness]
        if begins:
            found[keys[node]] = min(begins)
    return found


@slowly
@given(making_chains(), lot)
def test_nodes_steps_intervals_and_amounts_are_those_that_plain_dictionaries_give(events, start):
    chain = chain_of(events)
    search = chain.follow(start, Direction.DOWN)
    plain = read_plainly(events, start)
    keys = {node: key for key, node in chain.ids.items()}
    shown = show(search)
    steps = {
        (keys[s.source], keys[s.target], s.event.log_index, (s.other or s.event).log_index): s.certainty.certain
        for s in shown.steps
        if s.kind is EdgeKind.TRANSFORMED and s.source is not None and s.target is not None
    }
    assert steps == plain.steps
    expected = {key: at for key, at in plain.possible.items() if key != start}
    assert {k: at for k, at in instants(chain, search, Sureness.POSSIBLE).items() if k != start} == expected
    sure = {key: at for key, at in plain.sure.items() if key != start}
    assert {k: at for k, at in instants(chain, search, Sureness.THROUGHOUT).items() if k != start} == sure
    for node in search.reached:
        totals = search.graph.account_of(node).totals
        assert {flow: total.amounts["KGM"] for flow, total in totals.items()} == amounts(events, keys[node])


@slowly
@given(making_chains(), lot, st.sampled_from(Direction), st.lists(st.integers(0, 300), max_size=4))
def test_arrays_and_their_levels_say_the_same(events, start, direction, cuts):
    chain = chain_of(events)
    search = chain.follow(start, direction)
    found = closed(chain, start, direction, FAR, cuts)
    assert found.reached().keys() == search.reached.keys()
    adjacency = adjacency_of(chain, cuts)
    order: list[int] = []
    steps = set()
    for level in levels(found, direction, TraceGraph(chain), adjacency, everything):
        order += level.nodes.tolist()
        columns = (level.steps.source, level.steps.target, level.steps.event, level.steps.certain, level.steps.margin)
        for source, target, event, certain, margin in zip(*(c.tolist() for c in columns), strict=True):
            steps.add((order[source], order[target], event, certain, margin))
    expected = {
        (
            s.source,
            s.target,
            s.event.log_index,
            s.certainty.certain,
            -1 if s.certainty.margin is None else s.certainty.margin,
        )
        for s in show(search).steps
        if s.kind is EdgeKind.TRANSFORMED
    }
    assert steps == expected


def closure(events: Sequence[Told], start: str, direction: Direction) -> set[str]:
    """Everything that igraph reaches, whatever the times: transformations, stays, and identities both ways."""
    pairs: set[tuple[str, str]] = set()
    runs: dict[str, list[Told]] = {}
    for event in events:
        if event.transformation is not None:
            runs.setdefault(event.transformation, []).append(event)
    for event in events:
        together = runs[event.transformation] if event.transformation is not None else [event]
        made = [key for other in together for key in other.nodes(Role.OUTPUT)]
        pairs |= {(one, other) for one in event.nodes(Role.INPUT) for other in made}
        inside = [(c, p) for c in event.nodes(Role.CHILD) for p in event.nodes(Role.PARENT)]
        pairs |= {(lot, item) for lot in event.nodes(Role.OF_LOT) for item in event.nodes(Role.OBJECT)}
        same = [(one, other) for one in event.nodes(Role.OBJECT) for other in event.nodes(Role.SAME_AS)]
        both = [*inside, *same]
        pairs |= {*both, *((other, one) for one, other in both)}
    graph = igraph.Graph.TupleList([*pairs, (start, start)], directed=True)
    mode = "out" if direction is Direction.DOWN else "in"
    return {graph.vs[index]["name"] for index in graph.subcomponent(graph.vs.find(name=start), mode=mode)}


@slowly
@given(making_chains(), lot, st.sampled_from(Direction))
def test_a_trace_is_always_within_the_closure_that_ignores_time(events, start, direction):
    chain = chain_of(events)
    assert chain.names(chain.follow(start, direction).reached) <= closure(events, start, direction)


@given(mixed_chains(), few, st.sampled_from(Direction))
def test_it_is_so_with_pallets_and_identities(events, start, direction):
    chain = chain_of(events)
    assert chain.names(chain.follow(start, direction).reached) <= closure(events, start, direction)


@slowly
@given(making_chains(when=ALWAYS), lot, st.sampled_from(Direction))
def test_it_is_that_closure_where_nobody_knows_any_time(events, start, direction):
    chain = chain_of(events)
    assert chain.names(chain.follow(start, direction).reached) == closure(events, start, direction)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(making_chains(most=120))
def test_backward_is_forward_turned_round(events):
    chain = chain_of(events)
    starts = [f"l{number}" for number in range(0, LOTS, 4)]
    down = {start: chain.down(start) for start in starts}
    up = {start: chain.up(start) for start in starts}
    for one in starts:
        for other in starts:
            assert (other in down[one]) == (one in up[other])


@settings(deadline=None)
@given(mixed_chains(), few, few)
def test_backward_is_forward_turned_round_with_pallets_and_identities(events, one, other):
    chain = chain_of(events)
    assert (other in chain.down(one)) == (one in chain.up(other))


@st.composite
def one_more(draw):
    """A step that ends nothing: a membership that is still open begins after everything else."""
    (one, other), when = (draw(few), draw(few)), draw(st.integers(0, 60))
    return draw(
        st.sampled_from(
            (
                transformed(one, other, when),
                packed(one, "sscc:0", when + AFTER_ALL),
                alias(one, other, when),
                numbered("item:0", one, when),
                observed(f"{one} {other}", when),
            )
        )
    )


@settings(deadline=None)
@given(mixed_chains(), few, one_more())
def test_one_more_step_that_ends_nothing_never_shrinks_what_is_downstream(events, start, more):
    assert chain_of(events).down(start) <= chain_of([*events, more]).down(start)


def shrinking(events: Iterable[Told]) -> list[int]:
    """The events that may take something out of an answer: everything that is taken out of a container."""
    held = (EventTypeCode.AGGREGATION, EventTypeCode.ASSOCIATION)
    return [n for n, event in enumerate(events) if event.type in held and event.action is ActionCode.DELETE]


@settings(deadline=None)
@given(mixed_chains(most=20), few)
def test_what_shrinks_an_answer_is_an_event_that_takes_something_out_and_the_stay_names_it(events, start):
    whole = chain_of(events)
    search = whole.follow(start, Direction.DOWN)
    reached = whole.names(search.reached)
    for number in shrinking(events):
        without = [event for index, event in enumerate(events) if index != number]
        chain = chain_of(without)
        lost = chain.down(start) - reached
        if lost:
            graph = TraceGraph(whole)
            parents = {whole.ids[key] for key in events[number].nodes(Role.PARENT)}
            graph.load(parents)
            ends = {stay.closed.log_index for p in parents for stay in graph.stays_in(p) if stay.closed is not None}
            told = [stay.shown for p in parents for stay in graph.stays_in(p)]
            # A removal whose packing is missing says "inside until then", back to the last event that emptied it.
            since = any(e.action is ActionCode.DELETE and e.earliest > events[number].when[1] for e in told)
            assert since or number in ends | {event.log_index for event in told}
