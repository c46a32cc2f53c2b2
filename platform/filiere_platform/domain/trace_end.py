"""What a trace reads of the graph: the ends of events, with the time and the words that decide a path.

The store hands over every object, party and place end of each event that touches an asked node in an object role,
as far as the viewer may see it; the search groups them by event again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

VIEWED: Final = 0  # in the place of a member: an end of a view, of which the member is not told


class Touch(NamedTuple):
    """What a transformation on which no step of an answer rests says of one of its objects."""

    log_index: int
    earliest: int
    latest: int
    role: int  # INPUT or OUTPUT
    quantity: Decimal | None
    uom: str | None


class TraceEnd(NamedTuple):
    """One end of one visible, not erroneous event; what stands in every end of an event is the event's own.

    `event_type`, `action` and `role` are the stored codes (`EventTypeCode`, `ActionCode`, `Role`); times are
    microseconds since 1970, both included.
    """

    log_index: int
    event_type: int
    action: int | None
    biz_step: str | None
    earliest: int
    latest: int
    member_id: int
    role: int
    node_id: int
    quantity: Decimal | None
    uom: str | None
    transformation_id: str | None = None
    since: int | None = None  # of an identity: from when on, and until when it holds
    until: int | None = None
