"""A transformation into which nothing went, and a lot that goes into what it was made of, are told."""

from __future__ import annotations

import pytest

from builders.neighbourhoods import by, findings_of, judged
from builders.traces import Chain, Told, observed, packed, transformed
from filiere_platform.domain.neighbourhood import DAY
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.transformation_rules import LONGEST_LOOP, MOST_LOOKED_AT, turning_points

ONE_SIDED, LOOP = "output-without-input", "loop"
OUT = transformed("", "cheese rind", 5, transformation="run")


def test_outputs_of_a_transformation_without_inputs_are_told_of_each_event_once() -> None:
    (finding,) = findings_of(ONE_SIDED, OUT, days=2)
    assert (finding.subject, finding.log_index, finding.opens_at) == ("cheese", 0, 5 + 2 * DAY)
    more = transformed("", "whey", 6, transformation="run")
    assert judged(ONE_SIDED, OUT, more) == [("cheese", 0), ("whey", 1)]
    assert judged(ONE_SIDED, OUT, by(2, more), member=2) == [("whey", 1)]


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        (transformed("milk", "", 9, transformation="run"), False),
        (transformed("class:milk", "", 1, transformation="run"), False),
        (by(2, transformed("milk", "", 9, transformation="run")), False),
        (transformed("milk", "whey", 9, transformation="run"), False),
        (transformed("milk", "", 9, transformation="another run"), True),
        (transformed("milk", "cheese", 9), True),
    ],
    ids=["its inputs", "a product", "of another member", "both sides", "of another run", "of no run"],
)
def test_whoever_says_what_went_in_in_whatever_order_it_is_whole(other: Told, *, is_told: bool) -> None:
    for story in ((OUT, other), (other, OUT)):
        assert judged(ONE_SIDED, *story) == ([("cheese", story.index(OUT))] if is_told else [])


def test_inputs_that_may_be_hidden_let_nothing_be_concluded() -> None:
    assert judged(ONE_SIDED, OUT, open_transformations=["run"]) == []
    assert judged(ONE_SIDED, OUT, open_transformations=["another run"]) == [("cheese", 0)]


def way_of(story: tuple[Told, ...], **asked: object) -> dict[str, list[str]]:
    return {finding.subject: finding.evidence["loop"] for finding in findings_of(LOOP, *story, **asked)}


def test_a_loop_is_told_of_each_transformation_with_its_objects_whatever_the_times() -> None:
    story = (transformed("a", "b", 1), transformed("b salt", "c", 2), transformed("c", "a", 3))
    for told in (story, story[::-1]):
        assert way_of(told) == {"a": ["a", "b", "c"], "b": ["b", "c", "a"], "c": ["c", "a", "b"]}
    assert way_of((*story[:2], by(2, story[2])), member=2) == {"c": ["c", "a", "b"]}
    assert way_of((transformed("a", "a", 1),)) == {"a": ["a"]}
    parts = (transformed("a", "", 1, transformation="run"), transformed("", "b", 1, transformation="run"))
    assert way_of((*parts, transformed("b", "a", 2))) == {"a": ["a", "b"], "b": ["b", "a"]}


@pytest.mark.parametrize(
    "story",
    [
        (transformed("a", "b", 1), transformed("b", "c", 2), transformed("c", "d", 3)),
        (transformed("a", "b c", 1), transformed("b", "d", 2), transformed("c", "d", 3)),
        (transformed("a", "class:b", 1), transformed("class:b", "a", 2)),
        (transformed("a", "b", 1), packed("b", "a", 2)),
        (transformed("a", "b", 1), observed("b a", 2)),
    ],
    ids=["a chain", "apart and together", "by way of a product", "into a container", "beside each other"],
)
def test_what_does_not_come_around_is_no_loop(story: tuple[Told, ...]) -> None:
    assert judged(LOOP, *story) == []


def test_the_shortest_way_is_named_and_of_two_the_first_by_name() -> None:
    long = (transformed("a", "b", 1), transformed("b", "c", 2), transformed("c", "a", 3))
    assert way_of((*long, transformed("b", "a", 4)))["a"] == ["a", "b"]
    assert way_of((transformed("a", "z y", 1), transformed("z", "a", 2), transformed("y", "a", 3)))["a"] == ["a", "y"]


def test_a_loop_is_found_up_to_its_longest_length() -> None:
    def ring(length: int) -> list[Told]:
        return [transformed(f"l{n}", f"l{(n + 1) % length}", n) for n in range(length)]

    assert len(judged(LOOP, *ring(LONGEST_LOOP))) == LONGEST_LOOP
    assert judged(LOOP, *ring(LONGEST_LOOP + 1)) == []


def test_what_is_hidden_explains_no_loop_that_is_seen() -> None:
    story = (transformed("a", "b", 1), transformed("b", "a", 2))
    assert way_of(story, hidden=["a", "b"]) == {"a": ["a", "b"], "b": ["b", "a"]}


def test_a_search_for_loops_looks_at_so_many_objects_and_no_more() -> None:
    wide = " ".join(f"l{n}" for n in range(MOST_LOOKED_AT + 200))
    chain = Chain().tell(transformed("a", wide, 1), *(transformed(f"l{n}", f"m{n}", 2) for n in range(300)))
    assert turning_points(TraceGraph(chain), [chain.ids["a"]], [chain.ids["a"]]) == {chain.ids["a"]}
    assert len(set(chain.asked)) <= MOST_LOOKED_AT
