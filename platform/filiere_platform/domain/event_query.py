"""What somebody asks for when he asks for events: conditions that must all hold, and a page.

A query says nothing of who asks: the gate adds that, and nothing is read without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from filiere_platform.domain.record import Role

FROM_THE_BEGINNING = -1  # the log index before the first


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Conditions on events; an empty one does not restrict. Times are microseconds since 1970, UTC.

    `matches` holds one entry per condition on ends: an event meets it if any of the keys (canonical) is one of its
    ends in any of the roles. Pages are in log order: `after` is the last log index of the page before.
    """

    matches: tuple[tuple[frozenset[Role], tuple[str, ...]], ...] = ()
    event_types: tuple[int, ...] = ()
    actions: tuple[int, ...] = ()
    biz_steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()
    event_from: int | None = None  # event time, included
    event_before: int | None = None  # event time, excluded
    record_from: int | None = None  # time of storage, included
    record_before: int | None = None  # time of storage, excluded
    after: int = FROM_THE_BEGINNING
    limit: int = 30

    def with_limit(self, limit: int) -> EventQuery:
        """The same question with another page size."""
        return replace(self, limit=limit)
