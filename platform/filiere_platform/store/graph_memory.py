"""The graph in memory of one process: it follows the log, and shows of itself what a viewer's grants reach.

Before each search it is caught up to the head of the log that the search's transaction sees, so that nothing stored
before is missing; what is stored meanwhile is left out by its log index. After a start a long log is read by a thread
of its own, and searches ask the database until it is done.

The gate stands inside: a search asks of events whether its viewer may see them before it takes a step, from the
same grants that `gate` asks the database for. Grants are kept by audience, a byte for each event, for those that asked
last. What is shown of an event is read through `gate` again.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from sqlmodel import Session

from filiere_platform.domain.adjacency import Adjacency, Flags, Integers
from filiere_platform.domain.audience import PUBLIC_VIEW, Viewer
from filiere_platform.domain.closure import Labels
from filiere_platform.domain.graph_state import GraphState
from filiere_platform.domain.record import LogHead
from filiere_platform.store.event_gate import EventGate
from filiere_platform.store.graph_columns import GraphReader

log = logging.getLogger(__name__)

MEBIBYTE: Final = 1 << 20
DEFAULT_LIMIT: Final = 1024 * MEBIBYTE
AT_ONCE: Final = 100_000  # entries of the log that a search waits for: less than a second
_STRETCH: Final = 300_000  # entries that the thread reads in one transaction
_ROOMS: Final = 2  # kept for searches that run side by side; more are made and thrown away
_FOR_GRANTS: Final = 4  # the part of the limit that grants may take: one in four


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGraph:
    """The graph in memory as one viewer may see it; `grants` is None where he needs none."""

    adjacency: Adjacency
    grants: tuple[Flags, ...] | None
    views: Flags | None  # by ordinal, whether anybody sees the public fields; None for who sees everything
    room: Callable[[], AbstractContextManager[tuple[Labels, Labels]]]

    def may_see(self, ordinals: Integers) -> Flags:
        """Say of some events whether one of the viewer's audiences has a grant."""
        if self.grants is None:
            return np.ones(len(ordinals), np.bool_)
        seen = np.zeros(len(ordinals), np.bool_)
        for granted in self.grants:
            seen |= granted[ordinals]
        return seen


class _Granted(NamedTuple):
    flags: Flags  # by ordinal, with room behind
    grants: int  # those numbered up to here are in


