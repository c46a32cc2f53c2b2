"""The search over arrays gives what the plain search gives, which in turn is compared with brute force."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.columns import ChainSource, closed, everything, fetched
from builders.told_chains import any_chains, chain_of, lot, lot_chains, name
from builders.traces import FAR, Chain, transformed
from filiere_platform.domain.closure import GraphView, Labels, close
from filiere_platform.domain.partial_adjacency import PartialAdjacency
from filiere_platform.domain.span import Sureness
from filiere_platform.domain.trace import Limits
from filiere_platform.domain.trace_graph import Direction, TraceGraph

directions = st.sampled_from(Direction)
cuts = st.lists(st.integers(0, 8), max_size=4)


def lives(reached):
    """Of each object the depth, whether it was followed, and every instant that its life allows or promises."""
    return {
        node: (
            state.depth,
            state.followed,
            min((span.lo for span in state.life if span.sureness is Sureness.POSSIBLE), default=None),
            min((span.lo for span in state.life if span.sureness is Sureness.THROUGHOUT), default=None),
        )
        for node, state in reached.items()
    }


@settings(max_examples=200)
@given(any_chains, name, directions, cuts)
def test_arrays_reach_what_the_plain_search_reaches_at_the_same_instants(events, start, direction, cuts):
    chain = chain_of(events)
    plain = lives(chain.follow(start, direction).reached)
    for found in (closed(chain, start, direction, FAR, cuts), fetched(chain, start, direction, FAR)):
        assert lives(found.reached()) == plain
        assert found.cut is None


@settings(max_examples=200)
@given(lot_chains, lot, directions, cuts)
def test_they_do_so_where_most_lots_never_lay_in_anything(events, start, direction, cuts):
    chain = chain_of(events)
    plain = lives(chain.follow(start, direction).reached)
    for found in (closed(chain, start, direction, FAR, cuts), fetched(chain, start, direction, FAR)):
        assert lives(found.reached()) == plain
        assert found.cut is None


@settings(max_examples=120)
@given(lot_chains, lot, directions, st.integers(0, 4))
def test_a_closure_cut_by_depth_holds_the_same(events, start, direction, depth):
    chain = chain_of(events)
    limits = Limits(max_depth=depth, max_nodes=100)
    plain = chain.follow(start, direction, limits)
    for found in (closed(chain, start, direction, limits), fetched(chain, start, direction, limits)):
        assert lives(found.reached()) == lives(plain.reached)
        assert found.cut == plain.cut


@settings(max_examples=120)
@given(any_chains, name, directions, st.integers(0, 4), st.integers(1, 4))
def test_a_closure_cut_by_depth_and_by_number_holds_the_same_among_containers(events, start, direction, depth, nodes):
    chain = chain_of(events)
    limits = Limits(max_depth=depth, max_nodes=nodes)
    plain = chain.follow(start, direction, limits)
    for found in (closed(chain, start, direction, limits), fetched(chain, start, direction, limits)):
        assert lives(found.reached()) == lives(plain.reached)
        assert found.cut == plain.cut


@settings(max_examples=120)
@given(lot_chains, lot, directions, st.integers(1, 6))
def test_a_closure_cut_by_number_holds_the_same(events, start, direction, nodes):
    chain = chain_of(events)
    limits = Limits(max_depth=100, max_nodes=nodes)
    plain = chain.follow(start, direction, limits)
    for found in (closed(chain, start, direction, limits), fetched(chain, start, direction, limits)):
        assert lives(found.reached()) == lives(plain.reached)
        assert found.cut == plain.cut


def test_a_level_costs_two_questions_however_many_objects_it_has():
    chain = Chain()
    for tier in range(5):
        for lot_of_tier in range(4):
            inputs = " ".join(f"{tier}-{n}" for n in range(4))
            chain.tell(transformed(inputs, f"{tier + 1}-{lot_of_tier}", tier))
    chain.ids.setdefault("5-0", len(chain.ids) + 1)
    source = ChainSource(chain)
    partial = PartialAdjacency(source, size=len(chain.told), nodes=len(chain.ids))
    view = GraphView(adjacency=partial, graph=TraceGraph(chain), visible=everything)
    found = close(view, chain.ids["5-0"], Direction.UP, FAR, nodes=Labels(), events=Labels())
    assert len(found.plain) == 21
    assert source.questions == 11  # the last level has no events of its own
    assert chain.asked == []


def test_nobody_looks_up_the_events_of_a_product_without_a_lot():
    chain = Chain().tell(transformed("class:milk a", "b", 1), transformed("class:milk", "c", 2))
    source = ChainSource(chain)
    partial = PartialAdjacency(source, size=2, nodes=len(chain.ids))
    view = GraphView(adjacency=partial, graph=TraceGraph(chain), visible=everything)
    found = close(view, chain.ids["b"], Direction.UP, FAR, nodes=Labels(), events=Labels())
    assert chain.names(found.reached()) == {"a", "b", "class:milk"}
    assert partial.log_index.tolist() == [0]
