"""When a content is in its container: against first principles, and by the rules that the standard leaves open."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.temporal_paths import TIMES, exact_worlds, possible_stays
from builders.traces import Chain, Told, observed, packed, seen_in, unpacked
from filiere_platform.domain.membership import Membership, memberships_in
from filiere_platform.domain.record import ActionCode
from filiere_platform.domain.span import Sureness
from filiere_platform.domain.traced_event import group_ends

times = st.tuples(st.integers(0, 7), st.sampled_from([0, 1, 3])).map(lambda pair: (pair[0], min(sum(pair), 7)))
puts = st.builds(packed, st.just("lot"), st.just("box"), times)
takes = st.builds(unpacked, st.sampled_from(["lot", ""]), st.just("box"), times)
others = st.one_of(
    st.builds(seen_in, st.just("lot"), st.just("box"), times),
    st.builds(lambda t: observed("box", t, step="destroying", action=ActionCode.DELETE), times),
)
about_one_content = st.tuples(
    st.lists(puts, min_size=1, max_size=2), st.lists(takes, max_size=2), st.lists(others, max_size=1)
).map(lambda parts: [event for part in parts for event in part])


def _stays(*events: Told) -> list[Membership]:
    chain = Chain().tell(*events)
    if "box" not in chain.ids:
        return []
    return memberships_in(chain.ids["box"], group_ends(chain.ends_touching([chain.ids["box"]]), {}).values())


def _instants(stays: list[Membership], *promises: Sureness) -> set[int]:
    spans = [span for stay in stays for span in stay.spans if span.sureness in promises]
    return {at for at in TIMES for span in spans if span.lo <= at <= span.hi}


@settings(max_examples=500)
@given(about_one_content)
def test_a_stay_is_possible_exactly_where_no_end_surely_lies_between(events):
    expected = {at for _, _, at in possible_stays(events)}
    assert _instants(_stays(*events), Sureness.POSSIBLE) == expected


@settings(max_examples=150)
@given(about_one_content)
def test_a_sure_stay_holds_in_every_world_that_the_times_allow(events):
    stays = _stays(*events)
    throughout = _instants(stays, Sureness.THROUGHOUT)
    sometimes = [
        set(range(span.lo, span.hi + 1)) for stay in stays for span in stay.spans if span.sureness is Sureness.SOMETIME
    ]
    for world in exact_worlds(events):
        held = {at for _, _, at in possible_stays(world)}
        assert throughout <= held
        assert all(some & held for some in sometimes)


def test_two_loads_of_one_container_are_two_stays_that_do_not_touch():
    stays = _stays(packed("lot", "box", 1), unpacked("lot", "box", 3), packed("lot", "box", 5), unpacked("", "box", 7))
    assert _instants(stays, Sureness.POSSIBLE) == {1, 2, 3, 5, 6, 7}


def test_a_part_taken_out_leaves_the_rest_inside():
    stays = _stays(packed("lot*100KGM", "box", 1), unpacked("lot*40KGM", "box", 3))
    assert _instants(stays, Sureness.POSSIBLE) == set(range(1, TIMES.stop))
    assert _instants(stays, Sureness.THROUGHOUT) == set(range(1, TIMES.stop))


def test_the_last_part_taken_out_ends_the_stay_in_whatever_unit_it_was_weighed():
    stays = _stays(packed("lot*1TNE", "box", 1), unpacked("lot*400KGM", "box", 3), unpacked("lot*600000GRM", "box", 5))
    assert _instants(stays, Sureness.POSSIBLE) == {1, 2, 3, 4, 5}


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4), st.sampled_from(["KGM", "GRM"])), max_size=4))
def test_a_content_is_inside_exactly_while_something_of_it_is_left(changes):
    told, level, inside = [], 0, set()
    for at, (is_add, amount, unit) in zip(range(0, 8, 2), changes, strict=False):
        moved = amount if is_add else min(amount, level)
        quantity = f"lot*{moved}KGM" if unit == "KGM" else f"lot*{moved * 1000}GRM"
        if moved:
            told.append(packed(quantity, "box", at) if is_add else unpacked(quantity, "box", at))
            level += moved if is_add else -moved
            inside.add(at)
        if level:
            inside |= {at, at + 1}
    if level:
        inside |= set(range(max(inside), TIMES.stop))
    assert _instants(_stays(*told), Sureness.POSSIBLE) == inside


def test_quantities_that_cannot_be_compared_leave_the_end_open():
    stays = _stays(packed("lot*10", "box", 1), unpacked("lot*400KGM", "box", 3))
    assert _instants(stays, Sureness.POSSIBLE) == set(range(1, TIMES.stop))
    assert _instants(stays, Sureness.THROUGHOUT) == {1, 2}


def test_what_may_have_been_put_in_before_keeps_the_end_open():
    stays = _stays(packed("lot*10", "box", 1), packed("lot*10", "box", (2, 7)), unpacked("lot*10", "box", 5))
    assert 8 in _instants(stays, Sureness.POSSIBLE)
    assert _instants(_stays(packed("lot*10", "box", 1), unpacked("lot*10", "box", 5)), Sureness.POSSIBLE) == set(
        range(1, 6)
    )


def test_what_was_taken_out_of_an_earlier_load_does_not_count_against_the_next():
    stays = _stays(
        packed("lot*10", "box", 1), unpacked("", "box", 2), packed("lot*5", "box", 3), unpacked("lot*5", "box", 5)
    )
    assert _instants(stays, Sureness.POSSIBLE) == {1, 2, 3, 4, 5}


def test_a_label_printed_after_packing_does_not_empty_the_pallet_but_a_second_life_does():
    born_late = (packed("lot", "box", 1), observed("box", 2, step="commissioning", action=ActionCode.ADD))
    assert 6 in _instants(_stays(*born_late), Sureness.POSSIBLE)
    again = observed("box", 5, step="commissioning", action=ActionCode.ADD)
    assert _instants(_stays(*born_late, again), Sureness.POSSIBLE) == {1, 2, 3, 4, 5}


def test_goods_that_leave_a_stock_do_not_leave_their_container():
    stays = _stays(packed("lot", "box", 1), observed("box", 3, step="shipping", action=ActionCode.DELETE))
    assert 6 in _instants(stays, Sureness.THROUGHOUT)
