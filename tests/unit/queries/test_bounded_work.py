"""A question makes as much work as one request may, however many patterns, alternatives and identifiers there are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from builders.events import CHEESE, CONTEXT, an_object_event
from filiere_platform.domain import event_walk
from filiere_platform.domain.comparison import Comparison, Operator, scalar_of, scalar_of_text
from filiere_platform.domain.epcis_parameters import MOST_PATTERNS, read_parameters
from filiere_platform.domain.event_matching import states, work_of
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.event_walk import Looked, Place, walk
from filiere_platform.domain.query_sentences import TOO_MANY_PATTERNS
from filiere_platform.domain.shown_event import ShownEvent
from filiere_schemas.epcis.building import Builder
from filiere_schemas.epcis.context import Context
from filiere_schemas.problems import Refusal


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was compiled."""
    made: list[Any] = []
    make = re.compile

    def compile_(pattern: Any, *flags: Any) -> re.Pattern[str]:
        made.append(pattern)
        return make(pattern, *flags)

    monkeypatch.setattr(re, "compile", compile_)
    return made


def patterns(first: int, count: int) -> str:
    return "|".join(f"urn:epc:idpat:sgtin:9521001.{number:06d}.*" for number in range(first, first + count))


def shown(*epcs: str) -> ShownEvent:
    event = an_object_event(epcList=[*epcs])
    return ShownEvent(event=Builder(Context(CONTEXT)).event(event), namespaces={})


def test_patterns_are_one_expression_that_no_identifier_makes_anew(compiled: list[Any]) -> None:
    query = read_parameters([("MATCH_epc", patterns(0, MOST_PATTERNS - 1)), ("MATCH_anyEPC", patterns(31, 1))])
    made = [each for each in compiled if "id\\.gs1" in each]
    assert len(made) == len(query.conditions)
    compiled.clear()
    assert states(shown(*(CHEESE.format(serial=number) for number in range(5))), query)
    assert not states(shown("urn:epc:id:sgtin:9521001.000099.1"), query)
    assert [each for each in compiled if "id\\.gs1" in each] == []


@pytest.mark.parametrize(
    "asked",
    [
        [("MATCH_epc", patterns(0, 900))],
        [("MATCH_epc", patterns(0, MOST_PATTERNS)), ("MATCH_parentID", patterns(60, 1))],
        [("MATCH_epcClass", "|".join(f"urn:epc:idpat:sgtin:9521{n:03}.*.*" for n in range(51)))],
    ],
)
def test_too_many_patterns_are_refused(compiled: list[Any], asked: list[tuple[str, str]]) -> None:
    with pytest.raises(Refusal) as refused:
        read_parameters(asked)
    assert [problem.sentence for problem in refused.value.problems] == [TOO_MANY_PATTERNS]
    assert len([each for each in compiled if "id\\.gs1" in each]) < len(asked)


class Counted(str):
    """A text that counts with how many others it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_an_alternative_is_looked_up_and_not_searched_for() -> None:
    wanted = Comparison(Operator.EQ, tuple(f"key {number}" for number in range(1_000)))
    assert wanted.holds(Counted("key 999"))
    assert not wanted.holds(Counted("key"))
    assert Counted.compared < 5


@pytest.mark.parametrize(
    ("stated", "asked", "holds"),
    [
        ("007", "007", True),
        ("007", "7", False),
        (7, "7.0", True),
        (7, "007", True),
        ("7.0", "7", False),
        (True, "true", True),
        ("2026-01-05T01:00:00+01:00", "2026-01-05T00:00:00Z", True),
        ("2026-01-05", "2026-01-05T00:00:00Z", True),
        (1, "2026-01-05", False),
    ],
)
def test_what_equals_what_is_as_before(stated: Any, asked: str, *, holds: bool) -> None:
    value = scalar_of(stated)
    assert value is not None
    assert Comparison(Operator.EQ, (scalar_of_text("other"), scalar_of_text(asked))).holds(value) is holds


def test_a_page_ends_where_the_work_of_one_request_is_done_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = EventQuery(conditions=read_parameters([("EQ_quantity", "1"), ("MATCH_epc", patterns(0, 1))]).conditions)
    monkeypatch.setattr(event_walk, "MOST_WORK", work_of(query, 1_000) * 3)
    looked: list[int] = []

    def find(behind: Place | None, size: int) -> list[Place]:
        first = 0 if behind is None else behind.log_index + 1
        return [Place(None, index) for index in range(first, min(10, first + size))]

    def look(indexes: Collection[int]) -> Iterator[Looked]:
        for index in indexes:
            looked.append(index)
            yield Looked(is_wanted=index % 4 == 0, work=work_of(query, 1_000))

    found, behind = [], None
    for _ in range(4):
        before = len(looked)
        page = walk(find, look, 30, behind)
        assert len(looked) - before <= 3
        found += [place.log_index for place in page.found]
        behind = page.reached
        if behind is None:
            break
    assert (found, looked, behind) == ([0, 4, 8], [*range(10)], None)
