"""One thing in two containers at once is told, where it surely is in both and neither is in the other."""

from __future__ import annotations

import pytest

from builders.neighbourhoods import by, findings_of, judged
from builders.traces import Told, fitted, packed, seen_in, unpacked
from filiere_platform.domain.neighbourhood import DAY

RULE = "in-two-containers"
FIRST, SECOND = packed("item:wheel", "sscc:1", 1 * DAY), packed("item:wheel", "sscc:2", 2 * DAY)


def test_a_thing_in_two_containers_is_told_of_the_second_when_patience_ends() -> None:
    for story in ((FIRST, SECOND), (SECOND, FIRST)):
        (finding,) = findings_of(RULE, *story, days=1)
        assert (finding.subject, finding.opens_at) == ("item:wheel", 3 * DAY)
        assert finding.log_index == story.index(SECOND)
    assert judged(RULE, by(2, FIRST), SECOND, member=2) == [("item:wheel", 0)]


@pytest.mark.parametrize(
    ("between", "is_told"),
    [
        (unpacked("item:wheel", "sscc:1", 1 * DAY + 5), False),
        (unpacked("", "sscc:1", 1 * DAY + 5), False),
        (unpacked("item:wheel", "sscc:1", 3 * DAY), False),
        (unpacked("item:wheel", "sscc:1", (1 * DAY, 9 * DAY)), False),
        (packed("sscc:1", "sscc:2", 1 * DAY), False),
        (seen_in("sscc:2", "sscc:1", 1 * DAY), False),
        (unpacked("item:wheel", "sscc:1", 3 * DAY + 2), True),
        (unpacked("item:other", "sscc:1", 1 * DAY + 5), True),
        (unpacked("item:wheel", "sscc:1", 0), True),
        (packed("sscc:1", "sscc:3", 1 * DAY), True),
    ],
    ids=[
        "taken out",
        "emptied",
        "taken out a day late",
        "perhaps taken out",
        "one in the other",
        "one seen in the other",
        "taken out later than a day",
        "another taken out",
        "taken out before",
        "the first in a third",
    ],
)
def test_a_thing_that_left_the_first_or_is_in_both_by_right_is_not_told(between: Told, *, is_told: bool) -> None:
    assert bool(judged(RULE, FIRST, between, SECOND, days=1)) == is_told


def test_a_lot_lies_on_as_many_pallets_as_it_likes() -> None:
    assert judged(RULE, packed("cheese*5KGM", "sscc:1", 1), packed("cheese*5KGM", "sscc:2", 2)) == []


def test_what_is_packed_in_one_thing_and_fitted_into_another_is_in_both() -> None:
    assert judged(RULE, FIRST, fitted("item:wheel", "item:cart", 2)) == []
    assert judged(RULE, fitted("item:wheel", "item:car", 1), fitted("item:wheel", "item:cart", 2)) == [
        ("item:wheel", 1)
    ]


@pytest.mark.parametrize("hidden", ["item:wheel", "sscc:1"])
def test_what_is_hidden_may_have_taken_it_out(hidden: str) -> None:
    assert judged(RULE, FIRST, SECOND, hidden=[hidden]) == []
