"""How deliveries between two companies went, judged from records alone, each figure with the records that show it.

A line is one object of one shipment. Only what visible records show is concluded: where something is hidden at an
object, or at what it was packed with, nothing is said of it. What is not known has no figure, and no zero:
records that the platform refused, for instance, are told to their sender alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GRACE: Final = 7 * 86_400_000_000  # microseconds after a shipment until its reception is missed
SHIPPING: Final = frozenset({"shipping", "departing"})
RECEIVING: Final = frozenset({"receiving", "arriving", "accepting"})
MOST_EVIDENCE: Final = 100  # records named behind one figure


class Measure(StrEnum):
    """What is counted; each is a share of something else."""

    RECEIVED = "received"  # lines with a reception, of those about which something is concluded
    MISSING = "missing"  # lines without one, of the same
    ANNOUNCED_LATE = "announced-late"  # lines whose shipment reached the log after the goods arrived, of those received
    UNANNOUNCED = "unannounced"  # objects received from the giver without any shipment of it, of those received from it
    CORRECTED = "corrected"  # records about deliveries that the giver took back, of all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A shipment or a reception in force; instants are microseconds since 1970, event times an interval."""

    index: int
    nodes: tuple[int, ...]
    earliest: int
    latest: int
    stored_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A count, what it is a share of, and log indexes of records that show it."""

    measure: Measure
    count: int
    of: int
    records: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How deliveries of a period went in one direction."""

    figures: tuple[Figure, ...]
    lines: int
    waiting: int  # within the grace
    unknown: int  # something is hidden there
    transit_median: float | None  # microseconds from shipment to reception, as far as their intervals tell
    transit_longest: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What is judged; `around` gives what was packed with an object, itself included."""

    shipments: Sequence[Move]  # of the giver, to the taker
    receptions: Sequence[Move]  # of the taker, of whatever came from anybody
    named: Collection[int]  # log indexes of receptions that name the giver as source
    corrected: Collection[int]  # records of the giver about such shipments that were taken back
    around: Callable[[int], Collection[int]]
    hidden: Mapping[int, object]  # objects at which something is hidden of which the viewer may know


def judge(told: Deliveries, *, now: int) -> Card:
    """Judge deliveries. Pure."""
    received: list[tuple[Move, Move]] = []
    missing: list[int] = []
    waiting = unknown = 0
    arrivals = _by_node(told.receptions)
    for shipment in told.shipments:
        for node in shipment.nodes:
            near = told.around(node)
            arrival = _first_arrival(shipment, [move for each in near for move in arrivals.get(each, ())])
            if arrival is not None:
                received.append((shipment, arrival))
            elif any(each in told.hidden for each in near):
                unknown += 1
            elif now - shipment.latest <= GRACE:
                waiting += 1
            else:
                missing.append(shipment.index)
    late = [pair for pair in received if pair[0].stored_at > pair[1].latest]
    transits = [max(0, arrival.earliest - shipment.earliest) for shipment, arrival in received]
    concluded = len(received) + len(missing)
    return Card(
        figures=(
            _figure(Measure.RECEIVED, [shipment.index for shipment, _ in received], concluded),
            _figure(Measure.MISSING, missing, concluded),
            _figure(Measure.ANNOUNCED_LATE, [shipment.index for shipment, _ in late], len(received)),
            _unannounced(told),
            _figure(Measure.CORRECTED, list(told.corrected), len(told.shipments) + len(told.corrected)),
        ),
        lines=sum(len(shipment.nodes) for shipment in told.shipments),
        waiting=waiting,
        unknown=unknown,
        transit_median=statistics.median(transits) if transits else None,
        transit_longest=max(transits, default=None),
    )


def _unannounced(told: Deliveries) -> Figure:
    shipped = _by_node(told.shipments)
    records, count = [], 0
    for reception in told.receptions:
        if reception.index not in told.named:
            continue
        for node in reception.nodes:
            near = told.around(node)
            announced = any(move.earliest <= reception.latest for each in near for move in shipped.get(each, ()))
            if not announced and any(each in told.hidden for each in near):
                continue
            count += 1
            if not announced:
                records.append(reception.index)
    return _figure(Measure.UNANNOUNCED, records, count)


def _first_arrival(shipment: Move, arrivals: Collection[Move]) -> Move | None:
    """The first reception that may have come after a shipment, whatever the instants of vague times."""
    later = [arrival for arrival in arrivals if arrival.latest >= shipment.earliest]
    return min(later, key=lambda arrival: (arrival.earliest, arrival.index), default=None)


def _by_node(moves: Sequence[Move]) -> dict[int, list[Move]]:
    found: dict[int, list[Move]] = {}
    for move in moves:
        for node in move.nodes:
            found.setdefault(node, []).append(move)
    return found


def _figure(measure: Measure, records: Sequence[int], of: int) -> Figure:
    evidence = tuple(sorted(set(records)))[:MOST_EVIDENCE]
    return Figure(measure=measure, count=len(records), of=of, records=evidence)
