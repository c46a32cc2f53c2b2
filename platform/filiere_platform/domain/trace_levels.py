"""A large answer level by level, in arrays: the objects that a search reached, and the steps between them.

The steps are those that `trace_edges` works out one by one; for objects that never lay in anything they are worked out
here for all at once. A step belongs to the level of the later of its two objects, so that a reader who has the levels
up to one has every step among their objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from filiere_platform.domain.adjacency import Flags, Integers
from filiere_platform.domain.closure import NEVER, USES_OF, Closure
from filiere_platform.domain.searchable import Searchable
from filiere_platform.domain.trace import Reached, Search
from filiere_platform.domain.trace_edges import UNLIMITED, EdgeKind, Step, steps_of
from filiere_platform.domain.trace_graph import Direction, TraceGraph

KINDS: Final = (EdgeKind.TRANSFORMED, EdgeKind.PACKED, EdgeKind.FITTED, EdgeKind.SAME, EdgeKind.INSTANCE)
NOTHING: Final = -1  # no other event; no margin: the step is certain, or nothing limits it


class Steps(NamedTuple):
    """Steps in columns: `kind` is a place in `KINDS`, `margin` in microseconds, events by their log index."""

    kind: Integers
    source: Integers
    target: Integers
    event: Integers
    other: Integers
    certain: Flags
    margin: Integers

    def among(self, chosen: Integers) -> Steps:
        """Give some of them."""
        columns: Iterator[Any] = (column[chosen] for column in self)
        return Steps(*columns)


class Level(NamedTuple):
    """The objects of one depth, and the steps between them and what came before.

    `source` and `target` of a step are places in the order of all objects, from the first level on.
    """

    depth: int
    nodes: Integers
    certain: Flags
    steps: Steps


def levels(
    closure: Closure,
    direction: Direction,
    graph: TraceGraph,
    adjacency: Searchable,
    visible: Callable[[Integers], Flags],
) -> Iterator[Level]:
    """Lay out what a search reached, nearest objects first."""
    held = np.fromiter(closure.held, np.int64, len(closure.held))
    nodes = np.concatenate((closure.plain, held))
    depths = np.concatenate((closure.depth, np.array([s.depth for s in closure.held.values()], np.int64)))
    certain = np.concatenate((closure.sure != NEVER, np.array([s.is_certain for s in closure.held.values()], np.bool_)))
    order = np.argsort(depths, kind="stable")
    nodes, depths, certain = nodes[order], depths[order], certain[order]
    places = np.full(int(nodes.max(initial=0)) + 1, NOTHING)
    places[nodes] = np.arange(len(nodes))
    found = _joined(
        _changes(closure, direction, adjacency, visible, places), _of_held(closure, direction, graph, places)
    )
    later = np.maximum(found.source, found.target)
    by_level = np.argsort(depths[later], kind="stable")
    count = int(depths[-1]) + 1 if len(depths) else 0
    node_bounds = np.searchsorted(depths, np.arange(count + 1))
    step_bounds = np.searchsorted(depths[later][by_level], np.arange(count + 1))
    for depth in range(count):
        own = slice(node_bounds[depth], node_bounds[depth + 1])
        steps = found.among(by_level[step_bounds[depth] : step_bounds[depth + 1]])
        yield Level(depth, nodes[own], certain[own], steps)


def _changes(
    closure: Closure,
    direction: Direction,
    adjacency: Searchable,
    visible: Callable[[Integers], Flags],
    places: Integers,
) -> Steps:
    """Work out the transformations that plain objects entered: `trace.arrivals_by_change` and its margin."""
    entering, leaving = USES_OF[direction]
    nodes = closure.plain[closure.followed]
    entered, owner = adjacency.events_of(nodes, entering)
    seen = visible(entered)
    entered, owner = entered[seen], owner[seen]
    possible, sure = closure.possible[closure.followed][owner], closure.sure[closure.followed][owner]
    earliest, latest = _times(adjacency, entered, direction)
    in_time = possible <= latest
    entered, owner, possible, sure, earliest, latest = (
        column[in_time] for column in (entered, owner, possible, sure, earliest, latest)
    )
    certain, margin = sure <= earliest, latest - possible
    left = entered
    others, at = adjacency.siblings(entered)
    if len(others):
        seen = visible(others)
        others, at = others[seen], at[seen]
        begin, end = _times(adjacency, others, direction)
        since, surely = np.maximum(possible, earliest)[at], np.where(certain, latest, NEVER)[at]
        in_time = since <= end
        at, more, end, begin = at[in_time], others[in_time], end[in_time], begin[in_time]
        since, surely = since[in_time], surely[in_time]
        entered, left = np.concatenate((entered, entered[at])), np.concatenate((left, more))
        owner = np.concatenate((owner, owner[at]))
        margin = np.concatenate((margin, np.minimum(margin[at], end - since)))
        certain = np.concatenate((certain, surely <= begin))
    target, step = adjacency.nodes_of(left, leaving)
    known = np.flatnonzero((target < len(places)) & (places[np.minimum(target, len(places) - 1)] != NOTHING))
    target, step = target[known], step[known]
    ends = (places[nodes[owner[step]]], places[target])
    events = (adjacency.log_index[left[step]], adjacency.log_index[entered[step]])
    if direction is Direction.UP:
        ends, events = ends[::-1], events[::-1]
    return Steps(
        kind=np.zeros(len(step), np.int64),
        source=ends[0],
        target=ends[1],
        event=events[0],
        other=np.where(events[1] == events[0], NOTHING, events[1]),
        certain=certain[step],
        margin=np.where(certain[step] | (margin[step] > UNLIMITED), NOTHING, margin[step]),
    )


def _of_held(closure: Closure, direction: Direction, graph: TraceGraph, places: Integers) -> Steps:
    """Work out the steps from containers and what was in them, each once."""
    search = Search(start=0, direction=direction, graph=graph, reached=_Reached(closure.held, places), cut=None)
    merged: dict[tuple[str, int | None, int | None, int, int | None], Step] = {}
    for node, state in closure.held.items():
        for step in steps_of(search, node) if state.followed else ():
            known = merged.get(step.identity)
            merged[step.identity] = step if known is None else known.joined(step)
    steps = list(merged.values())

    def column(values: Iterator[int]) -> Integers:
        return np.fromiter(values, np.int64, len(steps))

    margins = (NOTHING if s.certainty.margin is None else s.certainty.margin for s in steps)
    return Steps(
        kind=column(KINDS.index(step.kind) for step in steps),
        source=places[column(step.source or 0 for step in steps)],
        target=places[column(step.target or 0 for step in steps)],
        event=column(step.event.log_index for step in steps),
        other=column(NOTHING if step.other is None else step.other.log_index for step in steps),
        certain=np.array([step.certainty.certain for step in steps], np.bool_),
        margin=column(margins),
    )


class _Reached(dict[int, Reached]):
    """What is known of containers, and of all else whether it was reached: nobody asks more of a step's far side."""

    def __init__(self, held: Mapping[int, Reached], places: Integers) -> None:
        super().__init__(held)
        self._places = places

    def __contains__(self, node: object) -> bool:
        return isinstance(node, int) and node < len(self._places) and bool(self._places[node] != NOTHING)


def _times(adjacency: Searchable, ordinals: Integers, direction: Direction) -> tuple[Integers, Integers]:
    earliest, latest = adjacency.earliest[ordinals], adjacency.latest[ordinals]
    return (-latest, -earliest) if direction is Direction.UP else (earliest, latest)


def _joined(one: Steps, other: Steps) -> Steps:
    return Steps(*(np.concatenate(pair) for pair in zip(one, other, strict=True))) if len(other.kind) else one
