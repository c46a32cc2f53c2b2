"""What stands in a spool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The rows that a record speaks for."""

    flow: str
    source_key: str
    file: str
    sheet: str | None
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What some rows last said."""

    content: bytes
    revision: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A record in the spool."""

    seq: int
    sha256: bytes
    envelope: bytes
    event_id: str
    origin: Origin
    log_index: int | None = None
    kind: str | None = None
    state: str = "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the platform said of one record: `kind` is the log entry's, None where nothing is in the log."""

    seq: int
    state: str
    log_index: int | None
    kind: str | None
    stored_at: int | None  # microseconds since 1970
    problem: dict[str, Any] | None = None
    revives: int | None = None  # the place of a record that was discarded and turned out to be stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Rows that wait for somebody."""

    number: int
    flow: str
    source_key: str
    file: str
    sheet: str | None
    row: int
    code: str
    problems: list[dict[str, Any]]
    since: int
    seq: int | None
    discarded: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How sending goes."""

    failures: int
    next_at: int  # microseconds since 1970
    last_error: str | None
    log_size: int
    log_root: bytes | None
