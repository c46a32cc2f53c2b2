"""Find what an object was made of and came in, or what became of it, through time.

The search goes level by level and keeps for each object the spans in which traced material possibly, and surely, is
there (`span`). A step is left out only if it is impossible for every instant of the times involved.

Two things are kept apart for each object, because containers are reused and siblings do not touch:
- its *life*: when its own events concern the traced material, because it is that material, or holds it;
- its *contents*: when what lies in it is traced material too. A pallet that was traced as such hands the trace to
  what is in it; a pallet that merely carries a traced lot does not hand it to the other lots aboard.

Going up is going down in a mirror: times change their sign, inputs and outputs their place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from filiere_platform.domain.membership import Membership
from filiere_platform.domain.span import ALWAYS, Span, Sureness, add_span, at_event, within
from filiere_platform.domain.trace_graph import Change, Direction, TraceGraph, seen, seen_times


class CutReason(StrEnum):
    """Why a trace ends before the chain does."""

    DEPTH = "depth"
    NODES = "nodes"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a trace was ended: so many objects are known to come next, at this depth; beyond them nothing is known."""

    reason: CutReason
    depth: int
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a search goes. `expired` is asked before each level."""

    max_depth: int
    max_nodes: int
    expired: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Reached:
    """What is known of one object that the search reached; spans are in the direction of the search."""

    depth: int
    life: list[Span] = field(default_factory=list)
    contents: list[Span] = field(default_factory=list)
    followed: bool = False  # whether its own steps are part of the answer

    @property
    def is_certain(self) -> bool:
        """Whether traced material surely is there at some time."""
        return any(span.sureness is not Sureness.POSSIBLE for span in (*self.life, *self.contents))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The outcome of one search: the graph as far as it was seen, the objects reached, where it was cut."""

    start: int
    direction: Direction
    graph: TraceGraph
    reached: dict[int, Reached]
    cut: Cut | None


def search(graph: TraceGraph, start: int, direction: Direction, limits: Limits) -> Search:
    """Follow an object in one direction until the chain or a limit ends it.

    Terminates on every graph: spans only ever grow, and their bounds are taken from the events.
    """
    reached: dict[int, Reached] = {}
    pending = Wave()
    for span in ALWAYS:
        pending.reach(start, contents=span)
    cut: Cut | None = None
    depth = 0
    while pending.nodes:
        news = pending.settle(reached, depth)
        if not news.nodes:
            break
        if limits.expired():
            cut = Cut(reason=CutReason.TIME, depth=depth, remaining=len(news.nodes))
            break
        graph.load(news.nodes.keys())
        pending = steps(graph, news, direction)
        fresh = pending.unsettled(reached, graph)
        if depth >= limits.max_depth and fresh:
            cut = Cut(reason=CutReason.DEPTH, depth=depth, remaining=len(fresh))
            break
        for node in news.nodes:
            reached[node].followed = graph.is_traversed(node)
        unknown = [node for node in fresh if node not in reached]
        room = limits.max_nodes - len(reached)
        depth += 1
        if len(unknown) > room:
            dropped = set(sorted(unknown)[max(room, 0) :])
            pending.forget(dropped)
            pending.settle(reached, depth)
            cut = Cut(reason=CutReason.NODES, depth=depth, remaining=len(dropped))
            break
    return Search(start=start, direction=direction, graph=graph, reached=reached, cut=cut)


def arrivals_by_change(change: Change, life: Iterable[Span], direction: Direction) -> Iterator[Span]:
    """When traced material is in the others of a transformation, for each span in which it may have entered.

    Several events under one transformation ID are one transformation, and still what was put in after an output had
    left cannot have touched it.
    """
    for span in life:
        taken = at_event(span, *seen_times(change.entered, direction))
        if taken is not None and change.left is not change.entered:
            taken = at_event(taken.onward(), *seen_times(change.left, direction))
        if taken is not None:
            yield taken


def arrivals_by_stay(stay: Membership, spans: Iterable[Span], direction: Direction) -> Iterator[Span]:
    """When traced material is in the parent, or the content of a traced parent, during one stay."""
    membership = seen(stay.spans, direction)
    for span in spans:
        yield from within(span, membership)


