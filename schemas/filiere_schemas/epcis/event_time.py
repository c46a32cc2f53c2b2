"""Instants as EPCIS writes them, and event times that are only known to the day or the minute.

An instant is read to the microsecond; further digits are cut in the value and kept in the text. Nobody invents a
time: a source that knows a day says so with the extension `eventTimePrecision` of the namespace `urn:filiere:ns:`
and the event's time is then the whole of that day where it happened.

Doubts decided here:
- A leap second (23:59:60 UTC) counts as the last microsecond of its minute, which keeps the order of events.
- Midnight as 24:00:00 is refused: RFC 3339 has no such hour, and systems disagree on its day.
- The year 0 and instants that leave the years 1 to 9999 in UTC are refused: no calendar here holds them.

Source: RFC 3339, section 5.6; GS1 EPCIS 2.0, 7.4.1 (eventTime, eventTimeZoneOffset).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Final

from filiere_schemas.epcis.event import EventTime

NAIVE: Final = re.compile(r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?", re.ASCII)
_LEAP: Final = re.compile(r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:)60(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_MICROSECOND: Final = timedelta(microseconds=1)


class Precision(StrEnum):
    """How exactly an event time is known: to a unit of the local calendar, or exactly."""

    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"
    MILLISECOND = "millisecond"
    EXACT = "exact"


_UNITS: Final[dict[Precision, timedelta]] = {
    Precision.DAY: timedelta(days=1),
    Precision.HOUR: timedelta(hours=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(seconds=1),
    Precision.MILLISECOND: timedelta(milliseconds=1),
}
DECLARABLE: Final = tuple(_UNITS)
LONGEST_UNIT: Final = max(_UNITS.values())


def is_leap_second(text: str) -> bool:
    """Tell whether an instant is written as a leap second."""
    return ":60" in text and _LEAP.fullmatch(text) is not None


def read_instant(text: str) -> datetime:
    """Read an RFC 3339 instant as UTC.

    Raises:
        ValueError: the text has no zone, is not an instant, or leaves the years 1 to 9999.
    """
    leap = _LEAP.fullmatch(text) if ":60" in text else None
    plain = f"{leap[1]}59.999999{leap[2]}" if leap else text
    try:
        instant = datetime.fromisoformat(plain.upper())
        if instant.tzinfo is None:
            raise ValueError(f"an instant without a zone: {text}")
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"an instant beyond the years 1 to 9999: {text}") from None


def read_event_time(text: str, *, offset: str, precision: Precision = Precision.EXACT) -> EventTime:
    """Read an event time as the interval of instants that it may mean.

    Args:
        text: the event time as sent, RFC 3339.
        offset: the event's own zone offset, ±HH:MM; the calendar unit is cut in it.
        precision: the unit to which the time is known.

    Raises:
        ValueError: the text is not an instant, or the interval leaves the years 1 to 9999.
    """
    instant = read_instant(text)
    if precision is Precision.EXACT:
        return EventTime(given=text, earliest=instant, latest=instant, offset=offset, precision=precision)
    unit = _UNITS[precision]
    try:
        local = instant.astimezone(_zone(offset))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        earliest = (local - (local - midnight) % unit).astimezone(UTC)
        latest = earliest + (unit - _MICROSECOND)
    except OverflowError:
        raise ValueError(f"an interval beyond the years 1 to 9999: {text}") from None
    return EventTime(given=text, earliest=earliest, latest=latest, offset=offset, precision=precision)


@lru_cache(maxsize=2048)  # There are 1,682 offsets from -14:00 to +14:00, both signs of zero included.
def _zone(offset: str) -> timezone:
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
