"""Whether a DELETE takes a content out of its container whole, or a part of it: by the quantities that were stated.

A silo is emptied in thousands of portions, so that sums are running totals and never added up again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum, auto
from itertools import accumulate

from filiere_platform.domain.span import BEGINNING
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.units import UnitMismatchError, convert

PIECES = "C62"  # "one" of UN/ECE Recommendation 20: what a quantity without a unit counts

# What one event says of one child: the event and the child's end in it.
Statement = tuple[TracedEvent, TraceEnd]


class Removal(Enum):
    """How much of a content an event takes out."""

    WHOLE = auto()
    PART = auto()
    UNKNOWN = auto()


def removals(
    adds: Sequence[Statement], deletes: Sequence[Statement], emptied: Iterable[TracedEvent]
) -> dict[int, Removal]:
    """Decide what each DELETE of one child leaves in one parent, by log index, from all statements about the two.

    Without a quantity it takes everything. With one, it takes the whole if all that was surely taken out reaches all
    that may have been put in since the content was last surely out; a part if all that may have been taken out falls
    short of all that was surely put in. Where quantities were not stated or do not convert, nobody knows.
    """
    whole = {event.log_index: Removal.WHOLE for event, end in deletes if end.quantity is None}
    stated = [(event, end) for event, end in deletes if event.log_index not in whole]
    if not stated:
        return whole
    unit = next((end.uom or PIECES for _, end in (*adds, *stated) if end.quantity is not None), PIECES)
    put_in, taken = _Ledger(adds, unit), _Ledger(stated, unit)
    out = sorted([event.latest for event in emptied] + [event.latest for event, end in deletes if end.quantity is None])
    found = dict(whole)
    for event, _ in stated:
        at = bisect_right(out, event.earliest - 1)
        found[event.log_index] = _removal(event, out[at - 1] if at else BEGINNING, put_in, taken)
    return found


def _removal(event: TracedEvent, since: int, put_in: _Ledger, taken: _Ledger) -> Removal:
    if put_in.has_unknown(since, event.latest) or taken.has_unknown(since, event.latest):
        return Removal.UNKNOWN
    # What this event itself takes is surely taken when it is over.
    own = Decimal(0) if event.earliest == event.latest else taken.of(event)
    if taken.least(since, event.earliest) + own >= put_in.most(since, event.latest):
        return Removal.WHOLE
    certainly_in = put_in.least(since, event.earliest)
    return Removal.PART if taken.most(since, event.latest) < certainly_in else Removal.UNKNOWN


def amount_in(quantity: Decimal | None, uom: str | None, unit: str) -> Decimal | None:
    """Give a quantity in a unit; None where it was not stated or does not convert."""
    if quantity is None or (uom or PIECES) == unit:
        return quantity
    try:
        return convert(quantity, unit=uom or PIECES, into=unit)
    except UnitMismatchError:
        return None


class _Ledger:
    """Running totals of quantities in one unit, by the first and by the last instant of their events."""

    def __init__(self, statements: Sequence[Statement], unit: str) -> None:
        amounts = [(event, amount_in(end.quantity, end.uom, unit)) for event, end in statements]
        by_start = sorted(amounts, key=lambda pair: pair[0].earliest)
        by_end = sorted(amounts, key=lambda pair: pair[0].latest)
        self._starts = [event.earliest for event, _ in by_start]
        self._begun = _totals(amount or Decimal(0) for _, amount in by_start)
        self._unknown = _totals(Decimal(amount is None) for _, amount in by_start)
        self._ends = [event.latest for event, _ in by_end]
        self._over = _totals(amount or Decimal(0) for _, amount in by_end)
        self._own: dict[int, Decimal] = {}
        for event, amount in amounts:
            self._own[event.log_index] = self._own.get(event.log_index, Decimal(0)) + (amount or Decimal(0))

    def of(self, event: TracedEvent) -> Decimal:
        """What one event states."""
        return self._own[event.log_index]

    def most(self, since: int, until: int) -> Decimal:
        """The total of what may have happened after one instant and up to another."""
        return self._begun[bisect_right(self._starts, until)] - self._begun[bisect_right(self._starts, since)]

    def least(self, since: int, until: int) -> Decimal:
        """The total of what surely happened between; an event that may have come before `since` does not count."""
        over = self._over[bisect_right(self._ends, until)] - self._begun[bisect_right(self._starts, since)]
        return max(over, Decimal(0))

    def has_unknown(self, since: int, until: int) -> bool:
        """Whether something between has no amount that counts."""
        return self._unknown[bisect_right(self._starts, until)] > self._unknown[bisect_right(self._starts, since)]


def _totals(amounts: Iterable[Decimal]) -> list[Decimal]:
    return list(accumulate(amounts, initial=Decimal(0)))
