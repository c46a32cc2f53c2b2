"""The graph as one viewer may see it at one size of the log: asked of the database, or remembered by this process.

Both give the same answers. The remembered graph searches in arrays and asks the database for the events of the answer
alone; the other one is there where nothing is remembered, or not yet. What a viewer sees as views is not remembered:
where a search reaches an object of one, the database is asked for everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from filiere_platform.domain.adjacency import BESIDE, USES, Adjacency, Flags, Integers
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.carry_over import Supposed
from filiere_platform.domain.closure import USES_OF, Closure, GraphView, close
from filiere_platform.domain.ownership import owner_of
from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.trace import Cut, CutReason, Limits, Search, search
from filiere_platform.domain.trace_end import Touches, TraceEnd
from filiere_platform.domain.trace_graph import Direction, TraceGraph
from filiere_platform.domain.trace_levels import Level, levels
from filiere_platform.store.graph_memory import SeenGraph
from filiere_platform.store.unit_of_work import UnitOfWork


class AskedGraph:
    """Asks the database for everything."""

    def __init__(self, uow: UnitOfWork, viewer: Viewer, *, before: int, until: int | None = None) -> None:
        """Look at the log below an index, and at what may have happened until an instant.

        What is hidden is counted whenever it happened: its time is not the viewer's to find by asking of one instant
        after another.
        """
        self._nodes = uow.nodes
        self._directory = uow.directory
        self._policies = uow.policies
        self.events = uow.events.visible_to(viewer)
        self.views = uow.views.seen_by(viewer)
        self.before = before
        self.until = until

    def search(self, start: int, directions: Sequence[Direction], limits: Limits) -> list[Search]:
        """Follow an object, level by level."""
        (found,) = self.search_all([start], directions, limits)
        return found

    def search_all(self, starts: Sequence[int], directions: Sequence[Direction], limits: Limits) -> list[list[Search]]:
        """Follow several objects, each in the same directions; what several meet is fetched once."""
        graph = TraceGraph(_WithViews(self))
        return [[search(graph, start, direction, limits) for direction in directions] for start in starts]

    def levels(self, start: int, direction: Direction, limits: Limits) -> tuple[Iterator[Level], Cut | None]:
        """Follow an object in one direction, for an answer in levels."""
        (found,) = self.search(start, [direction], limits)
        closure = Closure.of_spans(found.reached, found.cut)
        return levels(closure, direction, found.graph, Adjacency(), _nothing), found.cut

    def ends_touching(self, node_ids: Collection[int]) -> Iterable[TraceEnd]:
        """See `TraceSource`."""
        return self.in_time(self.events.ends_touching(node_ids, before=self.before))

    def in_time(self, ends: Iterable[TraceEnd]) -> Iterable[TraceEnd]:
        """Leave out what surely happened after the instant that is asked for."""
        return ends if self.until is None else [end for end in ends if end.earliest <= self.until]

    def kinds(self, node_ids: Collection[int]) -> Mapping[int, NodeKind]:
        """See `TraceSource`."""
        return {node: NodeKind(row.kind) for node, row in self._nodes.read(node_ids).items()}

    def owners(self, node_ids: Collection[int]) -> Mapping[int, int]:
        """See `TraceSource`."""
        parties = self._directory().parties
        owned = {node: owner_of(row.key, parties) for node, row in self._nodes.read(node_ids).items()}
        return {node: owner[0] for node, owner in owned.items() if owner is not None}

    def supposed(self) -> Supposed | None:
        """See `TraceSource`."""
        return Supposed.by(self._policies().balance.vessel)


class _WithViews:
    """The same graph with what the viewer sees as views, for a search; nothing else concludes anything from them."""

    def __init__(self, asked: AskedGraph) -> None:
        self._asked = asked
        self.kinds = asked.kinds
        self.owners = asked.owners
        self.supposed = asked.supposed

    def ends_touching(self, node_ids: Collection[int]) -> Iterable[TraceEnd]:
        """See `TraceSource`."""
        viewed = self._asked.views.ends_touching(node_ids, before=self._asked.before)
        return [*self._asked.ends_touching(node_ids), *self._asked.in_time(viewed)]


class RememberedGraph:
    """Searches the graph in memory, and asks the database for what an answer shows."""

    def __init__(self, asked: AskedGraph, seen: SeenGraph) -> None:
        self.events = asked.events
        self.owners = asked.owners
        self.supposed = asked.supposed
        self.views = asked.views
        self.before = asked.before
        self._asked = asked
        self.until = asked.until
        self._seen = seen
        self._answered: Sequence[Direction] | None = None

    def search(self, start: int, directions: Sequence[Direction], limits: Limits) -> list[Search]:
        """Follow an object; the events of the answer are fetched at once."""
        (found,) = self.search_all([start], directions, limits)
        return found

    def search_all(self, starts: Sequence[int], directions: Sequence[Direction], limits: Limits) -> list[list[Search]]:
        """Follow several objects, each in the same directions; the events of all answers are fetched at once."""
        graph = TraceGraph(self)
        closures = [self._close(start, directions, limits, graph) for start in starts]
        if any(self._meets_views(closure) for of_start in closures for closure in of_start):
            return self._asked.search_all(starts, directions, limits)
        found = [
            [
                Search(start=start, direction=direction, graph=graph, reached=closure.reached(), cut=closure.cut)
                for direction, closure in zip(directions, of_start, strict=True)
            ]
            for start, of_start in zip(starts, closures, strict=True)
        ]
        searches = [each for of_start in found for each in of_start]
        looked_at = {node for each in searches for node in _looked_at(each)}
        self._answered = directions
        plain = [node for node in looked_at if not graph.is_loaded(node)]
        graph.load(looked_at)
        graph.touch(self._touches(graph, np.array(plain, np.int64), looked_at))
        # A product without a lot is in the answer although nobody looked at its events.
        reached = {node for each in searches for node in each.reached}
        graph.kinds.update(self.kinds(reached - graph.kinds.keys()))
        return found

    def levels(self, start: int, direction: Direction, limits: Limits) -> tuple[Iterator[Level], Cut | None]:
        """Follow an object in one direction, for an answer in levels."""
        graph = TraceGraph(self)
        (closure,) = self._close(start, [direction], limits, graph)
        if self._meets_views(closure):
            return self._asked.levels(start, direction, limits)
        return levels(closure, direction, graph, self._seen.adjacency, self._visible), closure.cut

    def _close(self, start: int, directions: Sequence[Direction], limits: Limits, graph: TraceGraph) -> list[Closure]:
        view = GraphView(adjacency=self._seen.adjacency, graph=graph, visible=self._visible)
        closures = []
        with self._seen.room() as (nodes, events):
            closures += [close(view, start, each, limits, nodes=nodes, events=events) for each in directions]
        return closures

    def _meets_views(self, closure: Closure) -> bool:
        """Whether a search came to an object of an event of which the viewer sees the public fields alone.

        Where it did not, no view can lengthen or change what it found: every step begins at an object that it reached.
        """
        views = self._seen.views
        if views is None:
            return False
        nodes = np.concatenate((closure.plain, np.fromiter(closure.held, np.int64, len(closure.held))))
        ordinals, _ = self._seen.adjacency.touching(nodes)
        return bool((views(ordinals) & ~self._seen.may_see(ordinals)).any())

    def ends_touching(self, node_ids: Collection[int]) -> Iterable[TraceEnd]:
        """See `TraceSource`.

        Once the search is over, a transformation on which no step rests is left out: `_touches` tells of it.
        """
        nodes = np.fromiter(node_ids, np.int64)
        uses = USES if self._answered is None else (BESIDE, *(USES_OF[each][0] for each in self._answered))
        return self.events.ends_of(self._indexes(self._events_of(nodes, uses)))

    def _touches(self, graph: TraceGraph, nodes: Integers, answered: Collection[int]) -> Mapping[int, Touches]:
        """Read what further transformations say of the objects of an answer, in as few words as can be."""
        adjacency = self._seen.adjacency
        ordinals = self._events_of(nodes, USES)
        columns = (adjacency.log_index, adjacency.earliest, adjacency.latest)
        rows = zip(*(column[ordinals].tolist() for column in columns), strict=True)
        times = {index: (earliest, latest) for index, earliest, latest in rows if not graph.knows(index)}
        return self.events.touches_of(times, answered)

    def _events_of(self, nodes: Integers, uses: Iterable[int]) -> Integers:
        """Give the visible events that touch some nodes in some uses, and those of the same transformations."""
        adjacency = self._seen.adjacency
        ordinals = np.concatenate([adjacency.events_of(nodes, use)[0] for use in uses])
        ordinals = np.unique(ordinals[self._visible(ordinals)])
        siblings, _ = adjacency.siblings(ordinals)
        return np.union1d(ordinals, siblings[self._visible(siblings)])

    def _indexes(self, ordinals: Integers) -> list[int]:
        indexes: list[int] = self._seen.adjacency.log_index[ordinals].tolist()
        return indexes

    def kinds(self, node_ids: Collection[int]) -> Mapping[int, NodeKind]:
        """See `TraceSource`."""
        nodes = np.fromiter(node_ids, np.int64)
        kinds = map(_KINDS.__getitem__, self._seen.adjacency.kinds_of(nodes).tolist())
        return dict(zip(nodes.tolist(), kinds, strict=True))

    def count_hidden(self, node_ids: Collection[int]) -> Mapping[int, int]:
        """Count, by node, the events in force that touch it and that the viewer may not see."""
        adjacency = self._seen.adjacency
        nodes = np.fromiter(node_ids, np.int64)
        ordinals, owners = adjacency.touching(nodes)
        hidden = adjacency.in_force(ordinals, before=self.before) & ~self._seen.may_see(ordinals)
        return Counter(nodes[owners[hidden]].tolist())

    def withdrawn(self, node_ids: Collection[int]) -> Mapping[int, Collection[int]]:
        """Give, by node, the visible events that touch it and that their authors declared erroneous."""
        adjacency = self._seen.adjacency
        if not adjacency.has_withdrawn:
            return {}
        nodes = np.fromiter(node_ids, np.int64)
        ordinals, owners = adjacency.touching(nodes)
        gone = adjacency.taken_back(ordinals, before=self.before) & self._seen.may_see(ordinals)
        found: dict[int, list[int]] = {}
        columns = nodes[owners[gone]].tolist(), adjacency.log_index[ordinals[gone]].tolist()
        for node, index in zip(*columns, strict=True):
            found.setdefault(node, []).append(index)
        return found

    def _visible(self, ordinals: Integers) -> Flags:
        visible: Flags = self._seen.adjacency.in_force(ordinals, before=self.before) & self._seen.may_see(ordinals)
        if self.until is not None:
            visible &= self._seen.adjacency.earliest[ordinals] <= self.until
        return visible


def _nothing(ordinals: Integers) -> Flags:
    """Say that none of some events is visible: the arrays are empty."""
    return np.zeros(len(ordinals), np.bool_)


def _looked_at(found: Search) -> Iterable[int]:
    """Name the objects whose own events the search looked at: those of the level that is too deep among them."""
    deepest = found.cut.depth if found.cut is not None and found.cut.reason is CutReason.DEPTH else None
    return [node for node, state in found.reached.items() if state.followed or state.depth == deepest]


_KINDS = {int(kind): kind for kind in NodeKind}
