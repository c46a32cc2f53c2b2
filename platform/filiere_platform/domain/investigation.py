"""Which station, lot or delivery is the likeliest source of some incidents: scores over a network of deliveries.

A delivery leads to another one if what it carried went into what the other one carried, at the station between them
and in that order in time; a time that nobody gave is possible. *Cross-contamination* links everything that came to a
station in a period with everything that left it then; *killed* contamination is passed on by nothing. What carries a
weight (a station, a member, an event of a delivery) counts once for everything that reaches it, over the greater of
the sum of the positive weights and that of the negative ones.

Source: BfR, FoodChain-Lab, tracing score; shared rules in docs/investigation.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from filiere_platform.domain.delivery_network import Delivery, Window

MOST_STEPS: Final = 2_000_000  # from thing to thing, of one network: some seconds
_MOST_PASSES: Final = 50  # over all deliveries: a time that would need more stays as wide as it is then
_BEFORE_ALL: Final = -(1 << 62)
_AFTER_ALL: Final = 1 << 62


class NetworkTooLarge(Exception):  # noqa: N818 - a state of the question: it is for the asker to ask less
    """What became of what cannot be followed for every delivery within a bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """At a station, or wherever none is named, a thing became another one, at the latest at `latest`."""

    source: int
    target: int
    stations: frozenset[str] = frozenset()
    latest: int = _AFTER_ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was in a container, from when to when at most."""

    content: int
    container: int
    since: int = _BEFORE_ALL
    until: int = _AFTER_ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossContamination:
    """Everything that was at a station in a period may have touched everything else there."""

    station: str
    since: int = _BEFORE_ALL
    until: int = _AFTER_ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What somebody knows: a weight for stations (one, or those of a member) or for the deliveries of an event."""

    amount: Fraction
    stations: frozenset[str] = frozenset()
    event: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How much of the weights something reaches, and which of them, by position."""

    score: Fraction
    reaches: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """When a delivery can have left and arrived, from what came before and what came after it."""

    departed: Window
    arrived: Window
    is_possible: bool


@dataclass(slots=True, kw_only=True)
class Network:
    """Deliveries and how one leads to others; what is killed leads to nothing.

    Making one raises `NetworkTooLarge`.

    Attributes:
        deliveries: in a fixed order; positions name them.
        changes: what became of things at stations.
        held: what was in what.
        crossings: cross-contamination.
        killed: stations that pass nothing on.
        killed_events: events of deliveries that nothing passed through.
    """

    deliveries: Sequence[Delivery]
    changes: Sequence[Change] = ()
    held: Sequence[Held] = ()
    crossings: Sequence[CrossContamination] = ()
    killed: Collection[str] = ()
    killed_events: Collection[int] = ()
    carried: list[frozenset[int]] = field(init=False)
    material: list[tuple[int, ...]] = field(init=False)  # by delivery, those that what it carried went into
    _steps: int = field(init=False, default=0)
    _leaving: dict[str, list[int]] = field(init=False)
    _arriving: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """Work the links out."""
        self._leaving, self._arriving = defaultdict(list), defaultdict(list)
        for at, each in enumerate(self.deliveries):
            self._leaving[each.source].append(at)
            self._arriving[each.target].append(at)
        inside: dict[int, list[Held]] = defaultdict(list)
        for held in self.held:
            inside[held.container].append(held)
        self.carried = [_carried(each, inside) for each in self.deliveries]
        following: dict[int, list[Change]] = defaultdict(list)
        for change in self.changes:
            following[change.source].append(change)
        self.material = [self._went_into(at, following) for at in range(len(self.deliveries))]

    def _went_into(self, at: int, following: Mapping[int, Sequence[Change]]) -> tuple[int, ...]:
        delivery = self.deliveries[at]
        station = delivery.target
        if self._is_killed(at) or station in self.killed or station not in self._leaving:
            return ()
        arrived = _lowest(delivery.arrived)
        became, ahead = set(self.carried[at]), list(self.carried[at])
        while ahead:
            changes = following.get(ahead.pop(), ())
            self._steps += 1 + len(changes)
            if self._steps > MOST_STEPS:
                raise NetworkTooLarge
            for change in changes:
                here = not change.stations or station in change.stations
                if here and change.latest >= arrived and change.target not in became:
                    became.add(change.target)
                    ahead.append(change.target)
        return tuple(
            other
            for other in self._leaving[station]
            if not became.isdisjoint(self.carried[other]) and arrived <= _highest(self.deliveries[other].departed)
        )

    def _is_killed(self, at: int) -> bool:
        return not set(self.deliveries[at].events).isdisjoint(self.killed_events)

    def scores(self, weights: Sequence[Weight]) -> tuple[dict[str, Score], list[Score], dict[int, Score]]:
        """Score stations by name, deliveries by position, lots and other things by node."""
        of_station: dict[str, int] = defaultdict(int)
        of_event: dict[int, int] = defaultdict(int)
        for position, weight in enumerate(weights):
            for station in weight.stations:
                of_station[station] |= 1 << position
            if weight.event is not None:
                of_event[weight.event] |= 1 << position
        own = [self._own(at, of_station, of_event) for at in range(len(self.deliveries))]
        reached = self._reached(own)
        stations = {name: of_station.get(name, 0) for name in (*self._leaving, *self._arriving)}
        for name, leaving in self._leaving.items():
            if name not in self.killed:
                for at in leaving:
                    stations[name] |= reached[at]
        things: dict[int, int] = defaultdict(int)
        for at, carried in enumerate(self.carried):
            for thing in carried:
                things[thing] |= reached[at]
        total = _normaliser(weights)
        return (
            {name: _score(bits, weights, total) for name, bits in stations.items()},
            [_score(bits, weights, total) for bits in reached],
            {thing: _score(bits, weights, total) for thing, bits in things.items()},
        )

    def _own(self, at: int, of_station: Mapping[str, int], of_event: Mapping[int, int]) -> int:
        bits = 0
        for event in self.deliveries[at].events:
            bits |= of_event.get(event, 0)
        return bits if self._is_killed(at) else bits | of_station.get(self.deliveries[at].target, 0)

    def _reached(self, own: Sequence[int]) -> list[int]:
        """Pass what is reached back along the links until nothing changes."""
        ahead: list[list[int]] = [list(each) for each in self.material]
        bits = list(own)
        for crossing in self.crossings:
            if crossing.station not in self.killed:
                self._cross(crossing, ahead, bits)
        behind: list[list[int]] = [[] for _ in ahead]
        for at, following in enumerate(ahead):
            for other in following:
                behind[other].append(at)
        waiting = deque(reversed(range(len(bits))))
        queued = [True] * len(bits)
        while waiting:
            at = waiting.popleft()
            queued[at] = False
            for before in behind[at]:
                if bits[before] | bits[at] != bits[before]:
                    bits[before] |= bits[at]
                    if not queued[before]:
                        queued[before] = True
                        waiting.append(before)
        return bits[: len(own)]

    def _cross(self, crossing: CrossContamination, ahead: list[list[int]], bits: list[int]) -> None:
        """Link what came in a period with what left in it, by a chain of points in time: each leads to the next."""
        leaving = sorted(
            (_highest(self.deliveries[at].departed), at)
            for at in self._leaving.get(crossing.station, ())
            if _meets(self.deliveries[at].departed, crossing)
        )
        first = len(ahead)
        for position, (_, at) in enumerate(leaving):
            ahead.append([at] if position + 1 == len(leaving) else [at, first + position + 1])
            bits.append(0)
        for at in self._arriving.get(crossing.station, ()):
            delivery = self.deliveries[at]
            if _meets(delivery.arrived, crossing) and not self._is_killed(at):
                position = bisect_left(leaving, (_lowest(delivery.arrived), -1))
                if position < len(leaving):
                    ahead[at].append(first + position)

    def infer_times(self) -> list[Inferred]:
        """Narrow when each delivery left and arrived, forward and back, until nothing changes or it takes too long.

        What a delivery carried had come before it left: of each lot that went into it, the first delivery at least.
        What came by the only delivery of its lot had come before anything made of it left. Links of
        cross-contamination say nothing about times.
        """
        low = [[_lowest(each.departed), _lowest(each.arrived)] for each in self.deliveries]
        high = [[_highest(each.departed), _highest(each.arrived)] for each in self.deliveries]
        before: list[dict[Hashable, list[int]]] = [defaultdict(list) for _ in self.deliveries]
        for at, following in enumerate(self.material):
            for other in following:
                before[other][self.deliveries[at].item].append(at)
        only = [self._is_the_only_one(at) for at in range(len(self.deliveries))]
        wrong: set[int] = set()
        for _ in range(_MOST_PASSES):
            if not self._narrow(low, high, before, only, wrong):
                break
        return [
            Inferred(
                departed=_window(low[at][0], high[at][0]),
                arrived=_window(low[at][1], high[at][1]),
                is_possible=at not in wrong,
            )
            for at in range(len(self.deliveries))
        ]

    def _narrow(
        self,
        low: list[list[int]],
        high: list[list[int]],
        before: Sequence[Mapping[Hashable, Sequence[int]]],
        only: Sequence[bool],
        wrong: set[int],
    ) -> bool:
        changed = False
        for at in range(len(low)):
            came = max((min(low[each][1] for each in lot) for lot in before[at].values()), default=_BEFORE_ALL)
            departed = max(low[at][0], came)
            arrived = max(low[at][1], departed)
            used = min((high[other][0] for other in self.material[at]), default=_AFTER_ALL) if only[at] else _AFTER_ALL
            latest = min(high[at][1], used)
            left = min(high[at][0], latest)
            if departed > left or arrived > latest:
                wrong.add(at)  # and not carried on: it would narrow everything around it to nothing
            elif [departed, arrived] != low[at] or [left, latest] != high[at]:
                low[at], high[at], changed = [departed, arrived], [left, latest], True
        return changed

    def _is_the_only_one(self, at: int) -> bool:
        here = self.deliveries[at]
        came = [each for each in self._arriving[here.target] if here.item in self.carried[each]]
        return came == [at]


def _carried(delivery: Delivery, inside: Mapping[int, Sequence[Held]]) -> frozenset[int]:
    low, high = _lowest(delivery.departed), _highest(delivery.arrived)
    found, ahead = {delivery.item}, [delivery.item]
    while ahead:
        for held in inside.get(ahead.pop(), ()):
            if held.content not in found and held.since <= high and held.until >= low:
                found.add(held.content)
                ahead.append(held.content)
    return frozenset(found)


def _lowest(window: Window) -> int:
    return _BEFORE_ALL if window[0] is None else window[0]


def _highest(window: Window) -> int:
    return _AFTER_ALL if window[1] is None else window[1]


def _window(low: int, high: int) -> Window:
    return None if low == _BEFORE_ALL else low, None if high == _AFTER_ALL else high


def _meets(window: Window, crossing: CrossContamination) -> bool:
    return _lowest(window) <= crossing.until and _highest(window) >= crossing.since


def _normaliser(weights: Sequence[Weight]) -> Fraction:
    positive = sum((each.amount for each in weights if each.amount > 0), Fraction(0))
    negative = -sum((each.amount for each in weights if each.amount < 0), Fraction(0))
    return max(positive, negative)


def _score(bits: int, weights: Sequence[Weight], total: Fraction) -> Score:
    reaches = tuple(at for at in range(len(weights)) if bits >> at & 1)
    amount = sum((weights[at].amount for at in reaches), Fraction(0))
    return Score(score=amount / total if total else Fraction(0), reaches=reaches)
