"""What a trace reads of the graph: the ends of events, with the time and the words that decide a path.

The store hands over every object, party and place end of each event that touches an asked node in an object role,
as far as the viewer may see it; the search groups them by event again.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Final, NamedTuple

from filiere_platform.domain.record import Role

VIEWED: Final = 0  # in the place of a member: an end of a view, of which the member is not told


class Touches(NamedTuple):
    """What transformations on which no step of an answer rests say of one of its objects, in the log's order.

    Columns of one length each; a role is INPUT or OUTPUT.
    """

    log_index: Sequence[int]
    earliest: Sequence[int]
    latest: Sequence[int]
    role: Sequence[int]
    quantity: Sequence[Decimal | None]
    uom: Sequence[str | None]


NO_TOUCHES: Final = Touches((), (), (), (), (), ())


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


# Node, log index, ordinal, role, quantity and unit of an end.
EndOfTouch = tuple[int, int, int, int, Decimal | None, str | None]


def touches_by_node(
    rows: Iterable[EndOfTouch],
    opened: Iterable[TraceEnd],
    times: Mapping[int, tuple[int, int]],
    nodes: Collection[int],
) -> dict[int, Touches]:
    """Give, by node, what transformations say of it.

    Args:
        rows: the ends of such nodes, in any order.
        opened: all ends of those events of which some amount is in no row; they stand in the place of the rows.
        times: of the events, by log index; of others there may be rows, which are left out.
        nodes: that are asked for.
    """
    told = list(opened)
    kept = [row for row in rows if row[1] in times]
    if told:
        apart = {end.log_index for end in told}
        kept = [row for row in kept if row[1] not in apart]
        kept += (
            (end.node_id, end.log_index, place, end.role, end.quantity, end.uom)
            for place, end in enumerate(told)
            if end.node_id in nodes and Role.INPUT <= end.role <= Role.OUTPUT
        )
    kept.sort(key=_IN_EVENT)
    found: dict[int, Touches] = {}
    for node, of_node in itertools.groupby(kept, _NODE):
        _, indexes, _, roles, quantities, units = zip(*of_node, strict=True)
        earliest, latest = zip(*[times[index] for index in indexes], strict=True)
        found[node] = Touches(indexes, earliest, latest, roles, quantities, units)
    return found


_NODE = itemgetter(0)
_IN_EVENT = itemgetter(0, 1, 2)
