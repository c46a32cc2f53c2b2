"""Trace an object up, down or both ways, through the gate and as the log stood at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.sealed_node import Sealing
from filiere_platform.domain.sentences import NOT_FOUND, QUERY_PARAMETER
from filiere_platform.domain.trace import Limits, Search
from filiere_platform.domain.trace_answer import Findings, lay_out, nodes_named_by
from filiere_platform.domain.trace_edges import show
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.domain.trace_sentences import AS_OF_BEYOND_LOG
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.access_requests import sealing_of
from filiere_platform.usecases.trace_graph import AskedGraph, RememberedGraph
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
    """What somebody asks.

    `as_of` is a size of the log, or a time up to which records had been stored: what was known. `at` leaves out what
    surely happened after an instant, whenever it was told: what was the case.
    """

    object: str
    ways: Ways = Ways.BOTH
    max_depth: int = MAX_DEPTH
    max_nodes: int = MAX_NODES
    max_seconds: float = MAX_SECONDS
    as_of: int | datetime | None = None
    at: datetime | None = None


def trace_object(
    uow: UnitOfWork, viewer: Viewer, question: TraceQuestion, *, key: bytes | None = None, names_members: bool = False
) -> dict[str, Any]:
    """Answer a trace as docs/trace.md says; with a key, sealed nodes have handles by which access can be asked for.

    Every statement looks at the same state of the log, so that what is stored meanwhile cannot tear the answer.

    Raises:
        InvalidIdentifier: the object's identifier is not one.
        Refusal: code `not-found` where no event that the viewer may see mentions it, `as-of-beyond-log`.
    """
    opened = open_graph(uow, viewer, question, by_views=True)
    source = opened.graph
    searches = source.search(opened.start, DIRECTIONS[question.ways], limits_of(question))
    sealing = sealing_of(uow, viewer, key=key, names_members=names_members)
    return lay_out(findings_of(uow, viewer, source, searches, key=opened.key, ways=question.ways, sealing=sealing))


class Bounded(Protocol):
    """A question with limits."""

    @property
    def max_depth(self) -> int:
        """Steps."""

    @property
    def max_nodes(self) -> int:
        """Objects in one direction."""

    @property
    def max_seconds(self) -> float:
        """From when it is asked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedGraph:
    """The graph that a question is asked of, and the object in it."""

    key: str
    start: int
    graph: RememberedGraph


def open_graph(uow: UnitOfWork, viewer: Viewer, question: TraceQuestion, *, by_views: bool = False) -> OpenedGraph:
    """Find the object of a question, and the graph as the viewer may see it; `by_views`: as `known_objects`.

    Raises:
        InvalidIdentifier, Refusal: as `trace_object`.
    """
    source = open_source(uow, viewer, question.as_of, question.at)
    (key,), known = known_objects(uow, viewer, [question.object], by_views=by_views)
    if key not in known:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": question.object})])
    return OpenedGraph(key=key, start=known[key], graph=source)


def open_source(
    uow: UnitOfWork, viewer: Viewer, as_of: int | datetime | None, at: datetime | None = None
) -> RememberedGraph:
    """Give the graph as a viewer may see it, as the log stood at a time, and what was the case at another.

    Raises:
        Refusal: code `as-of-beyond-log`.
    """
    head = uow.log.head()
    until = None if at is None else microseconds(at)
    asked = AskedGraph(uow, viewer, before=_size(uow, as_of, head.size), until=until)
    return RememberedGraph(asked, uow.graph.seen_by(viewer, head))


def known_objects(
    uow: UnitOfWork, viewer: Viewer, objects: Iterable[str], *, by_views: bool = False
) -> tuple[list[str], dict[str, int]]:
    """Give the keys of some objects, each once, and the nodes of those of which the viewer may know.

    Nobody learns from a trace that somebody else's lot exists: without an event of it that he may see, the answer is
    that of an object that nobody ever mentioned. `by_views`: or of which he sees public fields alone.

    Raises:
        InvalidIdentifier: an object's identifier is not one.
    """
    keys = list(dict.fromkeys(canonical_key(each) for each in objects))
    nodes = uow.nodes.ids(keys)
    if viewer.operator:
        return keys, nodes
    events = uow.events.visible_to(viewer)
    known = events.mentioned(nodes.values())
    known |= {node for node in nodes.values() if node not in known and events.mentions(node)}
    if by_views:
        views = uow.views.seen_by(viewer)
        known |= {node for node in nodes.values() if node not in known and views.touching([node])}
    return keys, {key: node for key, node in nodes.items() if node in known}


def limits_of(question: Bounded) -> Limits:
    """Give how far a question goes; its time begins now."""
    deadline = time.monotonic() + question.max_seconds
    return Limits(
        max_depth=question.max_depth, max_nodes=question.max_nodes, expired=lambda: time.monotonic() > deadline
    )


def read_as_of(text: str | None) -> int | datetime | None:
    """Read a size of the log or a time with its zone.

    Raises:
        Refusal: code `query-parameter`.
    """
    if text is not None and text.isascii() and text.isdigit():
        return int(text)
    return _instant("as_of", text, "2026-03-04T05:06:07Z | 1234")


def read_at(text: str | None) -> datetime | None:
    """Read a time with its zone.

    Raises:
        Refusal: code `query-parameter`.
    """
    return _instant("at", text, "2026-03-04T05:06:07Z")


def _instant(name: str, text: str | None, expected: str) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that was not percent-encoded
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refusal([Problem(sentence=QUERY_PARAMETER, values={"name": name, "found": text, "expected": expected})])


DIRECTIONS = {
    Ways.UP: (Direction.UP,),
    Ways.DOWN: (Direction.DOWN,),
    Ways.BOTH: (Direction.UP, Direction.DOWN),
}


def findings_of(
    uow: UnitOfWork,
    viewer: Viewer,
    source: RememberedGraph,
    searches: list[Search],
    *,
    key: str,
    ways: Ways,
    sealing: Sealing,
) -> Findings:
    """Gather what an answer is laid out from."""
    shown = [show(each) for each in searches]
    indexes = {index for each in shown for index in each.events}
    reached = set().union(*(each.reached for each in searches))
    # Most objects have nothing hidden: only of the others is it asked what of it this viewer may know.
    hidden = source.events.hidden_at(source.count_hidden(reached).keys(), before=source.before)
    records = {record.log_index: record for record in source.events.records(indexes)}
    withdrawn = source.withdrawn(reached)
    uow.events.note_shown(viewer, {index for found in withdrawn.values() for index in found})
    return Findings(
        object=key,
        direction=ways.value,
        as_of=source.before,
        at=source.until,
        searches=searches,
        shown=shown,
        nodes=uow.nodes.read(nodes_named_by(searches, shown)),
        hidden={node: len(events) for node, events in hidden.items()},
        sealed=hidden,
        sealing=sealing,
        withdrawn=withdrawn,
        records=records,
        views={view.log_index: view for view in source.views.views(sorted(indexes - records.keys()))},
        erasures=uow.erasures.payloads_of([index for index, record in records.items() if record.body is None]),
    )


def _size(uow: UnitOfWork, as_of: int | datetime | None, size: int) -> int:
    """Find the size of the log to look at.

    Raises:
        Refusal: code `as-of-beyond-log`.
    """
    if isinstance(as_of, datetime):
        return uow.log.size_at(microseconds(as_of))
    if as_of is not None and not 0 <= as_of <= size:
        raise Refusal([Problem(sentence=AS_OF_BEYOND_LOG, values={"found": as_of, "expected": size})])
    return size if as_of is None else as_of
