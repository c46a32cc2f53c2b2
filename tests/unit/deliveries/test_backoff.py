"""Waiting before another attempt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.backoff import full_jitter


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0, max_value=1))
def test_no_wait_is_longer_than_the_longest_nor_than_its_doubled_limit(attempt, draw):
    wait = full_jitter(attempt, first=0.5, longest=10.0, draw=draw)
    assert 0 <= wait <= 10.0
    assert wait <= 0.5 * 2.0 ** min(attempt - 1, 60)


def test_the_limit_doubles_until_the_longest():
    assert [full_jitter(n, first=1.0, longest=10.0, draw=1.0) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_a_crowd_is_spread_down_to_no_wait_at_all():
    assert full_jitter(5, first=1.0, longest=10.0, draw=0.0) == 0
