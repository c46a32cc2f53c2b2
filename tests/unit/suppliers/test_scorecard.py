"""What a scorecard concludes from moves alone, and what it leaves open."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.supplier_scorecard import GRACE, Card, Deliveries, Measure, Move, judge

HOUR = 3_600_000_000
NOW = 10 * GRACE
MILK, PALLET = 1, 2


def a_move(index: int, hour: int, *nodes: int, stored: int | None = None, lasts: int = 0) -> Move:
    earliest = hour * HOUR
    latest = earliest + lasts * HOUR
    return Move(
        index=index, nodes=nodes or (MILK,), earliest=earliest, latest=latest, stored_at=(stored or hour) * HOUR
    )


def judged(**changes: Any) -> Card:
    told: dict[str, Any] = {
        "shipments": [],
        "receptions": [],
        "named": (),
        "corrected": (),
        "around": lambda node: {node},
        "hidden": {},
    }
    return judge(Deliveries(**(told | changes)), now=NOW)


def figures(card: Card) -> dict[Measure, tuple[int, int]]:
    return {figure.measure: (figure.count, figure.of) for figure in card.figures}


def test_a_shipment_is_received_by_a_reception_that_may_have_come_after_it() -> None:
    received = judged(shipments=[a_move(1, 10)], receptions=[a_move(2, 34)])
    assert figures(received)[Measure.RECEIVED] == (1, 1)
    assert received.transit_median == 24 * HOUR
    before = judged(shipments=[a_move(1, 10)], receptions=[a_move(2, 9)])
    assert figures(before)[Measure.MISSING] == (1, 1)
    vague = judged(shipments=[a_move(1, 10)], receptions=[a_move(2, 0, lasts=24)])
    assert figures(vague)[Measure.RECEIVED] == (1, 1)
    assert vague.transit_longest == 0


def test_a_pallet_that_arrives_brings_what_was_packed_on_it() -> None:
    around = {MILK: {MILK, PALLET}, PALLET: {MILK, PALLET}}
    card = judged(shipments=[a_move(1, 1, PALLET)], receptions=[a_move(2, 2, MILK)], around=around.__getitem__)
    assert figures(card)[Measure.RECEIVED] == (1, 1)


def test_what_is_missing_is_said_after_the_grace_and_where_nothing_is_hidden() -> None:
    hours = NOW // HOUR
    fresh = judged(shipments=[a_move(1, hours - 1)])
    assert (fresh.waiting, figures(fresh)[Measure.MISSING]) == (1, (0, 0))
    hidden = judged(shipments=[a_move(1, 1)], hidden={MILK: ()})
    assert (hidden.unknown, figures(hidden)[Measure.MISSING]) == (1, (0, 0))
    assert figures(judged(shipments=[a_move(1, 1)]))[Measure.MISSING] == (1, 1)


def test_an_advice_is_late_only_if_the_goods_had_surely_arrived_before_it_was_stored() -> None:
    late = judged(shipments=[a_move(1, 1, stored=30)], receptions=[a_move(2, 20)])
    assert figures(late)[Measure.ANNOUNCED_LATE] == (1, 1)
    doubtful = judged(shipments=[a_move(1, 1, stored=30)], receptions=[a_move(2, 20, lasts=20)])
    assert figures(doubtful)[Measure.ANNOUNCED_LATE] == (0, 1)


def test_what_came_without_any_advice_is_counted_of_what_names_the_giver() -> None:
    receptions = [a_move(1, 5), a_move(2, 5, PALLET), a_move(3, 6, 7)]
    card = judged(shipments=[a_move(9, 1)], receptions=receptions, named={1, 2})
    assert figures(card)[Measure.UNANNOUNCED] == (1, 2)
    hidden = judged(receptions=receptions, named={1, 2}, hidden={PALLET: ()})
    assert figures(hidden)[Measure.UNANNOUNCED] == (1, 1)


def test_a_record_that_was_taken_back_counts_beside_those_in_force() -> None:
    assert figures(judged(shipments=[a_move(1, 1)], corrected=[5]))[Measure.CORRECTED] == (1, 2)


moves = st.builds(
    lambda index, hour, node, lasts: a_move(index, hour, node, lasts=lasts),
    *(st.integers(0, 50), st.integers(0, 3_000), st.integers(1, 4), st.integers(0, 30)),
)


@given(st.lists(moves, max_size=8), st.lists(moves, max_size=8), st.sets(st.integers(1, 4)))
def test_every_line_is_counted_once_and_no_share_exceeds_its_whole(
    shipments: list[Move], receptions: list[Move], hidden: set[int]
) -> None:
    card = judged(shipments=shipments, receptions=receptions, named=range(50), hidden=dict.fromkeys(hidden))
    counts = figures(card)
    (received, concluded), (missing, _) = counts[Measure.RECEIVED], counts[Measure.MISSING]
    assert received + missing == concluded
    assert concluded + card.waiting + card.unknown == card.lines == sum(len(each.nodes) for each in shipments)
    assert all(0 <= count <= of for count, of in counts.values())
    evidence = {figure.measure: set(figure.records) for figure in card.figures}
    assert evidence[Measure.MISSING] <= {move.index for move in shipments}


@given(st.lists(moves, max_size=8), st.lists(moves, max_size=8), st.sets(st.integers(1, 4)))
def test_hiding_something_accuses_nobody(shipments: list[Move], receptions: list[Move], hidden: set[int]) -> None:
    """The more is hidden, the less is said to be missing."""
    seen = figures(judged(shipments=shipments, receptions=receptions, named=range(50)))
    less = figures(judged(shipments=shipments, receptions=receptions, named=range(50), hidden=dict.fromkeys(hidden)))
    for measure in (Measure.MISSING, Measure.UNANNOUNCED):
        assert less[measure][0] <= seen[measure][0]
    assert less[Measure.RECEIVED][0] == seen[Measure.RECEIVED][0]
