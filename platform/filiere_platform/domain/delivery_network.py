"""The deliveries that traced objects made from station to station, read from what events say of each object.

A station is a site, or a party where no site is named. One delivery is told by whoever sends, by whoever receives, or
by both: a shipment opens it, what arrives closes it. Of an object that is met at a station where nobody says that it
arrived, the delivery is inferred from the stations where it was before.

Source: BfR, FoodChain-Lab (stations, deliveries, lots).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from filiere_platform.domain.record import Role
from filiere_platform.domain.traced_event import TracedEvent

Window = tuple[int | None, int | None]  # microseconds since 1970, None where nothing limits it
Stations = Callable[[int], str]

NOWHERE: Final[Mapping[str, int]] = {}
_BEGINNING: Final = -(1 << 62)
UNKNOWN: Final[Window] = (None, None)
_LEAVING: Final = frozenset({"shipping", "departing"})
_ARRIVING: Final = frozenset({"receiving", "arriving", "accepting"})
_HERE: Final = (Role.BIZ_LOCATION, Role.READ_POINT)
_FROM, _TO = (Role.SOURCE_LOCATION,), (Role.DESTINATION_LOCATION,)
_GIVERS: Final = (Role.SOURCE_POSSESSING_PARTY, Role.SOURCE_OWNING_PARTY)
_TAKERS: Final = (Role.DESTINATION_POSSESSING_PARTY, Role.DESTINATION_OWNING_PARTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One object from a station to another; `inferred` where no event says that it was handed over.

    `sent_by` and `received_by` are the members who recorded it, where one did.
    """

    item: int
    source: str
    target: str
    departed: Window = UNKNOWN
    arrived: Window = UNKNOWN
    events: tuple[int, ...] = ()
    sent_by: int | None = None
    received_by: int | None = None
    inferred: bool = False


@dataclass(slots=True, kw_only=True)
class _Sent:
    """What left a station and was not met again yet."""

    source: str
    target: str | None
    taker: str | None
    event: TracedEvent

    def ends_at(self, place: str, party: str | None) -> int | None:
        """How well an arrival fits, the least first; None where it does not."""
        if self.target is not None:
            return 0 if self.target == place else None
        if self.taker is None or party is None:
            return 2
        return 1 if self.taker in {party, place} else None


@dataclass(slots=True, kw_only=True)
class _Journey:
    """One object on its way through the stations."""

    item: int
    stations: Stations
    carried_to: Mapping[str, int]
    present: dict[str, int] = field(default_factory=dict)  # since when at the earliest it is known to be there
    sent: list[_Sent] = field(default_factory=list)
    made: list[Delivery] = field(default_factory=list)

    def see(self, event: TracedEvent) -> None:
        """Go on with the next event of the object."""
        source, giver = self._name(event, _FROM), self._name(event, _GIVERS)
        target, taker = self._name(event, _TO), self._name(event, _TAKERS)
        here = self._name(event, _HERE)
        is_handed_over = any((source, giver, target, taker))
        if event.biz_step in _ARRIVING or (is_handed_over and here is not None and here == target):
            self._arrive(event, source or giver, target or here or taker, taker)
        elif event.biz_step in _LEAVING or is_handed_over:
            read = self._name(event, (Role.READ_POINT,))
            self._leave(event, source or read or here or giver, target, taker)
        elif here is not None:
            self._meet(event, here)

    def _name(self, event: TracedEvent, roles: Sequence[Role]) -> str | None:
        for role in roles:
            for node in event.nodes(role):
                return self.stations(node)
        return None

    def _leave(self, event: TracedEvent, source: str | None, target: str | None, taker: str | None) -> None:
        if source is None:
            return
        self._meet(event, source)
        if source != target:
            self.sent.append(_Sent(source=source, target=target, taker=taker, event=event))

    def _arrive(self, event: TracedEvent, source: str | None, place: str | None, taker: str | None) -> None:
        if place is None:
            return
        if not self._close(event, place, taker) and source is not None and source != place:
            self._deliver(source, place, departed=(None, event.latest), arrived=_when(event), received=event)
        self.present[place] = event.earliest

    def _meet(self, event: TracedEvent, place: str) -> None:
        for station, since in self.carried_to.items():
            if since <= event.latest:
                self.present.setdefault(station, since)
        if place not in self.present and not self._close(event, place, None):
            for before, since in self.present.items():
                when = (None if since == _BEGINNING else since, event.latest)
                self._deliver(before, place, departed=when, arrived=when, received=event, inferred=True)
        self.present[place] = event.earliest

    def _close(self, event: TracedEvent, place: str, party: str | None) -> bool:
        fits = [(fit, at) for at, each in enumerate(self.sent) if (fit := each.ends_at(place, party)) is not None]
        if not fits:
            return False
        sent = self.sent.pop(min(fits)[1])
        if sent.source != place:
            said = event.biz_step in _ARRIVING
            arrived = _when(event) if said else (sent.event.earliest, event.latest)
            departed = _when(sent.event)
            self._deliver(sent.source, place, departed=departed, arrived=arrived, sent=sent.event, received=event)
        return True

    def end(self) -> list[Delivery]:
        """Give what was delivered; what nobody received yet went to whom it was sent to."""
        for each in self.sent:
            target = each.target or each.taker
            if target is not None and target != each.source:
                arrived = (each.event.earliest, None)
                self._deliver(each.source, target, departed=_when(each.event), arrived=arrived, sent=each.event)
        return self.made

    def _deliver(
        self,
        source: str,
        target: str,
        *,
        departed: Window,
        arrived: Window,
        sent: TracedEvent | None = None,
        received: TracedEvent | None = None,
        inferred: bool = False,
    ) -> None:
        self.made.append(
            Delivery(
                item=self.item,
                source=source,
                target=target,
                departed=departed,
                arrived=arrived,
                events=tuple(sorted({event.log_index for event in (sent, received) if event is not None})),
                sent_by=_author(sent),
                received_by=_author(received),
                inferred=inferred,
            )
        )


