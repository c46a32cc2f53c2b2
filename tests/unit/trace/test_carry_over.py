"""What comes out of a vessel that carries over: against a queue that is played through, and by its rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.events import PALLET, an_object_event
from builders.temporal_paths import exact_worlds
from builders.traces import Chain, Told, cleaned, packed, transformed, vessel
from filiere_platform.domain.carry_over import CarryOver, Supposed
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.membership import Membership, memberships_in
from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.span import Sureness, at_event
from filiere_platform.domain.traced_event import group_ends
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.problems import Refusal

amounts = st.integers(1, 4)


def puts(when):
    return st.builds(lambda n, t: ("put", n, t), amounts, when)


def draws(when):
    return st.builds(lambda n, t: ("draw", n, t), amounts, when)


cuts = st.builds(lambda t: ("cut", 0, t), st.integers(0, 30))
exact_times = st.integers(0, 30)
vague_times = st.tuples(st.integers(0, 4), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair)))


def told(flows) -> list[Told]:
    """One content per put, one product per draw."""
    events = [vessel("tank", "first-in-first-out", -1)]
    for number, (what, amount, when) in enumerate(flows):
        if what == "put":
            events.append(packed(f"lot{number}*{amount}LTR", "tank", when))
        elif what == "draw":
            events.append(transformed(f"tank*{amount}LTR", f"made{number}", when))
        else:
            events.append(cleaned("tank", when))
    return events


def stays_in(events: Sequence[Told]) -> tuple[Chain, list[Membership]]:
    chain = Chain().tell(*events)
    found = group_ends(chain.ends_touching([chain.ids["tank"]]), {}).values()
    return chain, memberships_in(chain.ids["tank"], found)


def given_out(events: Sequence[Told], *promises: Sureness) -> set[tuple[str, str]]:
    """Which content may be, or surely is, in which product, by the spans of the stays."""
    chain, stays = stays_in(events)
    keys = {node: key for key, node in chain.ids.items()}
    return {
        (keys[stay.child], made)
        for stay in stays
        for span in stay.spans
        for event in events
        for made in event.nodes(Role.OUTPUT)
        if span.sureness in promises and at_event(span, *event.when) is not None
    }


def played(events: Sequence[Told]) -> set[tuple[str, str]] | None:
    """Play a queue through, event by event; None where more was drawn than was there, or two events are at once."""
    queue: deque[list] = deque()
    found: set[tuple[str, str]] = set()
    in_time = sorted(events, key=lambda event: event.when)
    if len({event.when for event in in_time}) < len(in_time):
        return None
    for event in in_time:
        if event.type is EventTypeCode.AGGREGATION:
            (_, name, amount, _) = event.ends[1]
            queue.append([name, amount])
        elif event.type is EventTypeCode.TRANSFORMATION:
            left, made = event.ends[0][2] or Decimal(0), event.nodes(Role.OUTPUT)[0]
            while left and queue:
                taken = min(left, queue[0][1])
                found.add((queue[0][0], made))
                left, queue[0][1] = left - taken, queue[0][1] - taken
                if not queue[0][1]:
                    queue.popleft()
            if left:
                return None
        elif event.biz_step is not None and "cleaning" in event.biz_step:
            queue.clear()
    return found


@settings(max_examples=400)
@given(st.lists(st.one_of(puts(exact_times), puts(exact_times), draws(exact_times), cuts), max_size=9))
def test_with_exact_times_and_amounts_a_queue_gives_out_what_came_first(flows):
    events = told(flows)
    expected = played(events)
    if expected is not None:
        assert given_out(events, Sureness.POSSIBLE) == expected
        assert given_out(events, Sureness.THROUGHOUT, Sureness.SOMETIME) == expected


@settings(max_examples=200)
@given(st.lists(st.one_of(puts(vague_times), draws(vague_times)), max_size=4))
def test_with_vague_times_what_is_possible_holds_every_world_and_what_is_sure_each(flows):
    events = told(flows)
    possible = given_out(events, Sureness.POSSIBLE)
    sure = given_out(events, Sureness.THROUGHOUT, Sureness.SOMETIME)
    assert sure <= possible
    for world in exact_worlds(events):
        expected = played(world)
        if expected is not None:
            assert sure <= expected <= possible


def test_where_more_was_drawn_than_was_there_everything_is_possible_and_nothing_sure():
    events = told([("put", 1, 1), ("draw", 3, 2), ("put", 4, 3), ("draw", 1, 4)])
    assert ("lot0", "made3") in given_out(events, Sureness.POSSIBLE)
    assert not given_out(events, Sureness.THROUGHOUT)


def test_an_open_amount_leaves_what_follows_in_doubt():
    events = told([("put", 2, 1), ("put", 2, 2), ("draw", 1, 4)])
    events.insert(3, transformed("tank", "unknown", 3))
    assert {("lot0", "made2"), ("lot1", "made2")} <= given_out(events, Sureness.POSSIBLE)
    assert not {("lot0", "made2"), ("lot1", "made2")} & given_out(events, Sureness.THROUGHOUT)


def test_a_mixing_vessel_keeps_what_was_taken_out_by_name_until_it_is_cleaned():
    events = [vessel("tank", "mixed", 0), packed("a", "tank", 1), packed("b", "tank", 2), cleaned("tank", 5)]
    _, stays = stays_in(events)
    assert {stay.carry_over for stay in stays} == {CarryOver.MIXED}
    assert all(stay.closed is not None and stay.closed.biz_step == "urn:filiere:bizstep:cleaning" for stay in stays)


@given(st.integers(1, 10), vague_times)
def test_a_window_is_open_from_the_filling_on_and_for_so_long(seconds, when):
    begin, end = (at * 1_000_000 for at in when)
    _, stays = stays_in([vessel("tank", "window", -1, window=seconds), packed("a", "tank", (begin, end))])
    possible, *sure = stays[0].spans
    assert (possible.lo, possible.hi) == (begin, end + seconds * 1_000_000)
    for span in sure:
        if span.sureness is Sureness.THROUGHOUT:
            assert (span.lo, span.hi) == (end, begin + seconds * 1_000_000)


def test_the_last_word_before_the_filling_counts():
    events = [vessel("tank", "mixed", 0), vessel("tank", "first-in-first-out", 5), packed("a", "tank", 3)]
    events.append(packed("b", "tank", 7))
    chain, stays = stays_in(events)
    modes = {stay.child: stay.carry_over for stay in stays}
    assert modes == {chain.ids["a"]: CarryOver.MIXED, chain.ids["b"]: CarryOver.FIRST_IN_FIRST_OUT}


def test_of_a_vessel_that_says_nothing_the_profile_decides_and_a_word_that_counts_goes_before_it():
    supposed = Supposed(mode=CarryOver.WINDOW, window=2)
    filled = [packed("a*1LTR", "tank", 0), packed("b*1LTR", "tank", 8), transformed("tank*1LTR", "c", 9)]
    assert Chain(supposes=supposed).tell(*filled).up("c") == {"c", "tank", "b"}
    assert Chain().tell(*filled).up("c") == {"c", "tank", "a", "b"}
    said = [vessel("tank", "mixed", -1), *filled]
    assert Chain(supposes=supposed).tell(*said).up("c") == {"c", "tank", "a", "b"}
    pieces = [packed("a*1", "tank", 0), transformed("tank*1", "c", 9)]
    assert Chain(supposes=supposed).tell(*pieces).up("c") == {"c", "tank", "a"}


def ilmd(**members):
    event = an_object_event(epcList=[PALLET], quantityList=[])
    return event | {"ilmd": {f"filiere:{name}": value for name, value in members.items()}}


def test_master_data_name_the_mode_and_its_window():
    ends = ends_of(read_event(ilmd(carryOver="window", carryOverWindow="P1DT6H")).event)
    assert [(end.role, end.quantity, end.uom) for end in ends if end.role is Role.WINDOW] == [
        (Role.WINDOW, Decimal(30 * 3600), "SEC")
    ]


@pytest.mark.parametrize(
    "members",
    [
        {"carryOver": "stirred"},
        {"carryOver": 7},
        {"carryOver": "window"},
        {"carryOver": "mixed", "carryOverWindow": "PT6H"},
        {"carryOver": "window", "carryOverWindow": "PT0S"},
        {"carryOver": "window", "carryOverWindow": "P367D"},
        {"carryOver": "window", "carryOverWindow": "P1M"},
        {"carryOver": "window", "carryOverWindow": 3600},
    ],
)
def test_master_data_that_say_something_else_are_refused(members):
    with pytest.raises(Refusal, match="invalid-carry-over"):
        ends_of(read_event(ilmd(**members)).event)
