"""The search against brute force, on small random chains; and what must not change when nothing relevant does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.temporal_paths import TIMES, downstream, downstream_instants, exact_worlds
from builders.told_chains import OBJECTS, any_chains, chain_of, day, events, exact, name
from builders.traces import FAR, Chain, Told, packed, transformed, unpacked
from filiere_platform.domain.record import ActionCode
from filiere_platform.domain.span import Sureness
from filiere_platform.domain.trace import Cut, CutReason, Limits
from filiere_platform.domain.trace_graph import Direction


@settings(max_examples=400)
@given(any_chains, name)
def test_downstream_is_where_and_when_brute_force_finds_the_material(events, start):
    chain = chain_of(events)
    keys = {node: key for key, node in chain.ids.items()}
    found = {
        (keys[node], instant)
        for node, state in chain.follow(start, Direction.DOWN).reached.items()
        for span in state.life
        for instant in TIMES
        if span.sureness is Sureness.POSSIBLE and span.lo <= instant <= span.hi
    }
    assert found == downstream_instants(events, start)


@given(any_chains, name)
def test_upstream_is_everything_that_the_object_is_downstream_of(events, start):
    assert chain_of(events).up(start) == {origin for origin in OBJECTS if start in downstream(events, origin)}


@given(st.lists(events(st.one_of(exact, day)), max_size=5), name, st.sampled_from(Direction))
def test_what_is_called_certain_holds_in_every_world_that_the_times_allow(events, start, direction):
    chain = chain_of(events)
    reached = chain.follow(start, direction).reached
    certain = chain.names(
        node
        for node, state in reached.items()
        if any(span.sureness is not Sureness.POSSIBLE for span in (*state.life, *state.contents))
    )
    possible = chain.names(reached)
    for world in exact_worlds(events):
        held = chain_of(world).names(chain_of(world).follow(start, direction).reached)
        assert certain <= held <= possible


@given(st.lists(events(exact), max_size=6), name, st.sampled_from(Direction))
def test_with_exact_times_that_all_differ_nothing_is_doubtful(events, start, direction):
    spread = [_at(event, 10 * position + event.when[0]) for position, event in enumerate(events)]
    chain = chain_of(spread)
    search = chain.follow(start, direction)
    for state in search.reached.values():
        assert any(span.sureness is not Sureness.POSSIBLE for span in (*state.life, *state.contents)) or any(
            event.action is ActionCode.DELETE
            for event in spread  # a DELETE without its ADD: inside since nobody knows
        )


@given(any_chains, name, st.sampled_from(Direction), st.randoms(use_true_random=False))
def test_the_order_of_arrival_is_irrelevant(events, start, direction, random):
    shuffled = random.sample(events, len(events))
    assert _spans(chain_of(events), start, direction) == _spans(chain_of(shuffled), start, direction)


@given(any_chains, name, st.sampled_from(Direction))
def test_unrelated_events_change_nothing(events, start, direction):
    more = [*events, packed("x", "y", 3), transformed("x", "z", 4), unpacked("x", "y", 5)]
    assert _spans(chain_of(events), start, direction) == _spans(chain_of(more), start, direction)


@given(any_chains, name)
def test_the_start_is_upstream_of_all_that_is_downstream_of_it(events, start):
    chain = chain_of(events)
    for reached in chain.down(start):
        assert start in chain.up(reached)


@given(any_chains, name, st.sampled_from(Direction), st.integers(0, 4))
def test_a_trace_cut_by_depth_says_so_and_else_is_whole(events, start, direction, depth):
    chain = chain_of(events)
    whole = chain.follow(start, direction)
    short = chain.follow(start, direction, Limits(max_depth=depth, max_nodes=100))
    assert short.reached.keys() <= whole.reached.keys()
    assert all(state.depth <= depth for state in short.reached.values())
    if short.cut is None:
        assert short.reached.keys() == whole.reached.keys()
    else:
        assert short.cut.remaining > 0


@given(any_chains, name, st.sampled_from(Direction), st.integers(1, 5))
def test_a_trace_cut_by_count_never_holds_more_and_counts_what_it_left_out(events, start, direction, most):
    chain = chain_of(events)
    whole = chain.follow(start, direction)
    short = chain.follow(start, direction, Limits(max_depth=100, max_nodes=most))
    assert len(short.reached) == min(most, len(whole.reached)) or short.cut is not None
    assert len(short.reached) <= most
    assert (short.cut is None) == (len(whole.reached) <= most)


def test_a_trace_that_takes_too_long_says_what_it_left_undone():
    asked = iter([False, True])
    chain = Chain().tell(transformed("a", "b", 1), transformed("b", "c", 2))
    limits = Limits(max_depth=10, max_nodes=10, expired=lambda: next(asked))
    search = chain.follow("a", Direction.DOWN, limits)
    assert chain.names(search.reached) == {"a", "b"}
    assert search.cut == Cut(reason=CutReason.TIME, depth=1, remaining=1)


def test_a_product_without_a_lot_is_never_asked_about():
    chain = Chain().tell(transformed("a class:salt", "b", 1), transformed("class:salt", "c", 2))
    assert chain.up("b") == {"a", "b", "class:salt"}
    assert chain.down("class:salt") == {"class:salt"}
    assert chain.ids["class:salt"] not in chain.asked


def test_a_cycle_ends():
    chain = Chain().tell(*(transformed("a", "b", (n, n + 9)) for n in range(5)), transformed("b", "a", (0, 20)))
    assert chain.down("a") == {"a", "b"}


def _at(event: Told, at: int) -> Told:
    return Told(event.type, (at, at), event.action, event.ends, event.biz_step, event.transformation)


def _spans(chain: Chain, start: str, direction: Direction):
    keys = {node: key for key, node in chain.ids.items()}
    reached = chain.follow(start, direction, FAR).reached
    return {keys[node]: (each.depth, sorted(each.life), sorted(each.contents)) for node, each in reached.items()}