def deliveries_of(
    item: int, events: Iterable[TracedEvent], stations: Stations, *, carried_to: Mapping[str, int] = NOWHERE
) -> list[Delivery]:
    """Read the deliveries of one object.

    Args:
        item: its node.
        events: those that concern it, in any order.
        stations: names the station of a place or party, by node.
        carried_to: stations that it came to inside of something else, and when at the earliest.
    """
    journey = _Journey(item=item, stations=stations, carried_to=carried_to)
    for event in sorted(events, key=lambda each: (each.earliest, each.latest, _last(each), each.log_index)):
        journey.see(event)
    return journey.end()


def network_of(
    events: Mapping[int, Sequence[TracedEvent]], contents: Mapping[int, Collection[int]], stations: Stations
) -> list[Delivery]:
    """Read the deliveries of many objects, those of containers before those of what is in them.

    Args:
        events: by object.
        contents: by container, what was in it at some time.
        stations: as `deliveries_of`.
    """
    inside: dict[int, set[int]] = {}
    for container, held in contents.items():
        for each in held:
            inside.setdefault(each, set()).add(container)
    found: dict[int, list[Delivery]] = {}
    reached: dict[int, dict[str, int]] = {}

    def places(item: int, above: frozenset[int]) -> dict[str, int]:
        if item not in reached:
            carried: dict[str, int] = {}
            for container in sorted(inside.get(item, ())):
                if container not in above:
                    _note(carried, places(container, above | {item}).items())
            found[item] = deliveries_of(item, events.get(item, ()), stations, carried_to=dict(sorted(carried.items())))
            _note(carried, ((each.target, each.arrived[0] or _BEGINNING) for each in found[item]))
            reached[item] = carried
        return reached[item]

    for item in sorted({*events, *contents}):
        places(item, frozenset())
    return [each for item in sorted(found) for each in found[item]]


def _note(known: dict[str, int], arrivals: Iterable[tuple[str, int]]) -> None:
    for station, since in arrivals:
        known[station] = min(since, known.get(station, since))


def _when(event: TracedEvent) -> Window:
    return event.earliest, event.latest


def _author(event: TracedEvent | None) -> int | None:
    return None if event is None or event.is_view else event.member_id


def _last(event: TracedEvent) -> bool:
    """Of two events at one instant the shipment comes last."""
    return event.biz_step in _LEAVING
