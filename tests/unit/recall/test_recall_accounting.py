"""accounted % = (confirmed + on hand + consumed + destroyed) / produced, exactly, whatever the units."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.recall import Answer, Cause, Handed, Notice, Outcome, Reach, ScopedLot
from filiere_platform.domain.recall_accounting import account_for, accounted_percent
from filiere_schemas.sectors.balance import NO_RULES

LOT = ScopedLot(key="a", causes=(Cause.SUSPECT,), is_certain=True, produced=Decimal(100), uom="KGM")
TOLD = Notice(
    id="", recall_id="r", reach=Reach.OWN, member_id=1, party="p", version=1, lots=(Handed(lot="a"),), sent_at=0
)
NOTICES = [replace(TOLD, id=reach.value, reach=reach) for reach in Reach]
ANSWERS = st.lists(
    st.builds(
        lambda notice, lot, outcome, quantity, uom: Answer(
            notice_id=notice.id, lot=lot, outcome=outcome, quantity=Decimal(quantity), uom=uom, at=0
        ),
        st.sampled_from(NOTICES),
        st.sampled_from(["a", "b"]),
        st.sampled_from(Outcome),
        st.integers(0, 500),
        st.sampled_from(["KGM", "GRM", "TNE", "LTR"]),
    ),
    max_size=30,
)


def answer(reach: Reach, outcome: Outcome, quantity: str, uom: str = "KGM") -> Answer:
    return Answer(notice_id=reach.value, lot="a", outcome=outcome, quantity=Decimal(quantity), uom=uom, at=0)


@given(ANSWERS)
def test_parts_and_what_is_missing_make_what_was_produced(answers: list[Answer]) -> None:
    (account,) = account_for([LOT], NOTICES, answers, rules=NO_RULES)
    assert account.accounted + (account.unaccounted or 0) == 100
    assert account.percent == account.accounted
    assert all(part >= 0 for part in account.parts.values())


@given(ANSWERS)
def test_only_the_latest_of_a_lot_and_an_outcome_counts_and_nobody_beyond_does(answers: list[Answer]) -> None:
    last = {(each.notice_id, each.lot, each.outcome): each for each in answers}
    counted = [each for each in last.values() if each.lot == "a" and each.notice_id != Reach.FORWARDED.value]
    assert account_for([LOT], NOTICES, answers, rules=NO_RULES) == account_for([LOT], NOTICES, counted, rules=NO_RULES)


@given(ANSWERS, st.integers(0, 500))
def test_an_answer_more_never_accounts_for_less(answers: list[Answer], quantity: int) -> None:
    said = {(each.notice_id, each.lot, each.outcome) for each in answers}
    new = answer(Reach.DIRECT, Outcome.SOLD, str(quantity))
    if (new.notice_id, new.lot, new.outcome) not in said:
        before, after = (account_for([LOT], NOTICES, given, rules=NO_RULES)[0] for given in (answers, [*answers, new]))
        assert after.accounted == before.accounted + quantity


def test_units_convert_and_what_does_not_is_counted_as_not_counted() -> None:
    given_answers = [
        answer(Reach.DIRECT, Outcome.BLOCKED, "12500", "GRM"),
        answer(Reach.OWN, Outcome.BLOCKED, "0.02", "TNE"),
        answer(Reach.OUTSIDE, Outcome.CONSUMED, "7.5"),
        answer(Reach.DIRECT, Outcome.DESTROYED, "3", "LTR"),
        answer(Reach.OWN, Outcome.SOLD, "60"),  # what the consignees answer for
    ]
    (account,) = account_for([LOT], NOTICES, given_answers, rules=NO_RULES)
    assert account.parts == {
        "confirmed": Fraction(25, 2),
        "onHand": Fraction(20),
        "consumed": Fraction(15, 2),
        "destroyed": Fraction(0),
    }
    assert (account.uncounted, account.percent) == (1, Fraction(40))


def test_more_than_was_produced_is_said_and_makes_up_for_no_other_lot() -> None:
    other = ScopedLot(key="b", causes=(Cause.LINKED,), is_certain=True, produced=Decimal(10), uom="KGM")
    accounts = account_for([LOT, other], NOTICES, [answer(Reach.DIRECT, Outcome.SOLD, "130")], rules=NO_RULES)
    assert (accounts[0].unaccounted, accounts[0].percent) == (Fraction(-30), Fraction(130))
    assert accounted_percent(accounts) == Fraction(50)
    assert accounted_percent([]) is None
