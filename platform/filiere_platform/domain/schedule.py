"""When a scheduled query runs: fields as cron has them, in UTC, and the next instant that all of them match.

Every field that is given must match, the day of the month and that of the week both. A field finer than the finest one
that is given takes its first value, as the standard's own example has it (`hour` 1 and `minute` 5: once, at 01:05:00);
any other is free. A day's fields alone mean midnight.
Source: EPCIS 2.0, 8.2.5.3 (query schedule: numbers, [a-b] ranges, lists of both); 1 is Monday.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from filiere_platform.domain import subscription_sentences as say
from filiere_platform.domain.instant import microseconds, moment
from filiere_schemas.problems import Problem, Refusal

# By field, the least and the largest value.
FIELDS: Final[Mapping[str, tuple[int, int]]] = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
_OF_CLOCK: Final = ("second", "minute", "hour")
LONGEST_FIELD: Final = 300  # characters: every minute of an hour, one by one, has 169
# 29 February falls on a given day of the week once in 28 years, or in 40 across a year like 2100.
_MOST_DAYS: Final = 41 * 366
_ELEMENT: Final = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What must match: the allowed values of each field, in order."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, instant: int) -> int | None:
        """Give the first instant behind one that matches, both in microseconds since 1970; None: there is none."""
        start = moment(instant).replace(microsecond=0) + timedelta(seconds=1)
        day, since = start.date(), start.time()
        for _ in range(_MOST_DAYS):
            found = self._first_of_day(since) if self._has(day) else None
            if found is not None:
                return microseconds(datetime.combine(day, found, UTC))
            day, since = day + _DAY, time.min
        return None

    def _has(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() in self.weekdays

    def _first_of_day(self, since: time) -> time | None:
        for hour in self.hours[bisect_left(self.hours, since.hour) :]:
            minute_from = since.minute if hour == since.hour else 0
            for minute in self.minutes[bisect_left(self.minutes, minute_from) :]:
                second_from = since.second if (hour, minute) == (since.hour, since.minute) else 0
                place = bisect_left(self.seconds, second_from)
                if place < len(self.seconds):
                    return time(hour, minute, self.seconds[place])
        return None


def read_schedule(given: Mapping[str, Any]) -> Schedule:
    """Read the fields of a schedule.

    Raises:
        Refusal: code `subscription-schedule`, naming each field that is unknown or malformed, or that none is given.
        Refusal: code `subscription-never`: no day has all of it.
    """
    problems = [_problem(name, given[name]) for name in given if name not in FIELDS]
    values: dict[str, tuple[int, ...]] = {}
    for name in FIELDS:
        if name in given:
            found = _read_field(name, given[name])
            problems += [] if found else [_problem(name, given[name])]
            values[name] = found
    if problems or not values:
        raise Refusal(problems or [_problem("schedule", "")])
    schedule = _complete(values)
    if schedule.next_after(0) is None:
        raise Refusal([Problem(sentence=say.SCHEDULE_NEVER, pointer="/schedule")])
    return schedule


def _complete(values: Mapping[str, Sequence[int]]) -> Schedule:
    finest = next((place for place, name in enumerate(_OF_CLOCK) if name in values), len(_OF_CLOCK))

    def of(name: str) -> tuple[int, ...]:
        if name in values:
            return tuple(values[name])
        least, most = FIELDS[name]
        is_finer = name in _OF_CLOCK and _OF_CLOCK.index(name) < finest
        return (least,) if is_finer else tuple(range(least, most + 1))

    return Schedule(
        seconds=of("second"),
        minutes=of("minute"),
        hours=of("hour"),
        days=frozenset(of("dayOfMonth")),
        months=frozenset(of("month")),
        weekdays=frozenset(of("dayOfWeek")),
    )


def _read_field(name: str, value: Any) -> tuple[int, ...]:
    """Read the values of a field, in order; none where it is malformed. A number is written without quotes, too."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    least, most = FIELDS[name]
    found: set[int] = set()
    for part in text.split(",") if len(text) <= LONGEST_FIELD else [""]:
        element = _ELEMENT.fullmatch(part.strip(" "))
        if element is None:
            return ()
        low, high = int(element[1] or element[2]), int(element[1] or element[3])
        if not least <= low <= high <= most:
            return ()
        found.update(range(low, high + 1))
    return tuple(sorted(found))


def _problem(name: str, found: Any) -> Problem:
    least, most = FIELDS.get(name, (None, None))
    expected = ", ".join(FIELDS) if least is None else f"{least}..{most}: 1, [3-5], 1,[3-5]"
    values = {"name": name, "found": str(found)[:LONGEST_FIELD], "expected": expected}
    return Problem(sentence=say.SCHEDULE_MALFORMED, pointer=f"/schedule/{name}", values=values)
