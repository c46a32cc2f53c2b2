"""The search of a trace over integer arrays: the same answer as `trace.search`, for a hundred thousand objects at once.

An object that was never in a container nor held anything is reached from an instant on and for ever: two numbers say
everything, the earliest instant at which traced material may be there, and the earliest at which it surely is. They
only ever fall, and a whole level of a search moves them on in a few operations over arrays. Containers and what was in
them need spans; they are followed by `trace.steps`, exactly and one by one, and hand over to the arrays where they
meet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from filiere_platform.domain.adjacency import EMPTY, INTO, OUT_OF, Flags, Integers
from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.searchable import Searchable
from filiere_platform.domain.span import ALWAYS, BEGINNING, END, Span, Sureness
from filiere_platform.domain.trace import Cut, CutReason, Limits, Reached, Wave, steps
from filiere_platform.domain.trace_graph import Direction, TraceGraph

NEVER: Final = np.iinfo(np.int64).max
USES_OF: Final = {Direction.DOWN: (INTO, OUT_OF), Direction.UP: (OUT_OF, INTO)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What a search over arrays reached; instants are in the direction of the search.

    `plain` are the objects outside of containers, in the order in which they were reached, with their numbers; `held`
    are containers and what was in them, with their spans.
    """

    plain: Integers
    depth: Integers
    possible: Integers  # from when on traced material may be there
    sure: Integers  # from when on it surely is; NEVER where that is not certain
    followed: Flags
    held: dict[int, Reached]
    cut: Cut | None

    @classmethod
    def of_spans(cls, reached: dict[int, Reached], cut: Cut | None) -> Closure:
        """Give what was found without arrays, for those who read levels."""
        nothing = np.zeros(0, np.bool_)
        return cls(plain=EMPTY, depth=EMPTY, possible=EMPTY, sure=EMPTY, followed=nothing, held=reached, cut=cut)

    def reached(self) -> dict[int, Reached]:
        """Everything as `trace.search` gives it."""
        found = dict(self.held)
        columns = (self.plain, self.depth, self.possible, self.sure, self.followed)
        for node, depth, possible, sure, followed in zip(*(column.tolist() for column in columns), strict=True):
            life = [Span(possible, END, Sureness.POSSIBLE)]
            if sure != NEVER:
                life.append(Span(sure, END, Sureness.THROUGHOUT))
            found[node] = Reached(depth=depth, life=life, followed=followed)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphView:
    """One viewer's view of the graph as it stood at a size of the log: for arrays, and for spans.

    `visible` says of ordinals which events are known, in force and shown to the viewer.
    """

    adjacency: Searchable
    graph: TraceGraph
    visible: Callable[[Integers], Flags]


@dataclass(slots=True)
class Labels:
    """Room for the two numbers of every place, used again by the next search, for which NEVER stands in it again.

    A search touches a thousand of ten million places: to make room anew would cost more than the search. Memory is
    taken, and NEVER written, only where a search comes.
    """

    possible: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    sure: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    touched: list[Integers] = field(default_factory=list)
    _begun: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))  # whether something stands at a place
    _last: Integers = field(default_factory=lambda: np.empty(0, np.int64))  # what it holds means nothing

    def widen(self, count: int) -> None:
        """Make room for so many places; what is known of places stays."""
        known = len(self.possible)
        if known < count:
            room = count + count // 4
            self.possible, self.sure, self._last = (
                _wider(column, np.empty(room, np.int64)) for column in (self.possible, self.sure, self._last)
            )
            self._begun = _wider(self._begun, np.zeros(room, np.bool_))

    def unknown(self, places: Integers) -> Flags:
        """Say at which places nothing may have arrived yet."""
        self._begin(places)
        nothing: Flags = self.possible[places] == NEVER
        return nothing

    def _begin(self, places: Integers) -> None:
        fresh = places[~self._begun[places]]
        if len(fresh):
            self.possible[fresh] = NEVER
            self.sure[fresh] = NEVER
            self._begun[fresh] = True

    def once(self, places: Integers) -> Integers:
        """Give each of some places once, in the order in which it stands there last; sorting would cost more."""
        numbers = np.arange(len(places))
        self._last[places] = numbers
        distinct: Integers = places[self._last[places] == numbers]
        return distinct

    def those_among(self, places: Integers, chosen: list[Integers]) -> Flags:
        """Say which of some places, of which all that were chosen are, were chosen; in no more room than there is."""
        self._last[places] = 0
        for each in chosen:
            self._last[each] = 1
        found: Flags = self._last[places] == 1
        return found

    def clear(self) -> None:
        """Forget a search."""
        for places in self.touched:
            self.possible[places] = NEVER
            self.sure[places] = NEVER
        self.touched.clear()

    @property
    def nbytes(self) -> int:
        """How much memory the room takes."""
        return self.possible.nbytes + self.sure.nbytes + self._last.nbytes + self._begun.nbytes

    def lowers(self, arrivals: Arrivals) -> Flags:
        """Say which arrivals are earlier than what is known."""
        self._begin(arrivals.places)
        earlier: Flags = arrivals.possible < self.possible[arrivals.places]
        surer: Flags = arrivals.sure < self.sure[arrivals.places]
        return earlier | surer

    def lower(self, arrivals: Arrivals) -> Integers:
        """Take over what is earlier than what is known; gives the places where something was, each once."""
        news = arrivals.among(self.lowers(arrivals))
        np.minimum.at(self.possible, news.places, news.possible)
        np.minimum.at(self.sure, news.places, news.sure)
        places = self.once(news.places)
        self.touched.append(places)
        return places


