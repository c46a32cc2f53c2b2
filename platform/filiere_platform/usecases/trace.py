"""Trace an object up, down or both ways, through the gate and as the log stood at a time."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.sentences import NOT_FOUND, QUERY_PARAMETER
from filiere_platform.domain.trace import Limits, Search, search
from filiere_platform.domain.trace_answer import Findings, lay_out, nodes_named_by
from filiere_platform.domain.trace_edges import show
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.trace_graph import Direction, TraceGraph
from filiere_platform.domain.trace_sentences import AS_OF_BEYOND_LOG
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal

MAX_DEPTH = 100  # steps; real chains have some tens
MAX_NODES = 10_000  # objects in one direction
MAX_SECONDS = 30.0


class Ways(StrEnum):
    """Which way to look."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceQuestion:
    """What somebody asks; `as_of` is a size of the log, or a time up to which records had been stored."""

    object: str
    ways: Ways = Ways.BOTH
    max_depth: int = MAX_DEPTH
    max_nodes: int = MAX_NODES
    max_seconds: float = MAX_SECONDS
    as_of: int | datetime | None = None


def trace_object(uow: UnitOfWork, viewer: Viewer, question: TraceQuestion) -> dict[str, Any]:
    """Answer a trace as docs/trace.md says.

    Every statement looks at the same state of the log, so that what is stored meanwhile cannot tear the answer.

    Raises:
        InvalidIdentifier: the object's identifier is not one.
        Refusal: code `not-found` where no event that the viewer may see mentions it, `as-of-beyond-log`.
    """
    size = _size(uow, question.as_of)
    key = canonical_key(question.object)
    start = uow.nodes.ids([key]).get(key)
    if start is None or not _is_known_to(uow, viewer, start):
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": question.object})])
    source = _VisibleGraph(uow, viewer, before=size)
    graph = TraceGraph(source)
    deadline = time.monotonic() + question.max_seconds
    limits = Limits(
        max_depth=question.max_depth, max_nodes=question.max_nodes, expired=lambda: time.monotonic() > deadline
    )
    searches = [search(graph, start, direction, limits) for direction in _DIRECTIONS[question.ways]]
    return lay_out(_findings(uow, source, searches, key=key, ways=question.ways))


def _is_known_to(uow: UnitOfWork, viewer: Viewer, node: int) -> bool:
    """Whether the viewer may see any event of an object.

    Nobody learns from a trace that somebody else's lot exists: without an event of his own to start from, the answer
    is that of an object that nobody ever mentioned.
    """
    return viewer.operator or uow.events.visible_to(viewer).mentions(node)


def read_as_of(text: str | None) -> int | datetime | None:
    """Read a size of the log or a time with its zone.

    Raises:
        Refusal: code `query-parameter`.
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that was not percent-encoded
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        values = {"name": "as_of", "found": text, "expected": "2026-03-04T05:06:07Z | 1234"}
        raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
    return instant


class _VisibleGraph:
    """The graph as one viewer may see it, at one size of the log."""

    def __init__(self, uow: UnitOfWork, viewer: Viewer, *, before: int) -> None:
        self._nodes = uow.nodes
        self.events = uow.events.visible_to(viewer)
        self.before = before

    def ends_touching(self, node_ids: Collection[int]) -> Iterable[TraceEnd]:
        return self.events.ends_touching(node_ids, before=self.before)

    def kinds(self, node_ids: Collection[int]) -> Mapping[int, NodeKind]:
        return {node: NodeKind(row.kind) for node, row in self._nodes.read(node_ids).items()}


_DIRECTIONS = {
    Ways.UP: (Direction.UP,),
    Ways.DOWN: (Direction.DOWN,),
    Ways.BOTH: (Direction.UP, Direction.DOWN),
}


def _findings(uow: UnitOfWork, source: _VisibleGraph, searches: list[Search], *, key: str, ways: Ways) -> Findings:
    shown = [show(each) for each in searches]
    indexes = {index for each in shown for index in each.events}
    reached = set().union(*(each.reached for each in searches))
    records = {record.log_index: record for record in source.events.records(indexes)}
    return Findings(
        object=key,
        direction=ways.value,
        as_of=source.before,
        searches=searches,
        shown=shown,
        nodes=uow.nodes.read(nodes_named_by(searches, shown)),
        hidden=source.events.count_hidden(reached, before=source.before),
        withdrawn=source.events.withdrawn_touching(reached, before=source.before),
        records=records,
        erasures=uow.erasures.payloads_of([index for index, record in records.items() if record.body is None]),
    )


def _size(uow: UnitOfWork, as_of: int | datetime | None) -> int:
    """Find the size of the log to look at.

    Raises:
        Refusal: code `as-of-beyond-log`.
    """
    if isinstance(as_of, datetime):
        return uow.log.size_at(microseconds(as_of))
    size = uow.log.head().size
    if as_of is not None and not 0 <= as_of <= size:
        raise Refusal([Problem(sentence=AS_OF_BEYOND_LOG, values={"found": as_of, "expected": size})])
    return size if as_of is None else as_of
