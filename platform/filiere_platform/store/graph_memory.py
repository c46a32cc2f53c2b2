"""The graph in memory of one process: it follows the log, and shows of itself what a viewer's grants reach.

Before each search it is caught up to the head of the log that the search's transaction sees, so that nothing stored
before is missing; what is stored meanwhile is left out by its log index. After a start a long log is read by a thread
of its own; until it is done, or where there is not the memory for it, searches fetch what they come to.

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
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from sqlmodel import Session

from filiere_platform.domain.adjacency import Adjacency, Flags, Integers
from filiere_platform.domain.audience import PUBLIC_VIEW, Viewer
from filiere_platform.domain.closure import Labels
from filiere_platform.domain.graph_state import GraphState
from filiere_platform.domain.partial_adjacency import PartialAdjacency
from filiere_platform.domain.record import LogHead
from filiere_platform.domain.searchable import Searchable
from filiere_platform.store.event_gate import EventGate
from filiere_platform.store.graph_columns import GraphReader
from filiere_platform.store.graph_frontier import FrontierSource

log = logging.getLogger(__name__)

MEBIBYTE: Final = 1 << 20
DEFAULT_LIMIT: Final = 1024 * MEBIBYTE
AT_ONCE: Final = 2_000  # entries of the log that a search waits for: some hundredths of a second
_SHARE: Final = 10  # of a graph that is there, it waits for a tenth of that, which a search without it costs more than
_MOST_AT_ONCE: Final = 50_000  # less than half a second
_STRETCH: Final = 300_000  # entries that the thread reads in one transaction
_ROOMS: Final = 2  # kept for searches that run side by side; more are made and thrown away
_FOR_GRANTS: Final = 4  # the part of the limit that grants may take: one in four


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGraph:
    """The graph as one viewer may see it.

    `may_see` says of events, by ordinal, whether one of his audiences has a grant; `views` whether anybody sees their
    public fields, None where nobody asks: no event has such fields, or he sees everything.
    """

    adjacency: Searchable
    may_see: Callable[[Integers], Flags]
    views: Callable[[Integers], Flags] | None
    room: Callable[[], AbstractContextManager[tuple[Labels, Labels]]]
    is_remembered: bool  # whether all of it is in memory


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
        self._answered = self._asked = 0

    def seen_by(self, audiences: Sequence[int] | None, reader: GraphReader, head: LogHead) -> SeenGraph | None:
        """Catch up to a head and show what some audiences may see, or all of it; None where the database is asked.

        Raises:
            StoreUnavailable: the database is away.
        """
        if not self._limit or self._is_behind(head):
            self._asked += 1
            return None
        with self._lock:
            self._follow(reader, head)
            adjacency = self._adjacency
            if adjacency.size < head.size:
                self._asked += 1
                return None
            grants = (
                None
                if audiences is None
                else tuple(self._grants_of(audience, reader, head, adjacency) for audience in audiences)
            )
            views = None if audiences is None else self._grants_of(PUBLIC_VIEW, reader, head, adjacency)
            self._answered += 1
        shown = None if views is None or not views.any() else partial(_flags, (views,))
        return SeenGraph(
            adjacency=adjacency,
            may_see=_everything if grants is None else partial(_flags, grants),
            views=shown,
            room=self.room,
            is_remembered=True,
        )

    def state(self) -> GraphState:
        """Say what is held."""
        adjacency, rooms = self._adjacency, list(self._rooms)
        labels = sum(labels.nbytes for room in rooms for labels in room)
        granted = sum(len(each.flags) for each in list(self._granted.values()))
        return GraphState(
            size=adjacency.size,
            nbytes=adjacency.nbytes + granted + labels,
            ends=adjacency.count_ends(),
            remembered=self._answered,
            asked=self._asked,
        )

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
        known = self._adjacency.size
        if head.size - known <= max(AT_ONCE, min(known // _SHARE, _MOST_AT_ONCE)):
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
    def room(self) -> Iterator[tuple[Labels, Labels]]:
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
        self._session = session
        self._reader = GraphReader(session)
        self._memory = memory
        self._gate = gate

    def seen_by(self, viewer: Viewer, head: LogHead) -> SeenGraph:
        """Show what a viewer may see of the log up to a head: from memory, or as far as a search comes."""
        return self._memory.seen_by(self._audiences_of(viewer), self._reader, head) or self.fetched_by(viewer, head)

    def fetched_by(self, viewer: Viewer, head: LogHead) -> SeenGraph:
        """Show the same as far as a search comes, with nothing in memory."""
        audiences = self._audiences_of(viewer)
        source = FrontierSource(self._session, audiences, head)
        adjacency = PartialAdjacency(source, size=head.size, nodes=head.nodes)
        return SeenGraph(
            adjacency=adjacency,
            may_see=adjacency.may_see,
            views=adjacency.views if audiences is not None and source.has_views() else None,
            room=self._memory.room,
            is_remembered=False,
        )

    def _audiences_of(self, viewer: Viewer) -> tuple[int, ...] | None:
        return None if viewer.operator else self._gate.audiences_of(viewer)

    def state(self) -> GraphState:
        """Say what is held by this process."""
        return self._memory.state()


def _flags(columns: Sequence[Flags], ordinals: Integers) -> Flags:
    """Say of some events whether any column has them."""
    found = np.zeros(len(ordinals), np.bool_)
    for flags in columns:
        found |= flags[ordinals]
    return found


def _everything(ordinals: Integers) -> Flags:
    return np.ones(len(ordinals), np.bool_)