@dataclass(slots=True)
class Wave:
    """New spans by object: what one level hands to the next."""

    nodes: dict[int, tuple[list[Span], list[Span]]] = field(default_factory=lambda: defaultdict(lambda: ([], [])))

    def reach(self, node: int, *, contents: Span) -> None:
        """The object itself is traced material: from then on, with what is in it at that time."""
        self.carry(node, life=contents.onward())
        add_span(self.nodes[node][1], contents)

    def carry(self, node: int, *, life: Span) -> None:
        """The object holds traced material for a while."""
        add_span(self.nodes[node][0], life)

    def equate(self, node: int, *, life: Iterable[Span], contents: Iterable[Span]) -> None:
        """The object is the same thing for a while: what holds of the one then holds of the other."""
        for span in life:
            add_span(self.nodes[node][0], span)
        for span in contents:
            add_span(self.nodes[node][1], span)

    def forget(self, nodes: Iterable[int]) -> None:
        """Drop objects for which there is no room."""
        for node in nodes:
            del self.nodes[node]

    def unsettled(self, reached: dict[int, Reached], graph: TraceGraph) -> list[int]:
        """The objects of which the wave says something new; when its contents are traced is no news of a mere lot."""
        return [
            node
            for node, (life, contents) in self.nodes.items()
            if node not in reached
            or _says_more(life, reached[node].life)
            or (_says_more(contents, reached[node].contents) and graph.holds(node))
        ]

    def settle(self, reached: dict[int, Reached], depth: int) -> Wave:
        """Add the wave to what is known; returns only what was new, which the next level has to follow."""
        news = Wave()
        for node, (life, contents) in self.nodes.items():
            state = reached.get(node)
            if state is None:
                state = reached[node] = Reached(depth)
            new_life = [span for span in life if add_span(state.life, span)]
            new_contents = [span for span in contents if add_span(state.contents, span)]
            if new_life or new_contents:
                news.nodes[node] = (new_life, new_contents)
        return news


def _says_more(new: Sequence[Span], known: Sequence[Span]) -> bool:
    return any(not any(kept.covers(span) for kept in known) for span in new)


def steps(graph: TraceGraph, news: Wave, direction: Direction) -> Wave:
    """Take every step that the new spans allow."""
    wave = Wave()
    for node, (life, contents) in news.nodes.items():
        if graph.is_traversed(node):
            _be_changed(graph, node, life, direction, wave)
            _be_carried(graph, node, life, direction, wave)
            _hand_out(graph, node, contents, direction, wave)
            _be_the_same(graph, node, life, contents, direction, wave)
            # What holds of a lot holds of its items, and what an item comes from is what its lot comes from.
            for other in graph.instances_of(node, direction):
                wave.equate(other, life=life, contents=contents)
    return wave


def _be_the_same(  # noqa: PLR0917 - the state of `steps`
    graph: TraceGraph,
    node: int,
    life: Sequence[Span],
    contents: Sequence[Span],
    direction: Direction,
    wave: Wave,
) -> None:
    for identity in graph.identities_of(node):
        held = seen(identity.spans, direction)
        there = [met for span in life for met in within(span, held)]
        whole = [met for span in contents for met in within(span, held)]
        if there or whole:
            wave.equate(identity.beyond(node), life=there, contents=whole)


def _be_changed(graph: TraceGraph, node: int, life: Sequence[Span], direction: Direction, wave: Wave) -> None:
    for change in graph.changes_of(node, direction) if life else ():
        arrivals = list(arrivals_by_change(change, life, direction))
        for target in dict.fromkeys(end.node_id for end in change.others):
            for span in arrivals:
                wave.reach(target, contents=span)


def _be_carried(graph: TraceGraph, node: int, life: Sequence[Span], direction: Direction, wave: Wave) -> None:
    for stay in graph.stays_of(node) if life else ():
        for span in arrivals_by_stay(stay, life, direction):
            wave.carry(stay.parent, life=span)


def _hand_out(graph: TraceGraph, node: int, contents: Sequence[Span], direction: Direction, wave: Wave) -> None:
    for stay in graph.stays_in(node) if contents else ():
        for span in arrivals_by_stay(stay, contents, direction):
            wave.reach(stay.child, contents=span)
