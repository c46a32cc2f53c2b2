"""When a content of a vessel comes out of it, where what came in first comes out first: by the amounts stated.

All that goes in since the last cut is laid end to end, and so is all that is drawn; a content comes out with the draws
that lie over it. Where times overlap or an amount is open, the places of contents and draws are themselves intervals:
what may lie over it is possible, what must is sure. Where more was drawn than can have been there, the figures cannot
say what came first: everything is possible.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Final, NamedTuple

from filiere_platform.domain.portion import PIECES, Statement, amount_in
from filiere_platform.domain.span import Span, Sureness
from filiere_platform.domain.traced_event import TracedEvent

NOTHING: Final = Decimal(0)
OPEN: Final = Decimal("Infinity")


class Draw(NamedTuple):
    """What was drawn by one event; None where nobody says how much."""

    event: TracedEvent
    quantity: Decimal | None
    uom: str | None


class _Flow(NamedTuple):
    """At least and at most so much, by an event."""

    event: TracedEvent
    least: Decimal
    most: Decimal


class _Totals:
    """Running totals of flows, by the ends and by the beginnings of their events."""

    def __init__(self, flows: Sequence[_Flow]) -> None:
        by_end = sorted(flows, key=lambda flow: flow.event.latest)
        by_begin = sorted(flows, key=lambda flow: flow.event.earliest)
        self._ends = [flow.event.latest for flow in by_end]
        self._over = list(accumulate((flow.least for flow in by_end), initial=NOTHING))
        self._begins = [flow.event.earliest for flow in by_begin]
        self._begun = list(accumulate((flow.most for flow in by_begin), initial=NOTHING))

    def surely_before(self, instant: int) -> Decimal:
        """At least so much was over before an instant."""
        return self._over[bisect_left(self._ends, instant)]

    def perhaps_until(self, instant: int) -> Decimal:
        """At most so much had begun at an instant."""
        return self._begun[bisect_right(self._begins, instant)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A draw with where it lies: its first drop within `first`, its last within `last`."""

    event: TracedEvent
    first: tuple[Decimal, Decimal]
    last: tuple[Decimal, Decimal]


class Queue:
    """What went into a vessel and came out of it between two cuts."""

    def __init__(
        self,
        puts: Sequence[Statement],
        draws: Sequence[Draw],
        *,
        surely: Callable[[TracedEvent], bool],
        perhaps: Callable[[TracedEvent], bool],
    ) -> None:
        """Lay everything end to end; `surely` and `perhaps` say of an event whether it lies between the cuts."""
        stated = [end.uom or PIECES for _, end in puts if end.quantity is not None]
        unit = stated[0] if stated else PIECES

        def flow(event: TracedEvent, amount: Decimal | None) -> _Flow:
            least = amount if amount is not None and surely(event) else NOTHING
            return _Flow(event, least, OPEN if amount is None else amount)

        inflow = [flow(event, amount_in(end.quantity, end.uom, unit)) for event, end in puts if perhaps(event)]
        outflow = [flow(each.event, amount_in(each.quantity, each.uom, unit)) for each in draws if perhaps(each.event)]
        self._unit = unit
        self._in, out = _Totals(inflow), _Totals(outflow)
        self._draws = [
            _Placed(
                event=drawn.event,
                first=(
                    out.surely_before(drawn.event.earliest),
                    _without(out.perhaps_until(drawn.event.latest), drawn.most),
                ),
                last=(
                    out.surely_before(drawn.event.earliest) + drawn.least,
                    out.perhaps_until(drawn.event.latest),
                ),
            )
            for drawn in sorted(outflow, key=lambda each: (each.event.earliest, each.event.latest))
        ]
        self.holds = all(placed.last[0] <= self._in.perhaps_until(placed.event.latest) for placed in self._draws)

    def spans_of(self, put: Statement, stay: Sequence[Span]) -> tuple[Span, ...]:
        """Narrow the spans of a stay, the possible one first, to when the content comes out."""
        event, end = put
        possible = stay[0]
        amount = amount_in(end.quantity, end.uom, self._unit)
        if not self.holds or amount == NOTHING:
            return (possible,)
        size = (NOTHING, OPEN) if amount is None else (amount, amount)
        before = (
            self._in.surely_before(event.earliest),
            _without(self._in.perhaps_until(event.latest), size[1]),
        )
        after = before[0] + size[0], before[1] + size[1]
        over = [d for d in self._draws if d.first[0] < after[1] and d.last[1] > before[0]]
        over = [d for d in over if d.event.latest >= event.earliest]
        gone = any(d.last[0] >= after[1] for d in self._draws)
        earlier = [d.event.latest for d in self._draws if d.last[1] <= before[0]]
        begin = min((d.event.earliest for d in over), default=max(earlier, default=possible.lo - 1) + 1)
        until = max((d.event.latest for d in over), default=possible.lo) if gone else possible.hi
        put_in = Span(event.earliest, event.latest, Sureness.SOMETIME)
        begin, until = max(begin, possible.lo), min(until, possible.hi)
        if begin > until:  # it was cut before it came out
            return put_in._replace(sureness=Sureness.POSSIBLE), put_in
        surely = [
            d for d in over if d.first[1] < after[0] and d.last[0] > before[1] and d.event.earliest >= event.latest
        ]
        return Span(begin, until, Sureness.POSSIBLE), *_runs(surely, self._draws, stay), put_in


def _runs(surely: Sequence[_Placed], draws: Sequence[_Placed], stay: Sequence[Span]) -> list[Span]:
    """Give when a content surely comes out: throughout, where no other draw lies between."""
    throughout = [span for span in stay if span.sureness is Sureness.THROUGHOUT]
    if not surely or not throughout:
        return []
    begin, until = min(d.event.earliest for d in surely), max(d.event.latest for d in surely)
    held = throughout[0]
    sure = {d.event.log_index for d in surely}
    between = [d for d in draws if d.event.latest >= begin and d.event.earliest <= until]
    if all(d.event.log_index in sure for d in between) and held.lo <= begin and until <= held.hi:
        return [Span(begin, until, Sureness.THROUGHOUT)]
    return [
        Span(d.event.earliest, d.event.latest, Sureness.THROUGHOUT)
        for d in surely
        if d.event.earliest == d.event.latest
        and held.lo <= d.event.earliest <= held.hi
        and all(other.event.log_index in sure for other in between if _meets(other.event, d.event))
    ]


def _meets(one: TracedEvent, other: TracedEvent) -> bool:
    return one.earliest <= other.latest and other.earliest <= one.latest


def _without(total: Decimal, part: Decimal) -> Decimal:
    return total if total == OPEN else total - part
