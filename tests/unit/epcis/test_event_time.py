"""Event times: exact instants, intervals of a declared precision, and what no calendar holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import MOMENTS, OFFSETS, instants
from filiere_schemas.epcis.event_time import DECLARABLE, Precision, is_leap_second, read_event_time, read_instant

UNITS = {
    Precision.DAY: timedelta(days=1),
    Precision.HOUR: timedelta(hours=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(seconds=1),
    Precision.MILLISECOND: timedelta(milliseconds=1),
}


@given(instants(), OFFSETS)
def test_an_exact_time_is_one_instant_and_keeps_its_text(text: str, offset: str) -> None:
    time = read_event_time(text, offset=offset)
    assert time.earliest == time.latest == read_instant(text)
    assert time.given == text
    assert time.earliest.utcoffset() == timedelta(0)
    assert time.precision == Precision.EXACT


@given(MOMENTS, OFFSETS)
def test_an_instant_is_read_as_it_was_written_at_any_offset(moment: datetime, offset: str) -> None:
    minutes = int(offset[1:3]) * 60 + int(offset[4:])
    shift = timedelta(minutes=-minutes if offset[0] == "-" else minutes)
    text = (moment + shift).strftime("%Y-%m-%dT%H:%M:%S.%f") + offset
    assert read_instant(text) == moment


@given(instants(), OFFSETS, st.sampled_from(DECLARABLE))
def test_an_imprecise_time_is_the_calendar_unit_that_holds_it(text: str, offset: str, precision: Precision) -> None:
    time = read_event_time(text, offset=offset, precision=precision)
    instant = read_instant(text)
    assert time.earliest <= instant <= time.latest
    assert time.latest - time.earliest == UNITS[precision] - timedelta(microseconds=1)
    # Both ends stand on the unit's boundary in the event's own offset, and the next microsecond is another unit.
    next_unit = read_event_time(
        (time.latest + timedelta(microseconds=1)).isoformat(), offset=offset, precision=precision
    )
    assert next_unit.earliest == time.latest + timedelta(microseconds=1)


def test_a_day_is_the_day_where_it_happened() -> None:
    time = read_event_time("2026-03-05T23:30:00Z", offset="+01:00", precision=Precision.DAY)
    assert time.earliest == datetime(2026, 3, 5, 23, 0, tzinfo=UTC)
    assert time.latest == datetime(2026, 3, 6, 22, 59, 59, 999999, tzinfo=UTC)


def test_digits_beyond_the_microsecond_are_cut_and_kept_in_the_text() -> None:
    time = read_event_time("2026-03-05T10:00:00.1234569Z", offset="+00:00")
    assert time.earliest == datetime(2026, 3, 5, 10, 0, 0, 123456, tzinfo=UTC)
    assert time.given == "2026-03-05T10:00:00.1234569Z"


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60.5+01:00"])
def test_a_leap_second_is_the_last_microsecond_of_its_minute(text: str) -> None:
    assert is_leap_second(text)
    assert read_instant(text) == datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05T10:00:00",
        "2026-03-05",
        "2026-02-30T10:00:00Z",
        "2026-03-05T24:00:00Z",
        "2026-03-05T23:59:61Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "yesterday",
        "",
    ],
)
def test_what_is_not_an_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_instant(text)


@pytest.mark.parametrize("text", ["9999-12-31T23:30:00Z", "0001-01-01T00:30:00Z"])
def test_an_interval_that_leaves_the_calendar_is_refused(text: str) -> None:
    assert read_instant(text)
    with pytest.raises(ValueError, match="beyond the years"):
        read_event_time(text, offset="-01:00" if text.startswith("0001") else "+01:00", precision=Precision.DAY)
