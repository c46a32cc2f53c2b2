"""A reception that nobody shipped, and a departure before the arrival, are told where nothing explains them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.neighbourhoods import by, findings_of, going, judged
from builders.traces import Told, observed, packed, transacted
from filiere_platform.domain.neighbourhood import DAY
from filiere_platform.domain.record import ActionCode

UNSHIPPED, EARLY = "never-shipped", "departed-before-arrival"


def sent(lots: str, when: int | tuple[int, int], to: str = "place:shop", **sides: str) -> Told:
    return going(observed(lots, when), to=to, **sides)


def got(lots: str, when: int | tuple[int, int], to: str = "place:shop", **sides: str) -> Told:
    return by(2, going(observed(lots, when, step="receiving"), to=to, **sides))


def test_a_reception_that_nobody_shipped_is_told_to_who_received() -> None:
    (finding,) = findings_of(UNSHIPPED, got("cheese", 5), member=2, days=7)
    assert (finding.subject, finding.log_index, finding.opens_at) == ("cheese", 0, 5 + 7 * DAY)
    assert judged(UNSHIPPED, got("cheese", 5), member=1) == []


@pytest.mark.parametrize(
    ("shipment", "explains"),
    [
        (sent("cheese", 4), True),
        (sent("cheese", (4, 9)), True),
        (observed("cheese", 4), True),
        (sent("sscc:1", 4), True),
        (sent("cheese", 6), False),
        (sent("cheese", 4, "place:other"), False),
        (sent("milk", 4), False),
        (going(observed("cheese", 4, step="packing"), to="place:shop"), False),
    ],
    ids=[
        "before",
        "perhaps before",
        "to nobody named",
        "its pallet",
        "after",
        "elsewhere",
        "another lot",
        "no shipment",
    ],
)
def test_what_may_be_its_shipment_explains_a_reception(shipment: Told, *, explains: bool) -> None:
    story = (packed("cheese", "sscc:1", 1), shipment, got("cheese", 5))
    assert judged(UNSHIPPED, *story, member=2) == ([] if explains else [("cheese", 2)])


def test_who_gives_a_lot_its_number_as_it_comes_in_received_nothing_of_that_number() -> None:
    assert judged(UNSHIPPED, replace(got("cheese", 5), action=ActionCode.ADD), member=2) == []
    assert judged(UNSHIPPED, by(2, transacted("cheese", "po:1", 5)), member=2) == []


@pytest.mark.parametrize("hidden", ["cheese", "sscc:1"])
def test_what_is_hidden_may_be_the_shipment(hidden: str) -> None:
    story = (packed("cheese", "sscc:1", 1), got("cheese", 5))
    assert judged(UNSHIPPED, *story, member=2) == [("cheese", 1)]
    assert judged(UNSHIPPED, *story, member=2, hidden=[hidden]) == []


# The hub ships to the shop on the first day what comes from the dairy on the fourth.
LEFT = by(2, sent("cheese", 1 * DAY, source="place:hub", at="place:hub-door"))
CAME = got("cheese", 4 * DAY, "place:hub", source="place:dairy", at="place:hub-door")


def test_a_departure_before_the_arrival_is_told_once_to_who_shipped() -> None:
    (finding,) = findings_of(EARLY, LEFT, CAME, member=2, days=2)
    assert (finding.subject, finding.log_index, finding.opens_at) == ("cheese", 0, 6 * DAY)
    assert judged(EARLY, LEFT, CAME, member=1) == []
    assert judged(EARLY, by(1, LEFT), CAME, member=2) == [("cheese", 1)]


@pytest.mark.parametrize(
    "arrival",
    [
        got("cheese", 2 * DAY, "place:hub", source="place:dairy", at="place:hub-door"),
        got("cheese", (1 * DAY, 4 * DAY), "place:hub", source="place:dairy", at="place:hub-door"),
        got("cheese", 4 * DAY, "place:hub", source="place:dairy", at="place:other-door"),
        got("cheese", 4 * DAY, "place:hub", source="place:dairy"),
        got("cheese", 4 * DAY, "place:hub", source="place:shop", at="place:hub-door"),
        got("cheese", 4 * DAY, "place:hub", at="place:hub-door"),
        got("milk", 4 * DAY, "place:hub", source="place:dairy", at="place:hub-door"),
    ],
    ids=["within a day", "perhaps before", "elsewhere", "nowhere named", "a return", "perhaps a return", "another lot"],
)
def test_an_arrival_that_may_be_another_contradicts_nothing(arrival: Told) -> None:
    assert judged(EARLY, LEFT, arrival, member=2) == []


@pytest.mark.parametrize(
    "first",
    [
        got("cheese", 0, "place:hub", source="place:dairy", at="place:hub-door"),
        got("sscc:1", 0, "place:hub", at="place:hub-door"),
        got("cheese", 0, "place:hub"),
        by(2, observed("cheese", 0, step="commissioning", action=ActionCode.ADD)),
    ],
    ids=["came before", "came on its pallet", "came before, somewhere", "made by who ships"],
)
def test_an_arrival_before_explains_the_departure_and_a_second_one_is_another(first: Told) -> None:
    story = (packed("cheese", "sscc:1", 0), LEFT, CAME)
    assert judged(EARLY, *story, member=2) == [("cheese", 1)]
    assert judged(EARLY, *story, first, member=2) == []
    assert judged(EARLY, *story, member=2, hidden=["sscc:1"]) == []
