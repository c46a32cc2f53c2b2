"""Trace a large chain in one direction and hand out the answer level by level, as lines of JSON.

Of an object the answer holds its key, its kind and whether it is certain; of a step its objects, its events, whether
it is certain and its margin. Quantities, places and findings are in `usecases.trace`, for answers that somebody reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import orjson

from filiere_platform.domain.adjacency import Integers
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.trace import Cut
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.domain.trace_levels import KINDS, NOTHING, Level
from filiere_platform.store.looks import MandateOver
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.trace import TraceQuestion, limits_of, open_graph

MICROSECONDS: Final = 1_000_000
_COLUMNS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
_KIND_NAMES: Final = {int(kind): kind.name.lower() for kind in NodeKind}
_STEP_NAMES: Final = np.array([kind.value for kind in KINDS], object)


def stream_trace(
    uow: UnitOfWork, viewer: Viewer, question: TraceQuestion, direction: Direction, clock: Callable[[], int]
) -> Iterator[bytes]:
    """Answer as docs/trace.md says of the stream: a line that opens it, one for each level, one that closes it.

    What a level shows under a mandate is written down before the level is handed out; where the mandate has ended
    meanwhile, so does the answer, and its last line says so.

    Raises:
        InvalidIdentifier: the object's identifier is not one.
        Refusal: as `trace_object`; both before the first line.
    """
    return (orjson.dumps(part, option=_COLUMNS) for part in trace_parts(uow, viewer, question, direction, clock))


def trace_parts(
    uow: UnitOfWork, viewer: Viewer, question: TraceQuestion, direction: Direction, clock: Callable[[], int]
) -> Iterator[dict[str, Any]]:
    """Give the same lines before they are written; columns are lists or arrays of one length each.

    Raises:
        InvalidIdentifier, Refusal: as `stream_trace`.
    """
    opened = open_graph(uow, viewer, question, by_views=True)
    levels, cut = opened.graph.levels(opened.start, direction, limits_of(question))
    yield {"object": opened.key, "direction": direction.value, "as_of": opened.graph.before}
    nodes = steps = 0
    for level in levels:
        if uow.events.is_under_mandate(viewer):
            uow.events.note_shown(viewer, _events_of(level))
        try:
            uow.hand_out(clock())
        except MandateOver:
            over = {"reason": "mandate-over", "depth": level.depth, "remaining": None}
            yield {"cut": over, "summary": {"objects": nodes, "steps": steps}}
            return
        yield _level(uow, level)
        nodes += len(level.nodes)
        steps += len(level.steps.kind)
    yield {"cut": _cut(cut), "summary": {"objects": nodes, "steps": steps}}


def _events_of(level: Level) -> list[int]:
    """Name the events that a level tells of."""
    steps = level.steps
    told = np.concatenate([steps.event, steps.other[steps.other != NOTHING]])
    events: list[int] = np.unique(told).tolist()
    return events


def _level(uow: UnitOfWork, level: Level) -> dict[str, Any]:
    """Write one level; objects and steps are columns of one length each."""
    nodes = level.nodes.tolist()
    named = uow.nodes.names(nodes)
    steps = level.steps
    # What is not a number is written as null.
    margins = np.where(steps.margin == NOTHING, np.nan, steps.margin / MICROSECONDS)
    return {
        "level": level.depth,
        "nodes": {
            "key": [named[node][0] for node in nodes],
            "kind": [_KIND_NAMES[named[node][1]] for node in nodes],
            "certain": level.certain,
        },
        "edges": {
            "kind": _STEP_NAMES[steps.kind].tolist(),
            "from": steps.source,
            "to": steps.target,
            "event": steps.event,
            "other_event": _or_null(steps.other),
            "certain": steps.certain,
            "margin_seconds": margins,
        },
    }


def _or_null(column: Integers) -> list[int | None]:
    if (column == NOTHING).all():
        return [None] * len(column)  # most transformations are one event
    return [None if value == NOTHING else value for value in column.tolist()]


def _cut(cut: Cut | None) -> dict[str, Any] | None:
    return None if cut is None else {"reason": cut.reason.value, "depth": cut.depth, "remaining": cut.remaining}