class GraphMemory:
    """Shared by all threads of a process."""

    def __init__(
        self, open_reader: Callable[[], AbstractContextManager[GraphReader]], *, limit: int = DEFAULT_LIMIT
    ) -> None:
        """Hold nothing yet; with a limit of 0 it never does."""
        self._open_reader = open_reader
        self._limit = limit
        self._lock = threading.Lock()
        self._adjacency = Adjacency()
        self._granted: OrderedDict[int, _Granted] = OrderedDict()
        self._rooms: list[tuple[Labels, Labels]] = []
        self._loader: threading.Thread | None = None
        self._closed = False

    def seen_by(self, audiences: Sequence[int] | None, reader: GraphReader, head: LogHead) -> SeenGraph | None:
        """Catch up to a head and show what some audiences may see, or all of it; None where the database is asked.

        Raises:
            StoreUnavailable: the database is away.
        """
        if not self._limit or self._is_behind(head):
            return None
        with self._lock:
            self._follow(reader, head)
            adjacency = self._adjacency
            if adjacency.size < head.size:
                return None
            grants = (
                None
                if audiences is None
                else tuple(self._grants_of(audience, reader, head, adjacency) for audience in audiences)
            )
            views = None if audiences is None else self._grants_of(PUBLIC_VIEW, reader, head, adjacency)
        return SeenGraph(adjacency=adjacency, grants=grants, views=views, room=self._room)

    def state(self) -> GraphState:
        """Say what is held."""
        adjacency, rooms = self._adjacency, list(self._rooms)
        labels = sum(labels.nbytes for room in rooms for labels in room)
        granted = sum(len(each.flags) for each in list(self._granted.values()))
        return GraphState(size=adjacency.size, nbytes=adjacency.nbytes + granted + labels, ends=adjacency.count_ends())

    def forget(self) -> None:
        """Let go of everything: another log may lie in the database from now on."""
        with self._lock:
            self._forget()

    def close(self) -> None:
        """Stop reading. Nothing may be under way but the thread that reads."""
        self._closed = True
        if self._loader is not None:
            self._loader.join()

    def _is_behind(self, head: LogHead) -> bool:
        if head.size - self._adjacency.size <= AT_ONCE:
            return False
        with self._lock:
            if not self._closed and (self._loader is None or not self._loader.is_alive()):
                self._loader = threading.Thread(target=self._load, name="graph memory", daemon=True)
                self._loader.start()
        return True

    def _load(self) -> None:
        """Read the log up to its head, a stretch at a time, in transactions of its own."""
        try:
            while self._limit and not self._closed:
                with self._open_reader() as reader:
                    head = reader.head()
                    with self._lock:
                        missing = head.size - self._adjacency.size
                        stretch = head._replace(size=min(head.size, self._adjacency.size + _STRETCH))
                        self._follow(reader, stretch)
                if missing <= AT_ONCE:
                    return
        except Exception:
            log.exception("graph_memory_not_loaded")

    def _follow(self, reader: GraphReader, head: LogHead) -> None:
        known = self._adjacency
        if head.size < known.size:
            self._forget()  # an older log was put in this one's place
            known = self._adjacency
        if head.size == known.size or not self._limit:
            return
        columns = reader.columns(known.size, head.size, first_node=known.nodes + 1, last_node=head.nodes)
        extended = known.extended(columns)
        if extended.nbytes > self._limit:
            log.warning("graph_memory_exceeded", extra={"limit_bytes": self._limit, "log_size": head.size})
            self._limit = 0
            self._forget()
            return
        self._adjacency = extended

    def _forget(self) -> None:
        self._adjacency = Adjacency()
        self._granted.clear()
        self._rooms.clear()

    def _grants_of(self, audience: int, reader: GraphReader, head: LogHead, adjacency: Adjacency) -> Flags:
        """Give by ordinal whether an audience may see an event; grants are only ever added."""
        known = self._granted.pop(audience, None) or _Granted(np.zeros(0, np.bool_), 0)
        flags, count = known.flags, len(adjacency.log_index)
        if len(flags) < count:
            flags = np.zeros(count + count // 4, np.bool_)
            flags[: len(known.flags)] = known.flags
        if head.grants > known.grants:
            granted = reader.granted(audience, known.grants + 1, head.grants + 1)
            at = np.searchsorted(adjacency.log_index, granted)
            at, granted = at[at < count], granted[at < count]
            flags[at[adjacency.log_index[at] == granted]] = True
        self._granted[audience] = _Granted(flags, max(known.grants, head.grants))
        while len(self._granted) > 1 and sum(len(e.flags) for e in self._granted.values()) > self._limit // _FOR_GRANTS:
            self._granted.popitem(last=False)
        return flags

    @contextmanager
    def _room(self) -> Iterator[tuple[Labels, Labels]]:
        """Lend room for one search."""
        with self._lock:
            room = self._rooms.pop() if self._rooms else (Labels(), Labels())
        yield room
        with self._lock:
            if len(self._rooms) < _ROOMS:
                self._rooms.append(room)


class GraphStore:
    """The graph in memory, for one transaction."""

    def __init__(self, session: Session, memory: GraphMemory, gate: EventGate) -> None:
        self._reader = GraphReader(session)
        self._memory = memory
        self._gate = gate

    def seen_by(self, viewer: Viewer, head: LogHead) -> SeenGraph | None:
        """Show what a viewer may see of the log up to a head; None where the database has to be asked."""
        audiences = None if viewer.operator else self._gate.audiences_of(viewer)
        return self._memory.seen_by(audiences, self._reader, head)

    def state(self) -> GraphState:
        """Say what is held by this process."""
        return self._memory.state()
