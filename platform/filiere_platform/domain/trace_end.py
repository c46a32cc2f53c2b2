"""What a trace reads of the graph: the ends of events, with the time and the words that decide a path.

The store hands over every object, party and place end of each event that touches an asked node in an object role,
as far as the viewer may see it; the search groups them by event again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, NamedTuple

from filiere_platform.domain.record import Role

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


# Log index, ordinal, node, role, quantity and unit of an end.
EndOfTouch = tuple[Any, ...]


def touches_by_node(
    rows: Iterable[EndOfTouch],
    opened: Iterable[TraceEnd],
    times: Mapping[int, tuple[int, int]],
    nodes: Collection[int],
) -> dict[int, list[Touch]]:
    """Give, by node, what transformations say of it.

    Args:
        rows: the ends of such nodes, in any order.
        opened: all ends of those events of which some amount is in no row; they stand in the place of the rows.
        times: of the events, by log index.
        nodes: that are asked for.
    """
    told = list(opened)
    apart = {end.log_index for end in told}
    found: dict[int, list[Touch]] = {}
    for index, _, node, role, quantity, uom in sorted(rows, key=_IN_EVENT):
        if index not in apart:
            found.setdefault(node, []).append(Touch(index, *times[index], role, quantity, uom))
    for end in told:
        if end.node_id in nodes and Role.INPUT <= end.role <= Role.OUTPUT:
            touch = Touch(end.log_index, end.earliest, end.latest, end.role, end.quantity, end.uom)
            found.setdefault(end.node_id, []).append(touch)
    return found


_IN_EVENT = itemgetter(0, 1)
