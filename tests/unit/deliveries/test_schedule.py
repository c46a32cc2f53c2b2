"""When a schedule runs next: every field matches, nothing is passed over, and what never runs is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiere_platform.domain.instant import microseconds, moment
from filiere_platform.domain.schedule import FIELDS, read_schedule
from filiere_schemas.problems import Refusal

SECOND = 1_000_000


def at(text: str) -> int:
    return microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("fields", "after", "expected"),
    [
        # The standard's own: once, at 01:05:00.
        ({"hour": "1", "minute": "5"}, "2026-03-04T01:04:59.999999", "2026-03-04T01:05:00"),
        ({"hour": "1", "minute": "5"}, "2026-03-04T01:05:00", "2026-03-05T01:05:00"),
        ({"minute": "5"}, "2026-03-04T01:05:00", "2026-03-04T02:05:00"),
        ({"hour": "6"}, "2026-03-04T06:30:00", "2026-03-05T06:00:00"),
        ({"second": "0,30"}, "2026-03-04T23:59:45", "2026-03-05T00:00:00"),
        ({"second": "[10-12],40"}, "2026-03-04T01:05:12", "2026-03-04T01:05:40"),
        ({"dayOfWeek": "1"}, "2026-03-04T00:00:00", "2026-03-09T00:00:00"),  # Monday
        ({"dayOfWeek": "7", "hour": "12"}, "2026-03-04T00:00:00", "2026-03-08T12:00:00"),  # Sunday
        ({"dayOfMonth": "31", "hour": "0"}, "2026-04-01T00:00:00", "2026-05-31T00:00:00"),
        ({"dayOfMonth": "29", "month": "2"}, "2096-03-01T00:00:00", "2104-02-29T00:00:00"),
        ({"month": "1"}, "2026-12-31T23:59:59", "2027-01-01T00:00:00"),
        ({"minute": 5, "second": 7}, "2026-03-04T01:04:00", "2026-03-04T01:05:07"),
    ],
)
def test_the_next_time_is_the_first_that_has_every_field(fields: dict[str, Any], after: str, expected: str) -> None:
    found = read_schedule(fields).next_after(at(after))
    assert found is not None
    assert moment(found) == moment(at(expected))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "subscription-schedule"),
        ({"second": "60"}, "subscription-schedule"),
        ({"hour": "24"}, "subscription-schedule"),
        ({"dayOfMonth": "0"}, "subscription-schedule"),
        ({"dayOfWeek": "8"}, "subscription-schedule"),
        ({"minute": "[5-3]"}, "subscription-schedule"),
        ({"minute": "5-7"}, "subscription-schedule"),
        ({"minute": "*"}, "subscription-schedule"),
        ({"minute": ""}, "subscription-schedule"),
        ({"minute": "1,"}, "subscription-schedule"),
        ({"minute": True}, "subscription-schedule"),
        ({"minute": ["1"]}, "subscription-schedule"),
        ({"minute": "1," * 200 + "1"}, "subscription-schedule"),
        ({"year": "2026"}, "subscription-schedule"),
        ({"dayOfMonth": "31", "month": "2,4,6,9,11"}, "subscription-never"),
    ],
)
def test_what_is_no_schedule_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_schedule(fields)
    assert refused.value.problems[0].code == code


def written(name: str) -> st.SearchStrategy[str]:
    least, most = FIELDS[name]
    numbers = st.integers(least, most)
    element = numbers.map(str) | st.tuples(numbers, numbers).map(lambda pair: "[{}-{}]".format(*sorted(pair)))
    return st.lists(element, min_size=1, max_size=3).map(",".join)


def values(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.strip("[]").partition("-")
        found.update(range(int(low), int(high or low) + 1))
    return found


INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - made aware at once
    lambda naive: microseconds(naive.replace(tzinfo=UTC))
)
CLOCK = ("second", "minute", "hour")


@settings(max_examples=40)
@given(st.data(), INSTANTS)
def test_of_a_clock_s_fields_the_next_time_is_what_a_search_of_every_second_finds(
    data: st.DataObject, after: int
) -> None:
    names = data.draw(st.sets(st.sampled_from(CLOCK), min_size=1))
    fields = {name: data.draw(written(name)) for name in names}
    finest = min(CLOCK.index(name) for name in names)
    found = read_schedule(fields).next_after(after)
    assert found is not None
    assert found > after
    instant = moment(after).replace(microsecond=0)
    for _ in range(86_401):
        instant += timedelta(seconds=1)
        shown = {"second": instant.second, "minute": instant.minute, "hour": instant.hour}
        if all(
            shown[n] in values(fields[n]) if n in fields else CLOCK.index(n) > finest or not shown[n] for n in CLOCK
        ):
            break
    assert moment(found) == instant


@settings(max_examples=50)
@given(st.data(), INSTANTS)
def test_runs_follow_each_other_and_each_day_that_runs_matches(data: st.DataObject, after: int) -> None:
    fields = {name: data.draw(written(name)) for name in ("dayOfWeek", "hour")} | {"month": "[1-12]"}
    schedule = read_schedule(fields)
    for _ in range(5):
        following = schedule.next_after(after)
        assert following is not None
        assert following > after
        instant = moment(following)
        assert instant.isoweekday() in values(fields["dayOfWeek"])
        assert instant.hour in values(fields["hour"])
        # Nothing lies between: what is asked a second before is answered the same.
        assert schedule.next_after(following - SECOND) == following
        after = following
