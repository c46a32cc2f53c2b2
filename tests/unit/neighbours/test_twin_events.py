"""Two events of one member that say the same under two eventIDs are told; what differs in any of it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders.neighbourhoods import by, going, judged
from builders.traces import Told, observed, packed, transformed

RULE = "near-duplicate"
SENT = going(observed("cheese*10KGM milk*5LTR", 3), to="place:shop", at="place:dairy")


def test_what_is_sent_twice_is_told_of_each_of_the_two_once() -> None:
    assert judged(RULE, SENT, SENT) == [("cheese", 0), ("cheese", 1)]
    # The order of a list says nothing, the other form of a word of the standard nothing either.
    other = replace(SENT, ends=(SENT.ends[1], SENT.ends[0], *SENT.ends[2:]))
    words = {0: {"disposition": "in_transit"}, 1: {"disposition": "urn:epcglobal:cbv:disp:in_transit"}}
    assert judged(RULE, SENT, other, contents=words) == [("cheese", 0), ("milk", 1)]
    made = transformed("milk*5LTR", "cheese*1KGM", 1)
    assert judged(RULE, made, made) == [("milk", 0), ("milk", 1)]


@pytest.mark.parametrize(
    "other",
    [
        going(observed("cheese*10KGM milk*5LTR", 4), to="place:shop", at="place:dairy"),
        going(observed("cheese*10KGM milk*5LTR", (3, 4)), to="place:shop", at="place:dairy"),
        going(observed("cheese*10KGM milk*6LTR", 3), to="place:shop", at="place:dairy"),
        going(observed("cheese*10KGM", 3), to="place:shop", at="place:dairy"),
        going(observed("cheese*10KGM milk*5LTR", 3), to="place:other", at="place:dairy"),
        going(observed("cheese*10KGM milk*5LTR", 3), to="place:shop", at="place:store"),
        going(observed("cheese*10KGM milk*5LTR", 3, step="receiving"), to="place:shop", at="place:dairy"),
        by(2, SENT),
    ],
    ids=["when", "how sure when", "amount", "objects", "to whom", "where", "step", "sender"],
)
def test_what_differs_in_one_thing_is_another_event(other: Told) -> None:
    assert judged(RULE, SENT, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"disposition": "in_transit"}, {"disposition": "in_progress"}),
        ({"sensorElementList": [{"sensorReport": [{"value": 3}]}]}, {"sensorElementList": []}),
        (
            {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:x:1"}]},
            {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:x:2"}]},
        ),
        (None, {}),
    ],
    ids=["disposition", "sensors", "documents", "not to be read"],
)
def test_two_deliveries_of_one_day_differ_in_what_the_graph_does_not_keep(one: Any, other: Any) -> None:
    assert judged(RULE, SENT, SENT, contents={0: one, 1: other}) == []
    assert len(judged(RULE, SENT, SENT, contents={0: other, 1: other})) == 2


def test_what_an_event_carries_beside_does_not_make_it_another() -> None:
    assert len(judged(RULE, SENT, SENT, contents={0: {"own:line": 1}, 1: {"own:line": 2}})) == 2


def test_three_of_a_kind_are_told_and_who_is_apart_is_not() -> None:
    story = (SENT, packed("cheese", "sscc:1", 3), SENT, SENT)
    assert judged(RULE, *story) == [("cheese", 0), ("cheese", 2), ("cheese", 3)]


def test_what_is_hidden_explains_no_double_of_ones_own() -> None:
    assert len(judged(RULE, SENT, SENT, hidden=["cheese"])) == 2


def test_a_product_without_a_lot_is_nobodys_object() -> None:
    story = [observed("class:milk*5LTR", 3)] * 2
    assert judged(RULE, *story) == []
