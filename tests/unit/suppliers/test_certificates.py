"""What a certificate is worth on a day: a pure function of its dates and of what was decided, whatever day it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders.partners import certificates, days
from filiere_platform.domain.supplier import (
    SOON,
    ApprovalState,
    Certificate,
    CertificateState,
    Change,
    Decision,
    Product,
)

S = CertificateState
DAY = timedelta(days=1)


def test_a_certificate_through_its_life() -> None:
    certificate = Certificate(
        scheme="EN 9100",
        valid_from=date(2026, 1, 10),
        valid_until=date(2026, 12, 31),
        changes=(
            Change(date(2026, 3, 1), Decision.SUSPENDED),
            Change(date(2026, 4, 1), Decision.VALID),
            Change(date(2026, 6, 1), Decision.WITHDRAWN),
        ),
    )
    life = {
        date(2026, 1, 9): S.NOT_YET,
        date(2026, 1, 10): S.VALID,
        date(2026, 2, 28): S.VALID,
        date(2026, 3, 1): S.SUSPENDED,
        date(2026, 3, 31): S.SUSPENDED,
        date(2026, 4, 1): S.VALID,
        date(2026, 6, 1): S.WITHDRAWN,
        date(2027, 6, 1): S.WITHDRAWN,
    }
    assert {day: certificate.state_at(day) for day in life} == life
    assert replace(certificate, changes=()).state_at(date(2026, 12, 31)) is S.VALID
    assert replace(certificate, changes=()).state_at(date(2027, 1, 1)) is S.EXPIRED


@given(certificates(), days)
def test_it_is_valid_within_its_dates_unless_the_last_decision_says_otherwise(it: Certificate, day: date) -> None:
    within = (it.valid_from is None or it.valid_from <= day) and (it.valid_until is None or day <= it.valid_until)
    made = [change for change in it.changes if change.since <= day]
    stands = not made or made[-1].status is Decision.VALID
    assert (it.state_at(day) is S.VALID) == (within and stands)


@given(certificates(), days, days, st.sampled_from(Decision))
def test_what_is_decided_later_changes_nothing_before(it: Certificate, day: date, later: date, what: Decision) -> None:
    told = replace(it, changes=(*(c for c in it.changes if c.since <= day), Change(max(later, day + DAY), what)))
    known = replace(it, changes=tuple(c for c in it.changes if c.since <= day))
    assert told.state_at(day) is known.state_at(day)


@given(certificates(), st.data())
def test_the_order_in_which_decisions_are_written_says_nothing(it: Certificate, data: st.DataObject) -> None:
    day, shuffled = data.draw(days), data.draw(st.permutations(it.changes))
    assert replace(it, changes=tuple(shuffled)).state_at(day) is it.state_at(day)


@given(certificates(), days, st.integers(0, 5_000))
def test_withdrawn_is_for_good(it: Certificate, day: date, more: int) -> None:
    if it.state_at(day) is S.WITHDRAWN:
        assert it.state_at(day + timedelta(days=more)) is S.WITHDRAWN


@given(certificates(), days)
def test_it_ends_soon_only_while_it_holds(it: Certificate, day: date) -> None:
    soon = it.valid_until is not None and timedelta() <= it.valid_until - day <= timedelta(days=SOON)
    assert it.ends_soon(day) == (soon and it.state_at(day) is S.VALID)


@given(days, days, days)
def test_a_product_is_approved_from_its_first_day_through_its_last(one: date, other: date, day: date) -> None:
    first, last = sorted((one, other))
    state = Product(name="x", approved_from=first, approved_until=last).state_at(day)
    expected = ApprovalState.NOT_YET if day < first else ApprovalState.ENDED if day > last else ApprovalState.APPROVED
    assert state is expected
