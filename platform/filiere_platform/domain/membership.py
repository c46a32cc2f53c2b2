"""When a content was in its container, or a part in its assembly: from the events that name the parent.

Containers and assemblies are reused, so that membership is an interval: it opens with an ADD and closes with the
first DELETE that surely comes after it. Where the times of two events overlap, their order is open, and the spans of
the membership say what is possible and what is sure. What the standard leaves open is decided here:

- A DELETE that names no child takes everything out. Source: EPCIS 2.0, 7.4.3.
- A DELETE of less than what was put in leaves the rest inside; where the quantities cannot be compared, both are
  possible.
- A DELETE without its ADD says that the content was inside until then, and not since when: it is possible from the
  last time on that the content surely was out.
- An OBSERVE, and a transaction that names a parent, prove membership at that instant alone.
- A container that is decommissioned or destroyed, cleaned, or commissioned a second time, holds nothing of before.
- A vessel that carries over (`carry_over`) gives out what was put in as its mode says, until the next cut: taking a
  content out by name does not clean it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate
from operator import attrgetter

from filiere_platform.domain.carry_over import CLEANING, CarryOver, Supposed, Vessel, is_drawn_from, vessel_at, vessels
from filiere_platform.domain.first_in_first_out import Draw, Queue
from filiere_platform.domain.portion import Removal, Statement, removals
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.span import BEGINNING, END, Span, Sureness
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.traced_event import TracedEvent

END_OF_LIFE = frozenset({"decommissioning", "destroying"})
START_OF_LIFE = "commissioning"


class MembershipKind(StrEnum):
    """How a content belongs to its parent: packed (aggregation) or fitted (association)."""

    PACKED = "packed-in"
    FITTED = "fitted-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One stay of a content in a parent; `closed` is the event that surely ended it, if there is one.

    `shown` is the event that proves the stay: its ADD, else an OBSERVE, else a DELETE without its ADD.
    """

    kind: MembershipKind
    child: int
    parent: int
    shown: TracedEvent
    closed: TracedEvent | None
    end: TraceEnd  # the child's end in `shown`, with its quantity
    spans: tuple[Span, ...]
    carry_over: CarryOver | None = None  # how the parent gives it out, where it is a vessel that carries over


def _nothing_supposed() -> None:
    return None


def memberships_in(
    parent: int,
    events: Collection[TracedEvent],
    *,
    owner: int | None = None,
    supposed: Callable[[], Supposed | None] = _nothing_supposed,
) -> list[Membership]:
    """Find every stay of every content in a parent, from all events that touch the parent.

    `owner` is the member to whom the parent's identifier belongs, if it is anybody's; `supposed` gives how a vessel
    works of which no word counts.
    """
    if all(event.parent != parent for event in events):
        return []
    books = {kind: _Book() for kind in MembershipKind}
    lives: list[TracedEvent] = []
    for event in events:
        if event.parent == parent:
            book = books[MembershipKind.FITTED if event.type is EventTypeCode.ASSOCIATION else MembershipKind.PACKED]
            book.enter(event)
        elif event.type is EventTypeCode.OBJECT and parent in event.nodes(Role.OBJECT):
            lives.append(event)
    ended = _ends_of_life(lives)
    stays = [stay for kind, book in books.items() for stay in book.stays(kind, parent, ended)]
    said = vessels(lives, parent)
    otherwise = supposed() if is_drawn_from(events, parent) else None
    return _carried_over(stays, parent, events, ended, said, owner, otherwise) if said or otherwise else stays


