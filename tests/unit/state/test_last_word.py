"""Who has the last word, compared with every choice of instants that the intervals allow."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.last_word import LastWord, Said, any_of, last_word

NOTHING = "nothing"


@st.composite
def statements(draw: st.DrawFn) -> list[Said[str]]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, 6))
        last = draw(st.integers(first, 6))
        found.append(Said(draw(st.sampled_from("abc")), number, first, last, draw(st.booleans())))
    return found


def in_every_world(said: list[Said[str]], at: int) -> set[str]:
    """The last values of all worlds: each statement at one instant, those that may not apply also left out."""
    choices = [[*range(each.earliest, each.latest + 1), *([] if each.sure else [None])] for each in said]
    found = set()
    for instants in product(*choices):
        made = [
            (when, each.value) for when, each in zip(instants, said, strict=True) if when is not None and when <= at
        ]
        last = max((when for when, _ in made), default=None)
        found |= {value for when, value in made if when == last} or {NOTHING}
    return found


def possible(word: LastWord[str]) -> set[str]:
    return {value for value, _ in word.values} | ({NOTHING} if word.perhaps_nothing else set())


@given(statements(), st.integers(-1, 7))
def test_it_is_what_every_choice_of_instants_allows(said: list[Said[str]], at: int) -> None:
    word = last_word(said, at)
    worlds = in_every_world(said, at)
    assert possible(word) == worlds
    assert word.is_certain == (len(worlds) == 1)


@given(statements(), st.integers(-1, 7))
def test_every_value_names_only_events_that_say_it(said: list[Said[str]], at: int) -> None:
    for value, events in last_word(said, at).values:
        assert events
        assert {said[event].value for event in events} == {value}


def test_the_likeliest_is_what_was_said_last() -> None:
    word = last_word([Said("a", 1, 0, 9), Said("b", 2, 5, 8)], 20)
    assert [value for value, _ in word.values] == ["a", "b"]


@given(st.lists(st.tuples(st.sets(st.booleans()), st.booleans()), max_size=4))
def test_one_ground_is_enough_and_without_any_it_does_not_hold(said: list[tuple[set[bool], bool]]) -> None:
    grounds = [
        LastWord(values=tuple((value, ()) for value in values), perhaps_nothing=nothing or not values)
        for values, nothing in said
    ]
    worlds = {
        any(choice)
        for choice in product(*([*values, *([False] if nothing or not values else [])] for values, nothing in said))
    }
    assert {value for value, _ in any_of(grounds).values} == worlds
