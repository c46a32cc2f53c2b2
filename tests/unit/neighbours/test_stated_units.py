"""Amounts of a lot that do not convert into what was made of it are told, of each event that states one."""

from __future__ import annotations

import pytest

from builders.neighbourhoods import by, judged
from builders.traces import Told, observed, packed, transformed
from filiere_platform.domain.record import ActionCode

RULE = "unit-mismatch"
MADE = observed("cheese*100KGM", 1, step="commissioning", action=ActionCode.ADD)


@pytest.mark.parametrize(
    ("stated", "is_told"),
    [
        (observed("cheese*5XBX", 2), True),
        (observed("cheese*5LTR", 2), True),
        (packed("cheese*5", "sscc:1", 2), True),
        (transformed("cheese*5LTR", "sauce*5LTR", 2), True),
        (observed("cheese*5GRM", 2), False),
        (observed("cheese*5TNE", 2), False),
        (observed("cheese", 2), False),
        (transformed("milk*5LTR", "cheese", 2), False),
    ],
    ids=["boxes", "litres", "pieces", "used", "grams", "tonnes", "no amount", "another lot"],
)
def test_an_amount_that_does_not_convert_is_told_and_one_that_does_is_not(stated: Told, *, is_told: bool) -> None:
    assert judged(RULE, MADE, stated) == ([("cheese", 1)] if is_told else [])
    # Whoever stated it: he is told, and nobody else.
    assert judged(RULE, MADE, by(2, stated)) == []


def test_where_nobody_says_how_much_was_made_each_is_told_of_what_does_not_convert() -> None:
    story = (observed("cheese*5KGM", 1), observed("cheese*5GRM", 2), observed("cheese*5XBX", 3))
    assert judged(RULE, *story) == [("cheese", 0), ("cheese", 1), ("cheese", 2)]
    assert judged(RULE, *story[:2]) == []
    assert judged(RULE, *story, MADE) == [("cheese", 2)]
    # Boxes alone add up, although they convert into nothing.
    assert judged(RULE, observed("cheese*5XBX", 1), observed("cheese*4XBX", 2)) == []


def test_what_is_hidden_lets_nothing_be_concluded_and_one_thing_has_no_amount() -> None:
    assert judged(RULE, MADE, observed("cheese*5XBX", 2), hidden=["cheese"]) == []
    assert judged(RULE, observed("item:1*1KGM", 1), observed("item:1*1", 2)) == []
