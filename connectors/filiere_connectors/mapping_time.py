"""When an event happened: a date, perhaps a time of day, and the clock that they were read from.

Nobody invents a time. A source that gives a day gives a day: the event says so with `filiere:eventTimePrecision`, and
a time without seconds is known to the minute. An hour that came twice is known to the day.

Source: GS1 EPCIS 2.0, 7.4.1 (eventTime, eventTimeZoneOffset); IANA time zone database.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from filiere_connectors import cell_sentences as sentences
from filiere_connectors.flow import Flow, Value
from filiere_connectors.mapping_values import Gathered, compile_value
from filiere_connectors.problem import RowProblem
from filiere_connectors.readers import Unreadable
from filiere_connectors.sources.table import Layout, Row
from filiere_schemas.problems import Problem

EARLIEST_YEAR = 1970  # an earlier year is a slip of the hand, and offsets of old zones have seconds

ReadTime = Callable[[Row, Gathered], "dict[str, Any] | None"]


def is_zone(name: str) -> bool:
    """Tell whether a zone's name is known."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def compile_time(flow: Flow, day: Value, clock: Value | None, layout: Layout) -> ReadTime:
    """Compile the time of an event: its EPCIS members, None after a complaint."""
    read_day = compile_value(flow, day, layout)
    read_clock = None if clock is None else compile_value(flow, clock, layout)

    def read(row: Row, gathered: Gathered) -> dict[str, Any] | None:
        found = read_day(row, gathered)
        if not isinstance(found, date):
            return None
        hour = None if read_clock is None else read_clock(row, gathered)
        if isinstance(hour, time):
            found = datetime.combine(found, hour)
        try:
            return dict(time_members(found, day.zone))
        except Unreadable as error:
            gathered.complain(row, day.column, error)
            return None

    def noted(row: Row, gathered: Gathered) -> dict[str, Any] | None:
        members = read(row, gathered)
        if members is not None and members.pop("ambiguous", None):
            values = {"found": row.value(day.column) if day.column else "", "zone": day.zone}
            note = Problem(sentence=sentences.TIME_AMBIGUOUS, values=values, level="warning")
            gathered.notes.append(RowProblem(problem=note, place=row.place(day.column)))
        return members

    return noted


@lru_cache(maxsize=4096)  # a file holds few days and many rows
def time_members(found: date | datetime, zone: str) -> dict[str, Any]:
    """Write a time, or a day, as the members of an event; `ambiguous` where an hour came twice and the day is kept.

    Raises:
        Unreadable: no clock of the zone showed this time, or it is before 1970.
    """
    if found.year < EARLIEST_YEAR:
        raise Unreadable(sentences.NOT_A_DATE, found=found.isoformat(), expected=f">= {EARLIEST_YEAR}")
    rules = ZoneInfo(zone)
    if not isinstance(found, datetime):
        return _written(datetime.combine(found, time(), rules), "day")
    if found.tzinfo is not None:
        return _written(found.astimezone(rules), None)
    local = found.replace(tzinfo=rules)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        if local.astimezone(UTC).astimezone(rules).replace(tzinfo=None) != found:
            raise Unreadable(sentences.TIME_ABSENT, found=found, zone=zone)
        return _written(datetime.combine(found.date(), time(), rules), "day") | {"ambiguous": True}
    return _written(local, "second" if found.second or found.microsecond else "minute")


def _written(local: datetime, precision: str | None) -> dict[str, Any]:
    text = local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")
    members: dict[str, Any] = {"eventTime": text, "eventTimeZoneOffset": text[-6:]}
    return members if precision is None else members | {"filiere:eventTimePrecision": precision}