class Arrivals(NamedTuple):
    """When traced material may arrive, and surely arrives, at some places; a place may stand there several times."""

    places: Integers
    possible: Integers
    sure: Integers

    def among(self, chosen: Flags) -> Arrivals:
        """Give some of them."""
        return Arrivals(self.places[chosen], self.possible[chosen], self.sure[chosen])


def _wider(known: Any, room: Any) -> Any:
    room[: len(known)] = known
    return room


_NOBODY: Final = Arrivals(EMPTY, EMPTY, EMPTY)


def close(
    view: GraphView, start: int, direction: Direction, limits: Limits, *, nodes: Labels, events: Labels
) -> Closure:
    """Follow an object in one direction until the chain or a limit ends it; the answer is that of `trace.search`.

    `nodes` and `events` are room that no other search uses meanwhile.
    """
    nodes.widen(view.adjacency.count_of_nodes)
    try:
        return _Search(view=view, direction=direction, limits=limits, nodes=nodes, events=events).run(start)
    finally:
        nodes.clear()
        events.clear()


@dataclass(slots=True, kw_only=True)
class _Search:
    view: GraphView
    direction: Direction
    limits: Limits
    nodes: Labels
    events: Labels
    held: dict[int, Reached] = field(default_factory=dict)
    plain: list[Integers] = field(default_factory=list)  # new ones, level by level
    followed: list[Integers] = field(default_factory=list)

    def run(self, start: int) -> Closure:
        depth, cut = 0, None
        arrivals, wave = self._begun(start)
        while True:
            front = self._settled(arrivals)
            news = wave.settle(self.held, depth)
            if not len(front) and not news.nodes:
                break
            if self.limits.expired():
                cut = Cut(reason=CutReason.TIME, depth=depth, remaining=len(front) + len(news.nodes))
                break
            arrivals, wave = self._stepped(front, news)
            fresh = self.nodes.once(arrivals.places), wave.unsettled(self.held, self.view.graph)
            if depth >= self.limits.max_depth and (len(fresh[0]) or fresh[1]):
                cut = Cut(reason=CutReason.DEPTH, depth=depth, remaining=len(fresh[0]) + len(fresh[1]))
                break
            self._follow(front, news)
            depth += 1
            dropped = self._dropped(*fresh)
            if dropped:
                arrivals = arrivals.among(~np.isin(arrivals.places, np.fromiter(dropped, np.int64)))
                wave.forget(dropped & wave.nodes.keys())
                self._settled(arrivals)
                wave.settle(self.held, depth)
                cut = Cut(reason=CutReason.NODES, depth=depth, remaining=len(dropped))
                break
        return self._closed(cut)

    def _begun(self, start: int) -> tuple[Arrivals, Wave]:
        wave = Wave()
        if self._marks_of(np.array([start])).any():
            for span in ALWAYS:
                wave.reach(start, contents=span)
            return _NOBODY, wave
        return Arrivals(np.array([start]), *(np.array([BEGINNING]) for _ in range(2))), wave

    def _settled(self, arrivals: Arrivals) -> Integers:
        """Take arrivals over; gives the objects of which they say something new."""
        self.plain.append(self.nodes.once(arrivals.places[self.nodes.unknown(arrivals.places)]))
        return self.nodes.lower(arrivals)

    def _follow(self, front: Integers, news: Wave) -> None:
        self.followed.append(front[self._traversed(front)])
        for node in news.nodes:
            self.held[node].followed = self.view.graph.is_traversed(node)

    def _traversed(self, nodes: Integers) -> Flags:
        """A product without a lot is touched by everybody's events: nothing is followed through it."""
        traversed: Flags = self.view.adjacency.kinds_of(nodes) != NodeKind.CLASS
        return traversed

    def _dropped(self, plain: Integers, held: list[int]) -> set[int]:
        """Of the objects that come next, those for which there is no room."""
        unseen, beside = plain[self.nodes.unknown(plain)], [n for n in held if n not in self.held]
        room = self.limits.max_nodes - len(self.held) - sum(map(len, self.plain))
        if len(unseen) + len(beside) <= room:
            return set()
        return set(sorted([*unseen.tolist(), *beside])[max(room, 0) :])

    def _stepped(self, front: Integers, news: Wave) -> tuple[Arrivals, Wave]:
        """Take every step that the news allow; what says nothing new is left out."""
        wave = Wave()
        if news.nodes:
            self.view.graph.load(news.nodes.keys())
            wave = steps(self.view.graph, news, self.direction)
        reached, spans = self._changed(front[self._traversed(front)])
        for node, span in spans:
            wave.reach(node, contents=span)
        return self._handed_over(reached, wave), wave

    def _changed(self, front: Integers) -> tuple[Arrivals, list[tuple[int, Span]]]:
        """Go through the transformations of some objects: to plain objects, and to containers with their spans."""
        entering, leaving = USES_OF[self.direction]
        adjacency = self.view.adjacency
        ordinals, owners = adjacency.events_of(front, entering)
        uses = Arrivals(ordinals, self.nodes.possible[front][owners], self.nodes.sure[front][owners])
        uses = self._taken(uses.among(self.view.visible(ordinals)))
        self.events.widen(len(adjacency.log_index))
        events = self.events.lower(uses)
        taken = Arrivals(events, self.events.possible[events], self.events.sure[events])
        given = self._with_siblings(taken)
        nodes, owners = adjacency.nodes_of(given.places, leaving)
        marked = self._marks_of(nodes)
        reached = Arrivals(nodes, given.possible[owners], given.sure[owners])
        return reached.among(~marked), self._spans(given, owners[marked], nodes[marked])

    def _taken(self, uses: Arrivals) -> Arrivals:
        """When each event takes hold of what is there, of those for which that is possible: `span.at_event`."""
        earliest, latest = self._times(uses.places)
        possible = np.maximum(uses.possible, earliest)
        sure = np.where(uses.sure <= earliest, latest, NEVER)
        return Arrivals(uses.places, possible, sure).among(uses.possible <= latest)

    def _with_siblings(self, taken: Arrivals) -> Arrivals:
        """Add the other events of each transformation: what was put in leaves it there, too, if there is time."""
        others, owners = self.view.adjacency.siblings(taken.places)
        if not len(others):
            return taken
        left = Arrivals(others, taken.possible[owners], taken.sure[owners])
        left = self._taken(left.among(self.view.visible(others)))
        return Arrivals(*(np.concatenate(pair) for pair in zip(taken, left, strict=True)))

    def _spans(self, given: Arrivals, owners: Integers, nodes: Integers) -> list[tuple[int, Span]]:
        """Write out, for containers, when what an event gives is there: within the event's own time."""
        earliest, latest = self._times(given.places[owners])
        columns = (nodes, given.possible[owners], given.sure[owners], earliest, latest)
        found = []
        for node, possible, sure, lo, hi in zip(*(column.tolist() for column in columns), strict=True):
            found.append((node, Span(possible, hi, Sureness.POSSIBLE)))
            if sure != NEVER:
                found.append((node, Span(lo, hi, Sureness.THROUGHOUT if lo == hi else Sureness.SOMETIME)))
        return found

    def _handed_over(self, reached: Arrivals, wave: Wave) -> Arrivals:
        """Turn what containers give to plain objects into numbers, and keep of all arrivals those that say more."""
        places, possible, sure = [], [], []
        named = np.fromiter(wave.nodes, np.int64, len(wave.nodes))
        for node in named[~self._marks_of(named)].tolist():
            for span in wave.nodes.pop(node)[0]:
                places.append(node)
                possible.append(span.lo if span.sureness is Sureness.POSSIBLE else NEVER)
                sure.append(NEVER if span.sureness is Sureness.POSSIBLE else span.lo)
        if places:
            more = (np.array(column, np.int64) for column in (places, possible, sure))
            reached = Arrivals(*(np.concatenate(pair) for pair in zip(reached, more, strict=True)))
        return reached.among(self.nodes.lowers(reached))

    def _marks_of(self, nodes: Integers) -> Flags:
        """Say which nodes have a life among containers, lots and identities, that spans alone can tell."""
        marked: Flags = self.view.adjacency.marks_of(nodes, USES_OF[self.direction][0]) != 0
        return marked

    def _times(self, ordinals: Integers) -> tuple[Integers, Integers]:
        earliest, latest = self.view.adjacency.earliest[ordinals], self.view.adjacency.latest[ordinals]
        return (-latest, -earliest) if self.direction is Direction.UP else (earliest, latest)

    def _closed(self, cut: Cut | None) -> Closure:
        plain = np.concatenate([EMPTY, *self.plain])
        depths = np.repeat(np.arange(len(self.plain)), [len(level) for level in self.plain])
        return Closure(
            plain=plain,
            depth=depths,
            possible=self.nodes.possible[plain].copy(),
            sure=self.nodes.sure[plain].copy(),
            followed=self.nodes.those_among(plain, self.followed),
            held=self.held,
            cut=cut,
        )
