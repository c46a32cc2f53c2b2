"""Who calls too often is slowed, alone; nobody escapes by a name that he makes up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.attempts import TooMany
from filiere_platform.domain.callers import AT_ONCE_SECONDS, MOST_SESSIONS, Callers, Rates, place_of

SECOND = 1_000_000
RATES = Rates(token=2, person=2, address=2)


def exhaust(take: object, *, now: int = 0, most: int = 1_000) -> int:
    """How many pass at one instant."""
    for count in range(most):
        try:
            take(now)  # type: ignore[operator]
        except TooMany:
            return count
    return most


def test_a_greedy_token_is_slowed_and_its_neighbour_is_not() -> None:
    callers = Callers(RATES)
    assert exhaust(lambda now: callers.take_token("a", now=now)) == 2 * AT_ONCE_SECONDS
    assert exhaust(lambda now: callers.take_token("b", now=now)) == 2 * AT_ONCE_SECONDS
    assert exhaust(lambda now: callers.take_token("a", now=now), now=SECOND) == 2


def test_a_made_up_session_counts_for_its_address_and_a_true_one_for_its_person() -> None:
    callers = Callers(RATES)
    callers.recognise("mine", "person:1")
    callers.recognise("also mine", "person:1")
    assert exhaust(lambda now: callers.take_visit(f"made up {now}", "192.0.2.1", now=now)) == 2 * AT_ONCE_SECONDS
    with pytest.raises(TooMany, match="Too many requests"):
        callers.take_visit("another one", "192.0.2.1", now=0)
    assert exhaust(lambda now: callers.take_visit("mine", "192.0.2.1", now=now)) == 2 * AT_ONCE_SECONDS
    with pytest.raises(TooMany):  # a second session is no second helping
        callers.take_visit("also mine", "192.0.2.9", now=0)
    callers.forget("mine")
    with pytest.raises(TooMany):
        callers.take_visit("mine", "192.0.2.1", now=0)


def test_sessions_that_are_remembered_are_bounded() -> None:
    callers = Callers(RATES)
    for number in range(MOST_SESSIONS + 10):
        callers.recognise(str(number), "person:1")
    assert len(callers._sessions) == MOST_SESSIONS


def test_a_rate_of_nothing_limits_nothing() -> None:
    callers = Callers(Rates(token=0, person=0, address=0))
    assert exhaust(lambda now: callers.take_token("a", now=now)) == 1_000
    assert exhaust(lambda now: callers.take_visit("", "192.0.2.1", now=now)) == 1_000


@given(low=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_all_addresses_of_one_customer_are_one(low: int, other: int) -> None:
    import ipaddress

    network = int(ipaddress.IPv6Address("2001:db8:1:2::"))
    first, second = (str(ipaddress.IPv6Address(network + part)) for part in (low, other))
    assert place_of(first) == place_of(second) == "2001:db8:1:2::/64"
    assert place_of("2001:db8:1:3::1") != place_of(first)


def test_an_address_is_one_however_it_is_written() -> None:
    assert place_of("192.0.2.1") == place_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert place_of("fe80::1%eth0") == "fe80::/64"
    for odd in ("", "testclient", "a:b", "::1::"):
        assert place_of(odd) == odd


def test_counting_costs_some_microseconds() -> None:
    callers, rounds = Callers(Rates(token=1e6, person=1e6, address=1e6)), 20_000
    began = time.process_time()
    for number in range(rounds):
        callers.take_token("0a1b2c3d4e5f", now=number)
        callers.take_visit("", "2001:db8::1", now=number)
    assert (time.process_time() - began) / rounds < 100e-6  # two of them; measured: below ten
