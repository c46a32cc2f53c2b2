"""A time on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import click

from filiere_platform.domain.instant import microseconds


class Instant(click.ParamType[int]):
    """An RFC 3339 time with its zone, in microseconds since 1970; of a mere date, where taken, its start in UTC."""

    name = "time"

    def __init__(self, *, takes_dates: bool = False) -> None:
        self._takes_dates = takes_dates

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        try:
            instant = datetime.fromisoformat(str(value))
            if self._takes_dates and str(value) == instant.date().isoformat():
                instant = datetime.combine(date.fromisoformat(str(value)), time.min, UTC)
        except ValueError:
            self.fail(f"{value} is not a time such as 2026-03-04T05:06:07Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value} has no zone", param, ctx)
        return microseconds(instant)
