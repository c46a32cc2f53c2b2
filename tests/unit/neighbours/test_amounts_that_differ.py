"""What is shipped of a lot is compared with what is received of it, consignment by consignment."""

from __future__ import annotations

import pytest

from builders.neighbourhoods import by, findings_of, going, judged
from builders.traces import Told, observed, packed, transacted, unpacked
from filiere_platform.domain.neighbourhood import DAY

RULE = "received-differs"


def sent(lots: str, when: int, to: str = "place:shop") -> Told:
    return going(observed(lots, when), to=to)


def got(lots: str, when: int, to: str = "place:shop") -> Told:
    return by(2, going(observed(lots, when, step="receiving"), to=to))


def test_each_side_is_told_of_its_last_movement_when_patience_ends() -> None:
    story = (sent("cheese*100KGM", 1), got("cheese*97KGM", 5))
    for member, index in ((1, 0), (2, 1)):
        (finding,) = findings_of(RULE, *story, tolerance="2", days=7, member=member)
        assert (finding.subject, finding.log_index, finding.opens_at) == ("cheese", index, 5 + 7 * DAY)
    assert judged(RULE, *story, member=3) == []


@pytest.mark.parametrize(
    ("received", "differs"),
    [
        ("98KGM", False),
        ("102KGM", False),
        ("97.9KGM", True),
        ("102.1KGM", True),
        ("98000GRM", False),
        ("0.1TNE", False),
    ],
)
def test_what_is_tolerated_is_a_part_of_what_was_shipped_in_whatever_unit(received: str, *, differs: bool) -> None:
    story = (sent("cheese*100KGM", 1), got(f"cheese*{received}", 2))
    assert bool(judged(RULE, *story, tolerance="2")) == differs


def test_parts_that_arrive_apart_are_added_up() -> None:
    story = [sent("cheese*100KGM", 1), got("cheese*60KGM", 2)]
    assert judged(RULE, *story) == [("cheese", 0)]
    assert judged(RULE, *story, got("cheese*40KGM", 3)) == []
    assert judged(RULE, *story, sent("cheese*50KGM", 3), got("cheese*90KGM", 4)) == []
    assert judged(RULE, *story, sent("cheese*50KGM", 3), got("cheese*80KGM", 4)) == [("cheese", 2)]


def test_consignments_to_two_sides_are_two() -> None:
    story = [sent("cheese*100KGM", 1), sent("cheese*50KGM", 1, "place:other")]
    assert judged(RULE, *story, got("cheese*100KGM", 2), got("cheese*50KGM", 2, "place:other")) == []
    assert judged(RULE, *story, got("cheese*50KGM", 2), got("cheese*100KGM", 2, "place:other")) == [
        ("cheese", 0),
        ("cheese", 1),
    ]
    # What nobody received is another rule's.
    assert judged(RULE, *story, got("cheese*100KGM", 2)) == []


@pytest.mark.parametrize(
    "reception",
    [
        got("cheese*60KGM", 0),
        by(2, observed("cheese*60KGM", 2, step="receiving")),
        got("cheese", 2),
        got("cheese*60LTR", 2),
        got("cheese*60XBX", 2),
        by(2, going(transacted("cheese*60KGM", "po:1", 2), to="place:shop")),
    ],
    ids=["before", "at no side", "no amount", "no conversion", "boxes", "documents"],
)
def test_where_it_may_be_otherwise_nothing_is_concluded(reception: Told) -> None:
    assert judged(RULE, sent("cheese*100KGM", 1), reception) == []


def test_a_carrier_that_takes_over_the_goods_on_the_road_receives_nothing_more() -> None:
    sent_by_road = going(sent("cheese*100KGM", 1), to="place:carrier")
    story = (sent_by_road, got("cheese*100KGM", 2, "place:carrier"), got("cheese*100KGM", 3))
    assert judged(RULE, *story) == []
    assert judged(RULE, *story[:2], got("cheese*90KGM", 2, "place:carrier")) == [("cheese", 0)]


def test_a_lot_that_travels_on_a_pallet_is_weighed_by_nobody() -> None:
    story = (packed("cheese*100KGM", "sscc:1", 1), sent("cheese*100KGM", 2), got("sscc:1", 3), got("cheese*40KGM", 3))
    assert judged(RULE, *story) == []
    # The pallet went there again, without the lot.
    again = (packed("cheese*9KGM", "sscc:1", 0), unpacked("", "sscc:1", 1), sent("cheese*90KGM", 4), got("sscc:1", 5))
    assert judged(RULE, *again, got("cheese*40KGM", 6)) == [("cheese", 2)]


def test_where_something_is_hidden_nothing_is_concluded() -> None:
    story = (packed("cheese", "sscc:1", 0), sent("cheese*100KGM", 1), got("cheese*60KGM", 2))
    assert judged(RULE, *story) == [("cheese", 1)]
    assert judged(RULE, *story, hidden=["cheese"]) == judged(RULE, *story, hidden=["sscc:1"]) == []


def test_one_thing_has_no_amount() -> None:
    assert judged(RULE, sent("item:1 sscc:1", 1), got("item:1 sscc:1", 2)) == []