@dataclass(slots=True)
class _Book:
    """What the events say about the contents of one parent, by child."""

    adds: dict[int, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    deletes: dict[int, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    sightings: list[Statement] = field(default_factory=list)
    emptied: list[TracedEvent] = field(default_factory=list)

    def enter(self, event: TracedEvent) -> None:
        contents = event.contents
        if event.type is EventTypeCode.TRANSACTION or event.action is ActionCode.OBSERVE:
            self.sightings += [(event, end) for end in contents]
        elif event.action is ActionCode.ADD:
            for end in contents:
                self.adds[end.node_id].append((event, end))
        elif contents:
            for end in contents:
                self.deletes[end.node_id].append((event, end))
        else:
            self.emptied.append(event)

    def stays(self, kind: MembershipKind, parent: int, ended: list[TracedEvent]) -> Iterable[Membership]:
        def stay(statement: Statement, spans: tuple[Span, ...], closed: TracedEvent | None = None) -> Membership:
            event, end = statement
            return Membership(
                kind=kind, child=end.node_id, parent=parent, shown=event, closed=closed, end=end, spans=spans
            )

        emptied = [*self.emptied, *ended]
        for_all = _Closers(emptied)
        for child in dict.fromkeys([*self.adds, *self.deletes]):
            adds, deletes = self.adds.get(child, []), self.deletes.get(child, [])
            taken = removals(adds, deletes, emptied)
            whole = [event for event, _ in deletes if taken[event.log_index] is Removal.WHOLE]
            not_part = [event for event, _ in deletes if taken[event.log_index] is not Removal.PART]
            surely, perhaps = _Closers(whole), _Closers(not_part)
            for statement in adds:
                yield stay(statement, *_from_add(statement[0], (for_all, surely), (for_all, perhaps)))
            ending = emptied + not_part
            for statement in deletes:
                if not _surely_added([event for event, _ in adds], statement[0], ending):
                    yield stay(statement, _until_delete(statement[0], (for_all, surely)), statement[0])
        for statement in self.sightings:
            yield stay(statement, _sighting(statement[0]))


class _Closers:
    """Events that may end a stay, found by time in logarithmic time: a crate may be emptied ten thousand times."""

    def __init__(self, events: Sequence[TracedEvent]) -> None:
        by_start = sorted(events, key=lambda event: event.earliest)
        self._starts = [event.earliest for event in by_start]
        self._first_over = _running_least(by_start, key=lambda event: event.latest)
        by_end = sorted(events, key=lambda event: event.latest)
        self._ends = [event.latest for event in by_end]
        self._first_begun = _running_least(by_end, key=lambda event: event.earliest)
        self._last_begun = list(accumulate((event.earliest for event in by_end), max))

    def surely_after(self, instant: int) -> TracedEvent | None:
        """Of the events that begin after an instant, the one that is over first."""
        at = bisect_right(self._starts, instant)
        return self._first_over[at] if at < len(self._starts) else None

    def perhaps_after(self, instant: int) -> int:
        """The first instant of an event that may lie at or after an instant."""
        at = bisect_left(self._ends, instant)
        return self._first_begun[at].earliest if at < len(self._ends) else END

    def surely_before(self, instant: int) -> int:
        """The latest beginning of the events that are over before an instant."""
        at = bisect_left(self._ends, instant)
        return self._last_begun[at - 1] if at else BEGINNING


def _from_add(
    event: TracedEvent, surely: tuple[_Closers, ...], perhaps: tuple[_Closers, ...]
) -> tuple[tuple[Span, ...], TracedEvent | None]:
    """Give the spans of a stay that begins with an ADD, the possible one first, and what surely ended it."""
    closing = [found for closers in surely if (found := closers.surely_after(event.latest)) is not None]
    closed = min(closing, key=lambda found: found.latest, default=None)
    last_sure = min(closers.perhaps_after(event.earliest) for closers in perhaps) - 1
    spans = [Span(event.earliest, END if closed is None else closed.latest, Sureness.POSSIBLE)]
    if event.latest <= last_sure:
        spans.append(Span(event.latest, last_sure, Sureness.THROUGHOUT))
    spans.append(Span(event.earliest, event.latest, Sureness.SOMETIME))
    return tuple(spans), closed


def _surely_added(adds: list[TracedEvent], removal: TracedEvent, ending: list[TracedEvent]) -> bool:
    """Whether what an event takes out was surely put in by an ADD that nothing else may have ended before."""
    since = max((event.earliest for event in adds if event.latest <= removal.earliest), default=None)
    if since is None:
        return False
    return not any(
        other is not removal and other.latest > since and other.earliest < removal.latest for other in ending
    )


def _until_delete(event: TracedEvent, surely: tuple[_Closers, ...]) -> tuple[Span, ...]:
    since = max(closers.surely_before(event.earliest) for closers in surely)
    possible = Span(since, event.latest, Sureness.POSSIBLE)
    return (possible, *_sighting(event)[1:])


def _sighting(event: TracedEvent) -> tuple[Span, ...]:
    sure = Sureness.THROUGHOUT if event.earliest == event.latest else Sureness.SOMETIME
    return (
        Span(event.earliest, event.latest, Sureness.POSSIBLE),
        Span(event.earliest, event.latest, sure),
    )


def _ends_of_life(events: list[TracedEvent]) -> list[TracedEvent]:
    """Find the events after which a container holds nothing of before.

    Only an explicit end of life, or a second commissioning: many senders write DELETE for goods that merely leave
    their stock, and label a pallet after packing it; taking their word would lose the goods on the way.
    """
    births = [event for event in events if event.action is ActionCode.ADD and event.biz_step == START_OF_LIFE]
    first_birth = min((event.latest for event in births), default=END)
    reborn = [event for event in births if event.earliest > first_birth]
    dead = [event for event in events if event.action is ActionCode.DELETE and event.biz_step in END_OF_LIFE]
    cleaned = [event for event in events if event.biz_step == CLEANING]
    return [*dead, *reborn, *cleaned]


def _carried_over(  # noqa: PLR0917 - what is known of one vessel
    stays: Sequence[Membership],
    vessel: int,
    events: Collection[TracedEvent],
    ended: Sequence[TracedEvent],
    said: Sequence[Vessel],
    owner: int | None,
    otherwise: Supposed | None,
) -> list[Membership]:
    """Give the stays in a vessel as its mode says; those that it has no word for stay as they are."""
    within = [event for event in events if event.parent == vessel and event.type is EventTypeCode.AGGREGATION]
    emptied = [event for event in within if event.action is ActionCode.DELETE and not event.contents]
    cuts = [*emptied, *ended]
    flows = _Flows(vessel, events, within, cuts)
    found = []
    for stay in stays:
        how = vessel_at(said, stay.shown, owner) or otherwise
        is_put_in = stay.kind is MembershipKind.PACKED and stay.shown.action is ActionCode.ADD
        if how is None or not is_put_in or stay.shown not in within:
            found.append(stay)
            continue
        spans, closed = _from_add(stay.shown, (flows.cuts,), (flows.cuts,))
        if how.mode is CarryOver.WINDOW:
            spans = _for_a_while(stay.shown, spans, how.window)
        elif how.mode is CarryOver.FIRST_IN_FIRST_OUT:
            queue = flows.queue_of(stay.shown)
            spans = spans[:1] if queue is None else queue.spans_of((stay.shown, stay.end), spans)
        found.append(replace(stay, spans=spans, closed=closed, carry_over=how.mode))
    return found


class _Flows:
    """What goes into a vessel and comes out of it, between its cuts."""

    def __init__(
        self, vessel: int, events: Iterable[TracedEvent], within: Iterable[TracedEvent], cuts: Sequence[TracedEvent]
    ) -> None:
        self.cuts = _Closers(cuts)
        self._by_cut = cuts
        self._puts: list[Statement] = []
        self._draws: list[Draw] = []
        for event in within:
            if event.action is ActionCode.ADD:
                self._puts += [(event, end) for end in event.contents]
            elif event.action is ActionCode.DELETE:
                self._draws += [Draw(event, end.quantity, end.uom) for end in event.contents]
        for event in events:
            if event.type is EventTypeCode.TRANSFORMATION:
                self._draws += [
                    Draw(event, end.quantity, end.uom) for end in event.among(Role.INPUT) if end.node_id == vessel
                ]
        self._queues: dict[tuple[int, int], Queue] = {}

    def queue_of(self, put: TracedEvent) -> Queue | None:
        """Give what lies between the cuts around an event, laid out once; None where a cut may come before or after."""
        if any(cut.earliest <= put.latest and put.earliest <= cut.latest for cut in self._by_cut):
            return None
        before = max(
            (cut for cut in self._by_cut if cut.latest < put.earliest), key=attrgetter("earliest"), default=None
        )
        after = min((cut for cut in self._by_cut if cut.earliest > put.latest), key=attrgetter("latest"), default=None)
        begin = (BEGINNING, BEGINNING) if before is None else (before.earliest, before.latest)
        end = (END, END) if after is None else (after.earliest, after.latest)
        key = (-1 if before is None else before.log_index, -1 if after is None else after.log_index)
        if key not in self._queues:
            self._queues[key] = Queue(
                self._puts,
                self._draws,
                surely=lambda event: event.earliest > begin[1] and event.latest < end[0],
                perhaps=lambda event: event.latest >= begin[0] and event.earliest <= end[1],
            )
        return self._queues[key]


def _for_a_while(event: TracedEvent, spans: Sequence[Span], window: int | None) -> tuple[Span, ...]:
    """Cut a stay where its window is over; where its length is not known any more, nothing is sure."""
    possible = spans[0]
    if window is None:
        return (possible,)
    found = [possible._replace(hi=min(possible.hi, event.latest + window))]
    for span in spans[1:]:
        until = min(span.hi, event.earliest + window) if span.sureness is Sureness.THROUGHOUT else span.hi
        if span.lo <= until:
            found.append(span._replace(hi=until))
    return tuple(found)


def _running_least(events: list[TracedEvent], *, key: Callable[[TracedEvent], int]) -> list[TracedEvent]:
    """Give for each position the least event from there to the end."""
    least: list[TracedEvent] = []
    for event in reversed(events):
        least.append(event if not least or key(event) <= key(least[-1]) else least[-1])
    return least[::-1]
