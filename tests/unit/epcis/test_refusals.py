"""What is refused, how it is said, and how much is taken."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import JSON, valid_events
from builders.events import (
    ABSENT,
    MILK_LOT,
    ONE_OF_EACH,
    an_object_event,
)
from builders.verdicts import refused, warned
from filiere_schemas.epcis.limits import DEEPEST, LONGEST_LIST, LONGEST_TEXT, MOST_FIELDS, MOST_PROBLEMS
from filiere_schemas.epcis.reading import InvalidEvent, Strictness, read_event

# --- What is refused, and how it is said --------------------------------------------------------------------------


def test_every_problem_of_an_event_is_told_at_once() -> None:
    event = an_object_event(
        eventTime="2026-06-12T05:40:00",
        eventTimeZoneOffset="+2:00",
        bizStep="shiping",
        epcList=["urn:epc:id:sgtin:952100X.000017.1", "no uri"],
        quantityList=[{"epcClass": MILK_LOT, "quantity": "12", "uom": "ZZ9"}, {"amount": 1, "note": "x"}],
        farm="Alpage",
    )
    assert refused(event) == {
        ("naive-event-time", "/eventTime"),
        ("bad-zone-offset", "/eventTimeZoneOffset"),
        ("unknown-word", "/bizStep"),
        ("epc-urn-form", "/epcList/0"),
        ("invalid-uri", "/epcList/1"),
        ("wrong-type", "/quantityList/0/quantity"),
        ("unknown-unit", "/quantityList/0/uom"),
        ("missing-field", "/quantityList/1"),
        ("unknown-field", "/quantityList/1/amount"),
        ("unknown-field", "/quantityList/1/note"),
        ("unknown-field", "/farm"),
    }


@pytest.mark.parametrize("field", ["@context", "type", "eventTime", "eventTimeZoneOffset", "action"])
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(an_object_event(**{field: ABSENT}))
    assert any(p.code == "missing-field" and p.values["field"] == field for p in caught.value.problems)


@pytest.mark.parametrize("value", [None, 1, "event", [], [an_object_event()], True])
def test_what_is_not_an_object_is_refused(value: Any) -> None:
    assert refused(value) == {("not-an-object", "")}


@pytest.mark.parametrize("found", ["QuantityEvent", "https://dairy.example/MilkingEvent", "objectEvent", 7, None, []])
def test_a_type_outside_the_five_is_refused(found: Any) -> None:
    assert refused(an_object_event(type=found)) == {("unknown-event-type", "/type")}


def test_a_pointer_escapes_what_a_pointer_must_escape() -> None:
    assert refused(an_object_event(**{"a/b~c": 1})) == {("unknown-field", "/a~1b~0c")}


@pytest.mark.parametrize("name", ["dairy:a b", "dairy:é", ":x", "1dairy:x"])
def test_a_badly_named_extension_is_refused(name: str) -> None:
    assert refused(an_object_event(**{name: 1})) == {("invalid-extension-name", f"/{name}")}


# --- Limits -------------------------------------------------------------------------------------------------------


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"dairy:in": value}
    return value


def test_nesting_is_taken_to_its_limit_and_refused_beyond_it() -> None:
    assert read_event(an_object_event(**{"dairy:deep": nested(DEEPEST - 1)}))
    assert {code for code, _ in refused(an_object_event(**{"dairy:deep": nested(DEEPEST)}))} == {
        "event-nested-too-deep"
    }


@pytest.mark.parametrize("levels", [200, 400])
def test_nesting_far_beyond_the_limit_is_refused_too(levels: int) -> None:
    assert {code for code, _ in refused(an_object_event(**{"dairy:deep": nested(levels)}))} == {"event-nested-too-deep"}


@pytest.mark.parametrize(
    ("at_limit", "beyond", "code"),
    [
        ({"dairy:text": "x" * LONGEST_TEXT}, {"dairy:text": "x" * (LONGEST_TEXT + 1)}, "text-too-long"),
        ({"dairy:list": [0] * LONGEST_LIST}, {"dairy:list": [0] * (LONGEST_LIST + 1)}, "list-too-long"),
        (
            {"dairy:object": {str(n): n for n in range(MOST_FIELDS)}},
            {"dairy:object": {str(n): n for n in range(MOST_FIELDS + 1)}},
            "too-many-fields",
        ),
    ],
)
def test_each_limit_is_taken_and_not_passed(at_limit: dict[str, Any], beyond: dict[str, Any], code: str) -> None:
    assert read_event(an_object_event(**at_limit))
    assert refused(an_object_event(**beyond)) == {(code, f"/{next(iter(beyond))}")}


def test_a_long_list_of_objects_is_refused() -> None:
    items = [f"urn:epc:id:sgtin:9521001.000017.{n}" for n in range(LONGEST_LIST + 1)]
    assert refused(an_object_event(epcList=items)) == {("list-too-long", "/epcList")}


def test_a_refusal_tells_at_most_a_hundred_problems() -> None:
    twice = range(MOST_PROBLEMS * 2)
    for event in (
        an_object_event(**{f"farm{n}": n for n in twice}),
        an_object_event(epcList=[f"urn:epc:id:sgtin:95210X1.000017.{n}" for n in twice]),
        an_object_event(epcList=[f"urn:epc:id:sgtin:95210X1.000017.{n}" for n in twice], farm=1),
    ):
        assert len(refused(event)) == MOST_PROBLEMS


def test_a_reading_gives_at_most_a_hundred_warnings() -> None:
    less = [{"epcClass": MILK_LOT, "quantity": -n} for n in range(1, MOST_PROBLEMS * 2)]
    assert len(warned(an_object_event(quantityList=less))) == MOST_PROBLEMS


# --- Anything at all ----------------------------------------------------------------------------------------------


@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    assert refused(value)


@given(valid_events(), st.data())
def test_an_event_with_any_field_replaced_by_any_json_is_read_or_refused(event: dict[str, Any], data: Any) -> None:
    field = data.draw(st.sampled_from(sorted(event)))
    damaged = event | {field: data.draw(JSON)}
    for strictness in Strictness:
        with contextlib.suppress(InvalidEvent):
            read_event(damaged, strictness=strictness)


# Values of other events, so that a damaged event is often a valid one.
STAND_INS = JSON | st.sampled_from([value for build in ONE_OF_EACH for value in build().values()])


@given(valid_events(), st.data())
def test_what_strict_reading_accepts_lenient_reading_accepts(event: dict[str, Any], data: Any) -> None:
    field = data.draw(st.sampled_from(sorted(event)))
    damaged = event | {field: data.draw(STAND_INS)}
    try:
        strict = read_event(damaged, strictness=Strictness.STRICT)
    except InvalidEvent:
        return
    assert read_event(damaged, strictness=Strictness.LENIENT) == strict
