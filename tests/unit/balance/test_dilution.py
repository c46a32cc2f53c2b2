"""Dilution: nothing of a suspect lot is lost or made, shares are what mixing gives, the worst case is one."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.dilution import Mix, Part, Suspicion, dilute

SUSPECT = 0


def mix(event: int, inputs: dict[int, int | None], outputs: dict[int, int | None], *, comparable: bool = True) -> Mix:
    return Mix(event=event, inputs=parts(inputs), outputs=parts(outputs), comparable=comparable)


def parts(lots: dict[int, int | None]) -> tuple[Part, ...]:
    amounts = {lot: None if amount is None else Fraction(amount) for lot, amount in lots.items()}
    return tuple(Part(lot, amount, amount) for lot, amount in amounts.items())


def made_by(mixes: list[Mix], **more: int) -> dict[int, Fraction | None]:
    made: dict[int, Fraction | None] = {SUSPECT: Fraction(100), 90: Fraction(1000)}
    for each in mixes:
        for part in each.outputs:
            known = made.get(part.lot, Fraction(0))
            made[part.lot] = None if part.amount is None or known is None else known + part.amount
    return made


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[Mix], dict[int, Fraction | None]]:
    """Lots 1, 2, 3, ... made of earlier ones and of a clean lot 90, never using more than there is."""
    left: dict[int, Fraction] = {SUSPECT: Fraction(100), 90: Fraction(1000)}
    made: dict[int, Fraction | None] = dict(left)
    mixes: list[Mix] = []
    for number in range(draw(st.integers(1, 5))):
        there = sorted(lot for lot, amount in left.items() if amount)
        sources = draw(st.sets(st.sampled_from(there), min_size=1, max_size=3))
        inputs = []
        for lot in sorted(sources):
            amount = left[lot] * draw(st.fractions(Fraction(1, 10), 1, max_denominator=10))
            left[lot] -= amount
            inputs.append(Part(lot, amount, amount))
        total = sum((part.amount for part in inputs), Fraction(0))
        outputs = []
        loss = draw(st.fractions(Fraction(1, 2), 1, max_denominator=4))
        names = [10 * number + 1, 10 * number + 2][: draw(st.integers(1, 2))]
        for lot in names:
            amount = total * loss / len(names)
            outputs.append(Part(lot, amount, amount))
            left[lot] = made[lot] = amount
        mixes.append(Mix(event=number, inputs=tuple(inputs), outputs=tuple(outputs), comparable=True))
    return draw(st.permutations(mixes)), made


@given(chains())
def test_the_portions_that_stayed_are_the_whole(chain: tuple[list[Mix], dict[int, Fraction | None]]) -> None:
    mixes, made = chain
    found = dilute(SUSPECT, made, mixes)
    stayed = [lot.stayed for lot in found.values()]
    assert None not in stayed
    assert sum(each for each in stayed if each is not None) == 1


@given(chains())
def test_shares_are_parts_the_worst_is_never_better_and_the_order_of_telling_says_nothing(
    chain: tuple[list[Mix], dict[int, Fraction | None]],
) -> None:
    mixes, made = chain
    found = dilute(SUSPECT, made, mixes)
    assert found == dilute(SUSPECT, made, mixes[::-1])
    for lot in found.values():
        assert lot.share is not None
        assert 0 <= lot.share <= lot.worst <= 1


@given(chains())
def test_what_a_mix_gives_holds_what_its_inputs_brought(chain: tuple[list[Mix], dict[int, Fraction | None]]) -> None:
    """The suspect amount of the outputs, per unit of what was put in, is that of the inputs."""
    mixes, made = chain
    found = dilute(SUSPECT, made, mixes)
    clean = Suspicion()
    for each in mixes:
        brought = sum((p.weight or 0) * (found.get(p.lot, clean).share or 0) for p in each.inputs)
        put_in = sum(p.weight or 0 for p in each.inputs)
        if not put_in:
            continue
        for part in each.outputs:
            assert found.get(part.lot, clean).share == brought / put_in


@given(chains())
def test_the_worst_case_is_reached_by_drawing_all_of_the_suspect_first(
    chain: tuple[list[Mix], dict[int, Fraction | None]],
) -> None:
    """In one mix: an output may hold all that was put in of the suspect, up to its own size."""
    mixes, made = chain
    found = dilute(SUSPECT, made, mixes)
    for each in mixes:
        direct = [part for part in each.inputs if part.lot == SUSPECT]
        others = [part for part in each.inputs if part.lot in found and part.lot != SUSPECT]
        if direct and not others:
            for part in each.outputs:
                if part.weight:
                    assert found[part.lot].worst == min(Fraction(1), sum(p.weight or 0 for p in direct) / part.weight)


def test_a_drop_in_a_tank() -> None:
    mixes = [mix(1, {SUSPECT: 10, 90: 90}, {1: 50, 2: 50})]
    found = dilute(SUSPECT, made_by(mixes), mixes)
    assert (found[1].share, found[1].worst, found[1].portion) == (Fraction(1, 10), Fraction(1, 5), Fraction(1, 20))
    assert found[SUSPECT].stayed == Fraction(9, 10)


def test_an_unknown_amount_makes_the_share_unknown_and_the_worst_all_of_it() -> None:
    for inputs in ({SUSPECT: None, 90: 90}, {SUSPECT: 10, 90: None}):
        mixes = [mix(1, inputs, {1: 100})]
        found = dilute(SUSPECT, made_by(mixes), mixes)
        assert (found[1].share, found[1].worst) == (None, 1)
    mixes = [mix(1, {SUSPECT: 10, 90: 90}, {1: None})]
    assert dilute(SUSPECT, made_by(mixes), mixes)[1].worst == 1


def test_units_that_do_not_compare_keep_the_share_and_give_up_the_worst_case() -> None:
    mixes = [mix(1, {SUSPECT: 10, 90: 90}, {1: 12}, comparable=False)]
    found = dilute(SUSPECT, made_by(mixes), mixes)
    assert (found[1].share, found[1].worst) == (Fraction(1, 10), 1)


def test_lots_that_go_round_in_a_circle_are_suspect_altogether() -> None:
    mixes = [mix(1, {SUSPECT: 10, 2: 5}, {1: 15}), mix(2, {1: 5}, {2: 5}), mix(3, {SUSPECT: 10, 90: 10}, {3: 20})]
    found = dilute(SUSPECT, made_by(mixes), mixes)
    assert {lot: found[lot].worst for lot in (1, 2)} == {1: 1, 2: 1}
    assert found[1].share is None
    assert found[3].share == Fraction(1, 2)
    assert found[SUSPECT].stayed is None


def test_rework_into_the_suspect_itself_comes_back_to_it() -> None:
    mixes = [mix(1, {SUSPECT: 50}, {1: 50}), mix(2, {1: 20}, {SUSPECT: 20})]
    found = dilute(SUSPECT, {SUSPECT: Fraction(100), 1: Fraction(50)}, mixes)
    assert sum(lot.stayed or 0 for lot in found.values()) == 1


def test_more_used_than_there_was_is_no_portion_that_anybody_knows() -> None:
    mixes = [mix(1, {SUSPECT: 80}, {1: 80}), mix(2, {SUSPECT: 80}, {2: 80})]
    found = dilute(SUSPECT, made_by(mixes), mixes)
    assert found[SUSPECT].stayed is None
    assert found[2].worst == found[1].worst == 1
