"""The part of the graph that a search has seen: fetched level by level, grouped into events, seen in one direction.

The source is the gate's: what a viewer may not see never arrives here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from filiere_platform.domain.carry_over import CarryOver, Supposed
from filiere_platform.domain.membership import Membership, memberships_in
from filiere_platform.domain.of_lot import pairs_of
from filiere_platform.domain.record import EventTypeCode, NodeKind, Role
from filiere_platform.domain.same_as import Identity, identities_of
from filiere_platform.domain.span import Span
from filiere_platform.domain.trace_end import NO_TOUCHES, Touches, TraceEnd
from filiere_platform.domain.trace_quantities import Account, account_of
from filiere_platform.domain.traced_event import TracedEvent, group_ends, object_nodes


class Direction(StrEnum):
    """Where a search goes: up to what an object was made of and came in, down to what became of it."""

    UP = "up"
    DOWN = "down"


class TraceSource(Protocol):
    """What a search asks for; each call is one question to the store for a whole level."""

    def ends_touching(self, node_ids: Collection[int]) -> Iterable[TraceEnd]:
        """Every end of every visible, not erroneous event that touches one of the nodes as an object.

        With each such event come those that share its transformation ID.
        """

    def kinds(self, node_ids: Collection[int]) -> Mapping[int, NodeKind]:
        """What the nodes identify."""

    def owners(self, node_ids: Collection[int]) -> Mapping[int, int]:
        """The members to whom identifiers belong; those that are nobody's are left out."""

    def supposed(self) -> Supposed | None:
        """How a vessel gives out what is in it, where nobody says it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A transformation as one node entered it: the event that lists the node, the event that lists the others.

    The two are one event, or two that share a transformation ID.
    """

    entered: TracedEvent
    left: TracedEvent
    others: Sequence[TraceEnd]


