"""Instants as the platform counts them: integer microseconds since 1970, UTC, exact in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Count an aware instant in microseconds since 1970, exactly."""
    return (instant - EPOCH) // MICROSECOND


def moment(microseconds: int) -> datetime:
    """Give the aware instant, in UTC, of microseconds since 1970."""
    return EPOCH + microseconds * MICROSECOND


def iso_instant(microseconds: int) -> str:
    """Write microseconds since 1970 as RFC 3339 in UTC, to the millisecond (EPCIS 2.0, 7.3.1: at least that)."""
    return moment(microseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
