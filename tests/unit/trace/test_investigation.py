"""Scores of an investigation: a network worked by hand, and what holds of every network."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain import investigation
from filiere_platform.domain.delivery_network import Delivery
from filiere_platform.domain.investigation import Change, CrossContamination, Held, Network, NetworkTooLarge, Weight

SPICE, SALT, SAUSAGE, HAM, CRATE = range(1, 6)


def delivery(item: int, source: str, target: str, at: int, index: int, **other: Any) -> Delivery:
    return Delivery(
        item=item, source=source, target=target, departed=(at, at), arrived=(at, at), events=(index,), **other
    )


# Spices go to two butchers; the first one makes sausages of spice and salt, the second one ham of salt.
CHAIN = [
    delivery(SPICE, "importer", "first", 1, 0),
    delivery(SALT, "mine", "first", 2, 1),
    delivery(SALT, "mine", "second", 2, 2),
    delivery(SAUSAGE, "first", "shop", 5, 3),
    delivery(SAUSAGE, "first", "canteen", 6, 4),
    delivery(HAM, "second", "school", 5, 5),
]
MADE = [
    Change(source=SPICE, target=SAUSAGE, stations=frozenset({"first"}), latest=4),
    Change(source=SALT, target=SAUSAGE, stations=frozenset({"first"}), latest=4),
    Change(source=SALT, target=HAM, stations=frozenset({"second"}), latest=4),
]
SICK = [Weight(amount=Fraction(1), stations=frozenset({name})) for name in ("shop", "canteen")]
WELL = Weight(amount=Fraction(-1), stations=frozenset({"school"}))


def stations(network: Network, weights: list[Weight]) -> dict[str, Fraction]:
    return {name: each.score for name, each in network.scores(weights)[0].items()}


def test_a_chain_worked_by_hand() -> None:
    network = Network(deliveries=CHAIN, changes=MADE)
    of_stations, of_deliveries, of_lots = network.scores([*SICK, WELL])
    assert {name: each.score for name, each in of_stations.items()} == {
        "importer": 1,
        "first": 1,
        "mine": Fraction(1, 2),
        "second": Fraction(-1, 2),
        "shop": Fraction(1, 2),
        "canteen": Fraction(1, 2),
        "school": Fraction(-1, 2),
    }
    assert [each.score for each in of_deliveries] == [1, 1, *[Fraction(-1, 2)], *[Fraction(1, 2)] * 2, Fraction(-1, 2)]
    assert {lot: each.score for lot, each in of_lots.items()} == {
        SPICE: 1,
        SALT: Fraction(1, 2),
        SAUSAGE: 1,
        HAM: Fraction(-1, 2),
    }
    assert of_stations["mine"].reaches == (0, 1, 2)
    assert network.material[0] == (3, 4)
    assert network.material[2] == (5,)


def test_a_weight_on_what_an_event_delivered_counts_for_what_leads_to_it_and_not_for_its_neighbour() -> None:
    network = Network(deliveries=CHAIN, changes=MADE)
    of_stations, of_deliveries, _ = network.scores([Weight(amount=Fraction(3), event=4)])
    assert [each.score for each in of_deliveries] == [1, 1, 0, 0, 1, 0]
    assert {name for name, each in of_stations.items() if each.score} == {"importer", "mine", "first"}


def test_killed_contamination_is_passed_on_by_nothing() -> None:
    at_station = Network(deliveries=CHAIN, changes=MADE, killed={"first"})
    assert stations(at_station, SICK) == dict.fromkeys(("importer", "mine", "second", "school", "first"), 0) | {
        "shop": Fraction(1, 2),
        "canteen": Fraction(1, 2),
    }
    on_the_way = Network(deliveries=CHAIN, changes=MADE, killed_events={0})
    assert stations(on_the_way, SICK)["importer"] == 0
    assert stations(on_the_way, SICK)["mine"] == 1


def test_cross_contamination_links_what_was_there_in_the_period_and_in_that_order() -> None:
    def importer(**period: int) -> Fraction:
        crossing = CrossContamination(station="first", **period)
        return stations(Network(deliveries=CHAIN, crossings=[crossing]), SICK)["importer"]

    assert importer() == 1
    assert importer(since=0, until=5) == Fraction(1, 2)  # what went to the canteen left later
    assert importer(since=2) == 0  # the spice had come before
    backwards = [delivery(SPICE, "importer", "first", 9, 0), *CHAIN[3:5]]
    network = Network(deliveries=backwards, crossings=[CrossContamination(station="first")])
    assert stations(network, SICK)["importer"] == 0
    undated = [Delivery(item=SPICE, source="importer", target="first", events=(0,)), *CHAIN[3:5]]
    network = Network(deliveries=undated, crossings=[CrossContamination(station="first")])
    assert stations(network, SICK)["importer"] == 1


def test_what_was_in_a_container_went_with_it_while_it_was_in_it() -> None:
    crates = [
        delivery(CRATE, "importer", "first", 1, 0),
        delivery(CRATE, "elsewhere", "first", 8, 6),
        *CHAIN[3:5],
    ]
    held = [Held(content=SPICE, container=CRATE, since=0, until=3)]
    network = Network(deliveries=crates, changes=MADE, held=held)
    assert network.carried[:2] == [{CRATE, SPICE}, {CRATE}]
    assert stations(network, SICK)["importer"] == 1
    assert stations(network, SICK)["elsewhere"] == 0


def test_times_are_inferred_forward_and_back_and_contradictions_are_told_and_not_carried_on() -> None:
    undated = [
        delivery(SPICE, "importer", "first", 3, 0),
        Delivery(item=SALT, source="mine", target="first", events=(1,)),
        Delivery(item=SAUSAGE, source="first", target="shop", arrived=(None, 9), events=(3,)),
    ]
    spice, salt, sausage = Network(
        deliveries=undated, changes=[each for each in MADE if each.target == SAUSAGE]
    ).infer_times()
    assert (spice.departed, spice.is_possible) == ((3, 3), True)
    assert sausage.departed == (3, 9)  # not before the spice came, not after it arrived
    assert sausage.arrived == (3, 9)
    assert salt.arrived == (None, 9)  # the only salt: before the sausages left
    backwards = Delivery(item=SPICE, source="first", target="shop", departed=(21, 21), arrived=(5, 5), events=(2,))
    late = [delivery(SPICE, "importer", "first", 20, 0), backwards]
    *_, wrong = Network(deliveries=late).infer_times()
    assert not wrong.is_possible
    assert wrong.arrived == (5, 5)


def test_a_network_that_would_take_minutes_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(investigation, "MOST_STEPS", 3)
    with pytest.raises(NetworkTooLarge):
        Network(deliveries=CHAIN, changes=MADE)


NAMES = "ABCD"
STATION = st.sampled_from(NAMES)
WINDOW = st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(10, 19))
DELIVERIES = st.lists(
    st.builds(
        Delivery,
        item=st.integers(1, 4),
        source=STATION,
        target=STATION,
        departed=WINDOW,
        arrived=WINDOW,
        events=st.tuples(st.integers(0, 9)),
    ),
    max_size=9,
)
CHANGES = st.lists(
    st.builds(Change, source=st.integers(1, 4), target=st.integers(1, 4), stations=st.frozensets(STATION, max_size=2)),
    max_size=5,
)
CROSSINGS = st.lists(
    st.builds(CrossContamination, station=STATION, since=st.integers(0, 9), until=st.integers(10, 19)), max_size=2
)
WEIGHTS = st.lists(
    st.builds(Weight, amount=st.fractions(-3, 3, max_denominator=4), stations=st.frozensets(STATION, max_size=2))
    | st.builds(Weight, amount=st.fractions(-3, 3, max_denominator=4), event=st.integers(0, 9)),
    max_size=5,
)

NETWORKS = st.builds(
    Network,
    deliveries=DELIVERIES,
    changes=CHANGES,
    crossings=CROSSINGS,
    killed=st.sets(STATION, max_size=1),
    killed_events=st.sets(st.integers(0, 9), max_size=2),
)


def walked(network: Network, weights: list[Weight], at: int) -> set[int]:
    """What a delivery reaches, found by walking one delivery after the other."""
    seen, ahead, found = {at}, [at], set()
    while ahead:
        here = ahead.pop()
        one = network.deliveries[here]
        killed = not set(one.events).isdisjoint(network.killed_events)
        for position, weight in enumerate(weights):
            if (not killed and one.target in weight.stations) or weight.event in one.events:
                found.add(position)
        following = set(network.material[here])
        low = one.arrived[0] if one.arrived[0] is not None else -1
        for crossing in network.crossings:
            inside = crossing.station == one.target and low <= crossing.until
            inside &= one.arrived[1] is None or one.arrived[1] >= crossing.since
            if inside and not killed and one.target not in network.killed:
                for other, each in enumerate(network.deliveries):
                    first = -1 if each.departed[0] is None else each.departed[0]
                    last = 99 if each.departed[1] is None else each.departed[1]
                    if each.source == one.target and low <= last and first <= crossing.until and last >= crossing.since:
                        following.add(other)
        ahead += following - seen
        seen |= following
    return found


@given(NETWORKS, WEIGHTS)
def test_every_score_is_what_a_walk_finds_whatever_is_mixed_where(network: Network, weights: list[Weight]) -> None:
    deliveries, killed = network.deliveries, network.killed
    of_stations, of_deliveries, _ = network.scores(weights)
    total = max(sum(w.amount for w in weights if w.amount > 0), -sum(w.amount for w in weights if w.amount < 0))
    for at, score in enumerate(of_deliveries):
        reached = walked(network, weights, at)
        assert set(score.reaches) == reached
        assert score.score == (sum(weights[each].amount for each in reached) / total if total else 0)
        assert -1 <= score.score <= 1
    for name, score in of_stations.items():
        own = {at for at, weight in enumerate(weights) if name in weight.stations}
        leaving = [at for at, each in enumerate(deliveries) if each.source == name and name not in killed]
        assert set(score.reaches) == own.union(*(walked(network, weights, at) for at in leaving))


@given(DELIVERIES, CHANGES)
def test_inferred_times_are_never_wider_than_what_was_told(deliveries: list[Delivery], changes: list[Change]) -> None:
    network = Network(deliveries=deliveries, changes=changes)
    for told, found in zip(deliveries, network.infer_times(), strict=True):
        for before, after in ((told.departed, found.departed), (told.arrived, found.arrived)):
            if before[0] is not None:
                assert after[0] is not None
                assert after[0] >= before[0]
            if before[1] is not None:
                assert after[1] is not None
                assert after[1] <= before[1]
