"""Events as a trace sees them: the ends that the store handed over, grouped again.

A search back in time is the same search over mirrored events: times change their sign, inputs and outputs their
place. Everything else, memberships included, is computed once, in the direction of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.trace_end import VIEWED, TraceEnd

OBJECT_BELOW = 10  # roles below are objects, from here on parties and places


@dataclass(slots=True, kw_only=True)
class TracedEvent:
    """One event: its time in microseconds, its words, its ends by role."""

    log_index: int
    type: EventTypeCode
    action: ActionCode | None
    biz_step: str | None
    earliest: int
    latest: int
    member_id: int
    transformation_id: str | None
    ends: dict[int, list[TraceEnd]] = field(default_factory=lambda: defaultdict(list))
    parent: int | None = None  # the container or assembly that the event names, if it names one
    _nodes: dict[int, dict[int, None]] = field(default_factory=dict)  # kept: a search asks again and again

    def among(self, role: Role) -> Sequence[TraceEnd]:
        """The ends in a role."""
        return self.ends.get(role, ())

    def nodes(self, role: Role) -> Collection[int]:
        """The nodes in a role, each once, in the event's order; membership is a look-up."""
        found = self._nodes.get(role)
        if found is None:
            ends = self.ends.get(role)
            if ends is None:
                return ()
            found = self._nodes[role] = dict.fromkeys([end.node_id for end in ends])
        return found

    @property
    def is_view(self) -> bool:
        """Whether its public fields are all that the viewer sees of it."""
        return self.member_id == VIEWED

    @property
    def contents(self) -> Sequence[TraceEnd]:
        """What the event says is in its parent: children, or a transaction's objects."""
        return self.among(Role.OBJECT if self.type is EventTypeCode.TRANSACTION else Role.CHILD)


def group_ends(ends: Iterable[TraceEnd], known: dict[int, TracedEvent]) -> dict[int, TracedEvent]:
    """Group ends into the events that are not known yet; returns the new ones by log index.

    The ends of one event all come in one call, or they would make two halves of it.
    """
    found: dict[int, TracedEvent] = {}
    for end in ends:
        if end.log_index in known:
            continue
        event = found.get(end.log_index)
        if event is None:
            event = found[end.log_index] = TracedEvent(
                log_index=end.log_index,
                type=EventTypeCode(end.event_type),
                action=None if end.action is None else ActionCode(end.action),
                biz_step=end.biz_step,
                earliest=end.earliest,
                latest=end.latest,
                member_id=end.member_id,
                transformation_id=end.transformation_id,
            )
        event.ends[end.role].append(end)
        if end.role == Role.PARENT:
            event.parent = end.node_id
    return found


def object_nodes(event: TracedEvent) -> set[int]:
    """The nodes that the event touches as objects."""
    return {end.node_id for role, ends in event.ends.items() if role < OBJECT_BELOW for end in ends}
