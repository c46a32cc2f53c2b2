"""What one member sees around some objects, and what a rule over neighbours suspects there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.traced_event import OBJECT_BELOW, TracedEvent
from filiere_schemas.sectors.balance import NO_RULES, BalanceRules

DAY: Final = 86_400_000_000  # microseconds
SINGLE: Final = (NodeKind.ITEM, NodeKind.LOGISTIC_UNIT)  # one thing, of which there is no amount


class Beside(Protocol):
    """What is known beside the graph; asked of few events and objects."""

    def event_id(self, log_index: int) -> str:
        """Give the eventID as sent, or as assigned."""

    def content(self, log_index: int) -> Mapping[str, Any] | None:
        """Give the member's own event as sent; None where it is erased, declares an error, or has sealed members."""

    def keys(self, nodes: Collection[int]) -> Mapping[int, str]:
        """Name objects."""


class Suspicion(NamedTuple):
    """What a rule holds against one event of the member; patience begins at `since`, in microseconds since 1970."""

    event: TracedEvent
    subject: str
    since: int
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """What a member sees around objects, each of which was loaded with what it holds and what holds it.

    `keys` names the objects that are judged; `hidden` counts, by node, the events of which the member may know that
    they are hidden from it.
    """

    graph: TraceGraph
    keys: Mapping[int, str]
    member_id: int
    hidden: Mapping[int, int]
    own: Beside
    rules: BalanceRules = field(default=NO_RULES)  # of the sector: what units convert into each other
    open_transformations: Collection[str] = ()  # by ID: the member may know that a part of it is hidden
    turned: Collection[int] = ()  # the objects of which is judged whether they come around to themselves

    def events_of(self, node: int) -> Iterator[TracedEvent]:
        """Give the member's own events that touch an object."""
        return (event for event in self.graph.events_of(node) if event.member_id == self.member_id)

    def around(self, node: int) -> set[int]:
        """Give an object with what it ever held and what ever held it."""
        contents = (stay.child for stay in self.graph.stays_in(node))
        return {node, *contents, *(stay.parent for stay in self.graph.stays_of(node))}

    def first_object(self, event: TracedEvent) -> int | None:
        """Choose the object that stands for an event: which came first into the log must not decide it."""
        ends = (end.node_id for role, of_role in sorted(event.ends.items()) if role < OBJECT_BELOW for end in of_role)
        return next((node for node in ends if self.graph.is_traversed(node)), None)

    def hides_any(self, nodes: Collection[int]) -> bool:
        """Whether the member may know that something is hidden from it about one of some objects."""
        return any(self.hidden.get(node) for node in nodes)

    def last(self, events: Collection[TracedEvent]) -> Sequence[TracedEvent]:
        """Give the member's own event that ends last among some, if there is one, whatever came first into the log."""
        own = [event for event in events if event.member_id == self.member_id]
        latest = max((event.latest for event in own), default=0)
        tied = [event for event in own if event.latest == latest]
        return tied[:1] if len(tied) <= 1 else [max(tied, key=lambda event: self.own.event_id(event.log_index))]