class TraceGraph:
    """What has been fetched so far; every question about a node needs it loaded first."""

    def __init__(self, source: TraceSource) -> None:
        self._source = source
        self._events: dict[int, TracedEvent] = {}
        self._by_node: dict[int, dict[int, TracedEvent]] = defaultdict(dict)
        self._transformations: dict[str, list[TracedEvent]] = defaultdict(list)
        self._loaded: set[int] = set()
        self._stays: dict[int, dict[int, list[Membership]]] = {}  # by parent, then by content
        self._touches: dict[int, Touches] = {}
        self._accounts: dict[int, Account] = {}  # of answers, after the last node was loaded
        self._owners: dict[int, int | None] = {}  # of nodes where it matters whose they are
        self._entangled: set[int] = set()  # nodes of events that name a container, an identity or a lot
        self._naming: set[int] = set()  # nodes of which somebody says that they are the same as another
        self._same: dict[int, tuple[list[Identity], list[TracedEvent]]] = {}
        self.kinds: dict[int, NodeKind] = {}

    def load(self, nodes: Collection[int]) -> None:
        """Fetch what touches these nodes, and the parents that hold them.

        Parents are fetched whole: what emptied a container need not name what was in it. Class nodes are never
        loaded: a product without a lot is touched by everybody's events.
        """
        self._know_kinds(nodes)
        self._fetch(nodes)
        self._fetch({event.parent for node in nodes for event in self.events_of(node) if event.parent is not None})

    def is_traversed(self, node: int) -> bool:
        """Whether a search goes through a node: not through a class."""
        return self.kinds[node] is not NodeKind.CLASS

    def is_loaded(self, node: int) -> bool:
        """Whether everything visible about a node has been fetched."""
        return node in self._loaded

    def knows(self, log_index: int) -> bool:
        """Whether an event has been fetched."""
        return log_index in self._events

    def events_of(self, node: int) -> Collection[TracedEvent]:
        """The events that touch a loaded node as an object."""
        return self._by_node[node].values() if node in self._loaded else ()

    def touch(self, touches: Mapping[int, Touches]) -> None:
        """Add, by node, what is known of further transformations, which are not among its events."""
        self._touches.update(touches)

    def touches_of(self, node: int) -> Touches:
        """What further transformations say of a node."""
        return self._touches.get(node, NO_TOUCHES)

    def account_of(self, node: int) -> Account:
        """Sum up what the events of a node say of it; once."""
        found = self._accounts.get(node)
        if found is None:
            found = self._accounts[node] = account_of(node, self.events_of(node), self.touches_of(node))
        return found

    def changes_of(self, node: int, direction: Direction) -> Iterator[Change]:
        """The transformations that a node entered, in the direction of the search."""
        entering, leaving = _TRANSFORMED[direction]
        for event in self.events_of(node):
            if event.type is not EventTypeCode.TRANSFORMATION or node not in event.nodes(entering):
                continue
            for other in self.whole(event):
                others = other.among(leaving)
                if others:
                    yield Change(event, other, others)

    def is_entangled(self, node: int) -> bool:
        """Whether a node may have lain in something, held something, be the same thing as another, or be of it."""
        return node in self._entangled

    def stays_of(self, node: int) -> Iterator[Membership]:
        """The stays of a node in parents."""
        if node not in self._entangled:
            return
        for parent in {event.parent for event in self.events_of(node) if event.parent is not None}:
            if parent != node:
                yield from self._stays_by_child(parent).get(node, ())

    def stays_in(self, node: int) -> Iterator[Membership]:
        """The stays of contents in a node."""
        for child, stays in self._stays_by_child(node).items():
            if child != node:
                yield from stays

    def identities_of(self, node: int) -> Sequence[Identity]:
        """What else a node is, by words that count."""
        return self._said_of(node)[0]

    def proposals_of(self, node: int) -> Sequence[TracedEvent]:
        """The events that say that a node is something else, and that nobody who would have to has agreed to."""
        return self._said_of(node)[1]

    def instances_of(self, node: int, direction: Direction) -> Mapping[int, TracedEvent]:
        """What is as it is: downstream the items of a lot, upstream the lot of an item; with the first event each."""
        if node not in self._entangled:
            return {}
        own, beyond = (0, 1) if direction is Direction.DOWN else (1, 0)
        said = (event for event in self.events_of(node) if Role.OF_LOT in event.ends)
        found: dict[int, TracedEvent] = {}
        for event in sorted(said, key=lambda event: event.log_index):
            for pair in pairs_of(event, self.kinds):
                if pair[own] == node:
                    found.setdefault(pair[beyond], event)
        return found

    def carry_over_of(self, node: int) -> CarryOver | None:
        """How a vessel gives out what is in it, where one mode counts for all that was put in."""
        if node not in self._entangled:
            return None
        modes = {stay.carry_over for stays in self._stays_by_child(node).values() for stay in stays}
        return modes.pop() if len(modes) == 1 else None

    def holds(self, node: int) -> bool:
        """Whether something ever was in a node or is the same thing, or is of it, as far as it was fetched."""
        if any(child != node for child in self._stays_by_child(node)) or self.identities_of(node):
            return True
        return any(self.instances_of(node, direction) for direction in Direction)

    def _said_of(self, node: int) -> tuple[Sequence[Identity], Sequence[TracedEvent]]:
        if node not in self._naming or node not in self._loaded:
            return (), ()
        known = self._same.get(node)
        if known is None:
            owners = {each: owner for each, owner in self._owners.items() if owner is not None}
            known = self._same[node] = identities_of(node, self.events_of(node), owners)
        return known

    def _stays_by_child(self, parent: int) -> dict[int, list[Membership]]:
        if parent not in self._entangled or parent not in self._loaded:
            return {}
        known = self._stays.get(parent)
        if known is None:
            known = self._stays[parent] = defaultdict(list)
            for stay in memberships_in(
                parent, self.events_of(parent), owner=self._owners.get(parent), supposed=self._source.supposed
            ):
                known[stay.child].append(stay)
        return known

    def whole(self, event: TracedEvent) -> Sequence[TracedEvent]:
        """Give the events that are one transformation with an event, itself among them."""
        return [event] if event.transformation_id is None else self._transformations[event.transformation_id]

    def _fetch(self, nodes: Collection[int]) -> None:
        wanted = [node for node in nodes if node not in self._loaded and self.is_traversed(node)]
        if not wanted:
            return
        self._loaded.update(wanted)
        found = group_ends(self._source.ends_touching(wanted), self._events)
        self._events.update(found)
        touched: set[int] = set()
        owned: set[int] = set()
        for index, event in found.items():
            if event.transformation_id is not None:
                self._transformations[event.transformation_id].append(event)
            nodes = object_nodes(event)
            touched |= nodes
            if not event.ends.keys().isdisjoint(_ENTANGLING):
                self._entangled |= nodes
            if not event.ends.keys().isdisjoint(_OWNED):
                owned |= nodes
            for node in nodes:
                self._by_node[node][index] = event
        self._know_kinds(touched)
        if owned:
            self._naming |= owned
            self._owners |= dict.fromkeys(owned - self._owners.keys()) | dict(self._source.owners(owned))

    def _know_kinds(self, nodes: Collection[int]) -> None:
        unknown = [node for node in nodes if node not in self.kinds]
        if unknown:
            self.kinds.update(self._source.kinds(unknown))


# What is said in these roles counts only where the owner of the identifier, or who deals with it, says it.
_OWNED = frozenset({Role.SAME_AS, Role.MIXED, Role.FIRST_IN_FIRST_OUT, Role.WINDOW})
_ENTANGLING = frozenset({Role.PARENT, Role.SAME_AS, Role.OF_LOT})
_TRANSFORMED = {
    Direction.DOWN: (Role.INPUT, Role.OUTPUT),
    Direction.UP: (Role.OUTPUT, Role.INPUT),
}


def seen(spans: Iterable[Span], direction: Direction) -> list[Span]:
    """Spans as a search in this direction sees them."""
    return [span.mirrored() for span in spans] if direction is Direction.UP else list(spans)


def seen_times(event: TracedEvent, direction: Direction) -> tuple[int, int]:
    """The time of an event as a search in this direction sees it."""
    return (-event.latest, -event.earliest) if direction is Direction.UP else (event.earliest, event.latest)
