"""The state of an object at an instant: where, at whom, in what, its dispositions, whether it is blocked or recalled.

Every statement names the events behind it, and says so where vague times leave several answers open. What happens to
a container happens to what is in it, so that the place of a lot on a pallet is the pallet's, as far as it surely was on
it. Nobody invents an answer: what no visible event says is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from filiere_platform.domain.event_words import EventWords
from filiere_platform.domain.last_word import LastWord, Said, any_of, last_word
from filiere_platform.domain.membership import Membership
from filiere_platform.domain.record import Role
from filiere_platform.domain.span import Sureness
from filiere_platform.domain.state_quantity import QuantityLeft, quantity_left
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.traced_event import TracedEvent

DEEPEST: Final = 20  # containers in containers
# After these steps an object has left, unless the event says where it is. Source: CBV 2.0, 7.1.
LEAVING: Final = frozenset({"shipping", "departing", "transporting"})
SHIPPING: Final = "shipping"
TAKING_OVER: Final = frozenset({"receiving", "accepting"})
HOLDING: Final = "holding"
HOLDING_WORD: Final = "unavailable"  # what holding says where the event states no disposition
RECALLED: Final = "recalled"
# Dispositions that keep an object from use or sale until somebody says otherwise, and those that say otherwise.
# Source: CBV 2.0, 7.2.
BLOCKING: Final = frozenset(
    {"recalled", "unavailable", "non_sellable_other", "non_conformant", "damaged", "expired", "stolen"}
    | {"disposed", "destroyed", "needs_replacement", "no_pedigree_match"}
)
RELEASING: Final = frozenset({"available", "conformant", "sellable_accessible", "sellable_not_accessible", "active"})
_NAMED: Final = (Role.OBJECT, Role.PARENT, Role.CHILD, Role.OUTPUT)  # what was an input is said to be no more
_TO: Final = (Role.DESTINATION_LOCATION, Role.DESTINATION_POSSESSING_PARTY, Role.DESTINATION_OWNING_PARTY)
_SILENT: Final = EventWords(member_uri="")
Value = TypeVar("Value", bound=Hashable)


class Place(NamedTuple):
    """A place by its node; None: on the way, and to whom or where if that was said."""

    node: int | None
    to: int | None = None


class Holder(NamedTuple):
    """Who has it: a party by its node, as an event names it, else who recorded the event, else nobody yet."""

    party: int | None = None
    recorder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A container or assembly that the object is in, possibly or surely, and what that one is in."""

    stay: Membership
    certain: bool
    inside: tuple[Inside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectState:
    """What the visible events say of one object at one instant."""

    node: int
    place: LastWord[Place]
    holder: LastWord[Holder]
    owner: LastWord[Holder]
    disposition: LastWord[str]
    persistent: Mapping[str, LastWord[bool]]
    blocked: LastWord[bool]
    recalled: LastWord[bool]
    inside: tuple[Inside, ...]
    quantity: QuantityLeft | None


def load_around(graph: TraceGraph, nodes: Collection[int]) -> set[int]:
    """Load objects, and everything that they were ever in; gives the numbers of all of them."""
    known: set[int] = set()
    front = set(nodes)
    for _ in range(DEEPEST):
        if not front:
            break
        graph.load(front)
        known |= front
        front = {stay.parent for node in front for stay in graph.stays_of(node)} - known
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReader:
    """Reads states at an instant from a graph in which `load_around` has loaded the objects."""

    graph: TraceGraph
    words: Mapping[int, EventWords]  # by log index
    at: int

    def state_of(self, node: int) -> ObjectState:
        """Give the state of an object."""
        own = [(event, True) for event in self._own(node)]
        around = list(self._around(node, frozenset({node})))
        inside = tuple(self._inside(node, frozenset({node})))
        return ObjectState(
            node=node,
            place=self._last(around, _place_of),
            holder=self._last(around, self._holder_of),
            owner=self._last(around, _owner_of),
            disposition=self._last(own, lambda event: self._words(event).disposition),
            persistent={word: last for word in self._lasting(own) if (last := self._set(own, word)).may_be(True)},
            blocked=self._standing(node, inside, BLOCKING),
            recalled=self._standing(node, inside, frozenset({RECALLED})),
            inside=inside,
            quantity=quantity_left(node, self.graph.kinds[node], self.graph.events_of(node), self.at),
        )

    def _own(self, node: int) -> Iterator[TracedEvent]:
        for event in self.graph.events_of(node):
            if any(node in event.nodes(role) for role in _NAMED):
                yield event

    def _around(self, node: int, trail: frozenset[int]) -> Iterator[tuple[TracedEvent, bool]]:
        """Give the events about an object, and about what it was in while it was in it, each with how sure that is."""
        yield from ((event, True) for event in self._own(node))
        for stay in self.graph.stays_of(node) if len(trail) <= DEEPEST else ():
            if stay.parent in trail:
                continue
            for event, sure in self._around(stay.parent, trail | {stay.parent}):
                if not any(node in event.nodes(role) for role in _NAMED) and meets(stay, event):
                    yield event, sure and contains(stay, event)

    def _inside(self, node: int, trail: frozenset[int]) -> Iterator[Inside]:
        found: dict[int, Inside] = {}
        for stay in self.graph.stays_of(node) if len(trail) <= DEEPEST else ():
            spans = [span for span in stay.spans if span.lo <= self.at <= span.hi]
            if stay.parent in trail or not any(span.sureness is Sureness.POSSIBLE for span in spans):
                continue
            certain = any(span.sureness is Sureness.THROUGHOUT for span in spans)
            known = found.get(stay.parent)
            if known is None or (certain and not known.certain):
                further = tuple(self._inside(stay.parent, trail | {stay.parent}))
                found[stay.parent] = Inside(stay=stay, certain=certain, inside=further)
        return iter(found.values())

    def _words(self, event: TracedEvent) -> EventWords:
        return self.words.get(event.log_index, _SILENT)

    def _last(
        self, events: Iterable[tuple[TracedEvent, bool]], read: Callable[[TracedEvent], Value | None]
    ) -> LastWord[Value]:
        said = [
            Said(value, event.log_index, event.earliest, event.latest, sure)
            for event, sure in events
            if (value := read(event)) is not None
        ]
        return last_word(said, self.at)

    def _holder_of(self, event: TracedEvent) -> Holder | None:
        if event.biz_step == SHIPPING:
            return Holder()
        party = _first(event, Role.DESTINATION_POSSESSING_PARTY) if event.biz_step in TAKING_OVER else None
        recorder = self._words(event).member_uri
        return Holder(party=party) if party is not None else Holder(recorder=recorder) if recorder else None

    def _lasting(self, own: Iterable[tuple[TracedEvent, bool]]) -> list[str]:
        return sorted({word for event, _ in own for word in self._words(event).set})

    def _set(self, own: Iterable[tuple[TracedEvent, bool]], word: str) -> LastWord[bool]:
        def read(event: TracedEvent) -> bool | None:
            said = self._words(event)
            return True if word in said.set else False if word in said.unset else None

        return self._last(own, read)

    def _standing(self, node: int, inside: Iterable[Inside], words: frozenset[str]) -> LastWord[bool]:
        """Whether one of some words holds: by disposition, by a lasting one, or of what the object is in."""

        def read(event: TracedEvent) -> bool | None:
            stated = self._words(event).disposition
            if stated in words or (event.biz_step == HOLDING and HOLDING_WORD in words):
                return True
            return False if stated in RELEASING and event.biz_step != HOLDING else None

        own = [(event, True) for event in self._own(node)]
        grounds = [self._last(own, read), *(self._set(own, word) for word in words)]
        for each in inside:
            around = self._standing(each.stay.parent, each.inside, words)
            grounds.append(around if each.certain else LastWord(values=around.values, perhaps_nothing=True))
        return any_of(grounds)


def _place_of(event: TracedEvent) -> Place | None:
    # The business location is where objects are from then on, the read point where they were seen. EPCIS 2.0, 7.3.5.
    stays = _first(event, Role.BIZ_LOCATION)
    if stays is not None:
        return Place(stays)
    if event.biz_step in LEAVING:
        return Place(None, next((to for role in _TO if (to := _first(event, role)) is not None), None))
    seen = _first(event, Role.READ_POINT)
    if seen is None and event.biz_step in TAKING_OVER:
        seen = _first(event, Role.DESTINATION_LOCATION)
    return None if seen is None else Place(seen)


def _owner_of(event: TracedEvent) -> Holder | None:
    party = _first(event, Role.DESTINATION_OWNING_PARTY)
    return None if party is None else Holder(party=party)


def meets(stay: Membership, event: TracedEvent) -> bool:
    """Whether the content may have been inside at the time of an event."""
    return any(
        span.sureness is Sureness.POSSIBLE and span.lo <= event.latest and event.earliest <= span.hi
        for span in stay.spans
    )


def contains(stay: Membership, event: TracedEvent) -> bool:
    """Whether the content surely was inside, whenever the event happened."""
    return any(
        span.sureness is Sureness.THROUGHOUT and span.lo <= event.earliest and event.latest <= span.hi
        for span in stay.spans
    )


def _first(event: TracedEvent, role: Role) -> int | None:
    return next(iter(event.nodes(role)), None)
