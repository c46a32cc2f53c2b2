"""Transformations that are wrong as a whole: told in parts of which none says what went in, or that lead back.

The parts of a transformation share a transformationID (EPCIS 2.0, 7.4.6); each may be of one side, not all together.
A loop is a lot that went, through a few transformations, into what it was made of: a number used twice, or rework that
deserves a number of its own. What happened when plays no part: who follows a lot by its number comes around. Nor does
what is hidden, which could not explain a loop that is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

from filiere_platform.domain.neighbourhood import Neighbourhood, Suspicion
from filiere_platform.domain.record import Role
from filiere_platform.domain.trace_graph import Direction, TraceGraph

LONGEST_LOOP: Final = 8  # transformations
MOST_LOOKED_AT: Final = 500  # objects of one search for loops


def outputs_without_inputs(near: Neighbourhood) -> Iterator[Suspicion]:
    """Give the member's events that say what came out of a transformation into which nothing went by any event."""
    is_whole: dict[str, bool] = {}
    for node, key in near.keys.items():
        for event in near.events_of(node):
            shared = event.transformation_id
            if shared is None or shared in near.open_transformations or Role.INPUT in event.ends:
                continue
            if shared not in is_whole:
                is_whole[shared] = any(Role.INPUT in each.ends for each in near.graph.whole(event))
            if not is_whole[shared] and near.first_object(event) == node:
                yield Suspicion(event, key, event.latest, {})


def loops(near: Neighbourhood) -> Iterator[Suspicion]:
    """Give the member's transformations by which an object came around to itself, with the objects of the way."""
    for node, key in near.keys.items():
        entering = [event for event in near.events_of(node) if node in event.nodes(Role.INPUT)]
        if node not in near.turned or not entering:
            continue
        onward = _ways_onward(near.graph, [node])
        away = _steps_to(onward, {node})
        for event in entering:
            leaving = {end.node_id for each in near.graph.whole(event) for end in each.among(Role.OUTPUT)}
            first = {each for each in leaving if away.get(each, LONGEST_LOOP) < LONGEST_LOOP}
            if first:
                way = _shortest(near, onward, away, first)
                since = max(each.latest for each in near.graph.whole(event))
                yield Suspicion(event, key, since, {"loop": [key, *way]})


def turning_points(graph: TraceGraph, outputs: Collection[int], inputs: Collection[int]) -> set[int]:
    """Give the objects on the ways by which the outputs of some transformations come around to their inputs."""
    onward = _ways_onward(graph, outputs)
    away = _steps_to(onward, set(inputs))
    return {node for node in away if node in onward}


def _ways_onward(graph: TraceGraph, starts: Collection[int]) -> dict[int, set[int]]:
    """Fetch what was made of some objects, step by step; by object, what was made of it directly."""
    onward: dict[int, set[int]] = {}
    graph.load(starts)
    level = sorted(node for node in starts if graph.is_traversed(node))
    for _ in range(LONGEST_LOOP):
        level = level[: MOST_LOOKED_AT - len(onward)]
        graph.load(level)
        for node in level:
            made = {end.node_id for change in graph.changes_of(node, Direction.DOWN) for end in change.others}
            onward[node] = {each for each in made if graph.is_traversed(each)}
        level = sorted({each for node in level for each in onward[node]} - onward.keys())
        if not level:
            break
    return onward


def _steps_to(onward: dict[int, set[int]], ends: Collection[int]) -> dict[int, int]:
    """Count, by object, the transformations from it to the nearest of some ends; 0 is an end itself."""
    back: dict[int, set[int]] = defaultdict(set)
    for node, made in onward.items():
        for each in made:
            back[each].add(node)
    away = dict.fromkeys(ends, 0)
    level = set(ends)
    for steps in range(1, LONGEST_LOOP):
        level = {before for node in level for before in back[node]} - away.keys()
        away.update(dict.fromkeys(level, steps))
    return away


def _shortest(
    near: Neighbourhood, onward: dict[int, set[int]], away: dict[int, int], first: Collection[int]
) -> list[str]:
    """Name the objects of the shortest way back, the first by name where several are as short."""
    way: list[str] = []
    choice = first
    while True:
        least = min(away[node] for node in choice)
        if least == 0:
            return way
        names = near.own.keys([node for node in choice if away[node] == least])
        name, node = min((name, node) for node, name in names.items())
        way.append(name)
        choice = {each for each in onward[node] if each in away}
