"""The search over arrays gives what the plain search gives, which in turn is compared with brute force."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.columns import closed
from builders.told_chains import any_chains, chain_of, lot, lot_chains, name
from builders.traces import FAR
from filiere_platform.domain.span import Sureness
from filiere_platform.domain.trace import Limits
from filiere_platform.domain.trace_graph import Direction

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
    found = closed(chain, start, direction, FAR, cuts)
    assert lives(found.reached()) == lives(chain.follow(start, direction).reached)
    assert found.cut is None


@settings(max_examples=200)
@given(lot_chains, lot, directions, cuts)
def test_they_do_so_where_most_lots_never_lay_in_anything(events, start, direction, cuts):
    chain = chain_of(events)
    found = closed(chain, start, direction, FAR, cuts)
    assert lives(found.reached()) == lives(chain.follow(start, direction).reached)
    assert found.cut is None


@settings(max_examples=120)
@given(lot_chains, lot, directions, st.integers(0, 4))
def test_a_closure_cut_by_depth_holds_the_same(events, start, direction, depth):
    chain = chain_of(events)
    limits = Limits(max_depth=depth, max_nodes=100)
    found, plain = closed(chain, start, direction, limits), chain.follow(start, direction, limits)
    assert lives(found.reached()) == lives(plain.reached)
    assert found.cut == plain.cut


@settings(max_examples=120)
@given(any_chains, name, directions, st.integers(0, 4), st.integers(1, 4))
def test_a_closure_cut_by_depth_and_by_number_holds_the_same_among_containers(events, start, direction, depth, nodes):
    chain = chain_of(events)
    limits = Limits(max_depth=depth, max_nodes=nodes)
    found, plain = closed(chain, start, direction, limits), chain.follow(start, direction, limits)
    assert lives(found.reached()) == lives(plain.reached)
    assert found.cut == plain.cut


@settings(max_examples=120)
@given(lot_chains, lot, directions, st.integers(1, 6))
def test_a_closure_cut_by_number_holds_the_same(events, start, direction, nodes):
    chain = chain_of(events)
    limits = Limits(max_depth=100, max_nodes=nodes)
    found, plain = closed(chain, start, direction, limits), chain.follow(start, direction, limits)
    assert lives(found.reached()) == lives(plain.reached)
    assert found.cut == plain.cut
