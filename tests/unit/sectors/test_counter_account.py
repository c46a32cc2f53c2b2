"""Accounts of counters: lines, balances, breaches, and what does not count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.counter_account import Account, CountedEvent, account_of, concerns, counters_of

LOT, OTHER = "https://id.gs1.org/01/09506000134352/10/A", "https://id.gs1.org/01/09506000134352/10/B"
MEMBER = "urn:filiere:siret:73282932000074"
STOCK: dict[str, Any] = {
    "name": "stock",
    "fr": "stock",
    "en": "stock",
    "unit": "KGM",
    "per": "lot",
    "amount": ["/quantityList/*/quantity"],
    "adds": ["in"],
    "takes": ["out"],
    "least": "0",
    "most": "100",
}


def moved(cte: str, amount: Any, at: int = 1, index: int = 1, **given: Any) -> CountedEvent:
    """Build an event of one lot; members of the event, and `uom`, `lot`, `sealed`."""
    uom, lot, sealed = given.pop("uom", "KGM"), given.pop("lot", LOT), given.pop("sealed", False)
    line = {"epcClass": lot, "quantity": amount} | ({"uom": uom} if uom else {})
    event = {"type": "ObjectEvent", "eventID": f"urn:uuid:{index}", "quantityList": [line], **given}
    return CountedEvent(event, cte, at, index, MEMBER, sealed)


def claims(certificate: str) -> dict[str, Any]:
    """Name the certificate that an event is under."""
    return {"wood:certificate": certificate}


def account(*events: CountedEvent, subject: str = LOT, **changed: Any) -> Account:
    """Work out the account of the counter, with keys of it changed."""
    return account_of("stock", subject, events, counters_of([STOCK | changed]))


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["in", "out", "seen"]),
        st.decimals(0, 50, places=3),
        st.integers(0, 5),
        st.sampled_from(["KGM", "GRM", "LBR", "LTR"]),
        st.sampled_from([LOT, OTHER]),
    ),
    max_size=12,
).map(
    lambda found: [
        moved(cte, float(amount), at, index, uom=uom, lot=lot)
        for index, (cte, amount, at, uom, lot) in enumerate(found)
    ]
)


@given(events=EVENTS, data=st.data())
def test_an_account_is_the_same_in_whatever_order_and_batches_its_events_come(
    events: list[CountedEvent], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(events))
    again = data.draw(st.lists(st.sampled_from(events), max_size=3)) if events else []
    assert account(*shuffled, *again) == account(*events)


@given(events=EVENTS, cut=st.integers(0, 5))
def test_a_balance_is_the_sum_of_the_lines_wherever_the_events_are_cut(events: list[CountedEvent], cut: int) -> None:
    whole = account(*events)
    before = account(*(each for each in events if each.at < cut))
    after = account(*(each for each in events if each.at >= cut))
    assert whole.balance == sum((line.amount for line in whole.lines), Fraction(0)) == before.balance + after.balance
    assert whole.lines[: len(before.lines)] == before.lines


@given(events=EVENTS)
def test_what_does_not_concern_a_subject_changes_nothing_of_its_account(events: list[CountedEvent]) -> None:
    counter = counters_of([STOCK])["stock"]
    kept = [each for each in events if concerns(counter, LOT, each)]
    assert account(*kept) == account(*events)
    assert not any(concerns(counter, OTHER, each) for each in kept)


def test_amounts_are_exact_and_in_the_unit_of_the_counter() -> None:
    found = account(moved("in", 0.1, index=1), moved("in", 200, index=2, uom="GRM"), moved("out", 0.3, index=3))
    assert [line.amount for line in found.lines] == [Fraction(1, 10), Fraction(1, 5), Fraction(-3, 10)]
    assert found.balance == 0


def test_a_limit_is_broken_by_what_an_instant_leaves_and_not_by_the_order_within_it() -> None:
    assert account(moved("out", 5, 1, 1), moved("in", 5, 1, 2)).breaches == ()
    (breach,) = account(moved("out", 5, 1, 1), moved("in", 5, 2, 2)).breaches
    assert (breach.limit, breach.line.log_index, breach.line.balance) == ("least", 1, Fraction(-5))
    assert [each.limit for each in account(moved("in", 101)).breaches] == ["most"]


def test_what_its_author_declared_erroneous_does_not_count_and_anothers_declaration_changes_nothing() -> None:
    wrong = moved("in", 7, index=1)
    declared = moved(
        "in", 7, index=2, eventID="urn:uuid:1", errorDeclaration={"declarationTime": "2026-01-01T00:00:00Z"}
    )
    assert account(wrong, declared).lines == ()
    assert account(wrong, declared._replace(member="urn:filiere:siret:35600000000048")).balance == 7


@pytest.mark.parametrize(
    "event",
    [
        moved("out", 2, index=2, sealed=True),
        moved("out", 2, index=2, uom="LTR"),
        moved("out", 2, index=2, uom=None),
        moved("out", "two", index=2),
        moved("out", "1e999999999", index=2),
    ],
)
def test_what_cannot_be_counted_is_named_and_not_guessed(event: CountedEvent) -> None:
    found = account(moved("in", 7, index=1), event)
    assert (found.balance, found.uncounted) == (Fraction(7), (2,))


def test_an_account_is_kept_of_a_member_a_site_or_a_value_of_the_event() -> None:
    site = "urn:filiere:site:7"
    by_path = ["/ilmd/wood:certificate", "/wood:certificate"]
    events = (
        moved("in", 7, index=1, ilmd={"wood:certificate": "C1"}, readPoint={"id": site}),
        moved("out", 2, index=2, lot=OTHER, **claims("C1")),
        moved("out", 1, index=3, **claims("C2")),
    )
    assert account(*events, subject="C1", per=by_path).balance == 5
    assert account(*events, subject=MEMBER, per="member").balance == 4
    assert account(*events, subject=site, per="site").balance == 7
    assert account(*events, subject=OTHER).balance == -2


def test_a_value_in_the_list_of_the_amount_is_about_its_own_place_alone() -> None:
    event = moved("in", 7)
    event.event["quantityList"].append({"epcClass": OTHER, "quantity": 2, "uom": "KGM", "wood:certificate": "C2"})
    event.event["quantityList"][0]["wood:certificate"] = "C1"
    assert account(event, subject="C2", per=["/quantityList/*/wood:certificate"]).balance == 2


def test_a_counter_of_others_adds_them_up_in_its_own_unit() -> None:
    whole = {"name": "whole", "fr": "tout", "en": "whole", "unit": "GRM", "per": "lot", "of": ["stock", "lost"]}
    lost = STOCK | {"name": "lost", "adds": ["found"], "takes": ["lost"]}
    events = [moved("in", 7, 1, 1), moved("out", 2, 2, 2), moved("lost", 1, 3, 3)]
    found = account_of("whole", LOT, events, counters_of([STOCK, lost, whole]))
    assert [(line.counter, line.balance) for line in found.lines] == [
        ("stock", Fraction(7000)),
        ("stock", Fraction(5000)),
        ("lost", Fraction(4000)),
    ]
