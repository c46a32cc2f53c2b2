"""The patterns of a profile: what they match is what Python's own would, in a time that no value can stretch."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.sectors.pattern import LONGEST_VALUE, InvalidPattern, Pattern

# Each of them takes Python's own expressions minutes at least on 40 characters.
ENDLESS = ("(a+)+b", "(a|aa)+b", "(a|a)*b", "(.*a){12}b", "(a*)*b", "((a?){30}){20}b", "([a-z]+)*[0-9]")
MOST_SECONDS = 0.5  # of this process
ATOMS = ("a", "b", "[ab]", "[^a]", ".", "(?:ab|a)", "(?:b|)")
REPEATS = ("", "?", "*", "+", "{2}", "{1,3}")


@pytest.mark.parametrize("source", ENDLESS)
def test_no_value_makes_a_pattern_search_for_long(source: str) -> None:
    pattern = Pattern(source)
    start = time.process_time()
    assert not any(pattern.fits("a" * length) for length in range(LONGEST_VALUE + 1))
    assert time.process_time() - start < MOST_SECONDS


def test_one_of_them_holds_pythons_own_up_so_that_the_rule_is_needed() -> None:
    start = time.process_time()
    assert re.fullmatch("(a+)+b", "a" * 22) is None
    assert time.process_time() - start > MOST_SECONDS / 10


@pytest.mark.parametrize("source", ["(", "[a", "a{2,1}", r"(a)\1", "(?=a)b", "(?<!a)b", r"(\pL{30}){30}", "*"])
def test_what_cannot_be_read_once_is_no_pattern(source: str) -> None:
    with pytest.raises(InvalidPattern):
        Pattern(source)


def test_a_value_that_is_too_long_fits_nothing() -> None:
    assert Pattern("a*").fits("a" * LONGEST_VALUE)
    assert not Pattern("a*").fits("a" * (LONGEST_VALUE + 1))


def test_the_whole_of_a_value_counts_and_not_a_part() -> None:
    pattern = Pattern("FR|FR-[0-9]{2}")
    assert pattern.fits("FR-75")
    assert not pattern.fits("FR-7")
    assert not pattern.fits("XFR")
    assert not pattern.fits("FR\n")


parts = st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS)).map("".join), min_size=1, max_size=4)


@given(parts.map("".join), st.lists(parts.map("".join), max_size=2), st.text("abé\n", max_size=8))
def test_it_says_what_pythons_own_expressions_say(source: str, others: list[str], value: str) -> None:
    source = "|".join([source, *others])
    assert Pattern(source).fits(value) == (re.fullmatch(source, value) is not None)
