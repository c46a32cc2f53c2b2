"""A request for access to what is behind a sealed node, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_PURPOSE = 2_000  # characters


class AccessState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Who asks for which record, met at which object, for what purpose. Times are microseconds since 1970."""

    id: str  # random: it tells nothing of how many there are
    asker_id: int
    owner_id: int
    log_index: int
    node_id: int
    purpose: str
    asked_at: int
    state: AccessState = AccessState.OPEN
    answered_at: int | None = None
