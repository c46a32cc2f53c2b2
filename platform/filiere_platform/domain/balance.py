"""Whether what came in is what went out and what is there: the sums, what is missing, and what may explain it.

Sums are exact. What is not known is never zero: an amount that nobody stated, or an event that the asker may not see,
leaves the balance open, unless more went out than ever came in, which nothing unknown can mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final


class Flow(StrEnum):
    """What a line of a balance is."""

    OPENING = "opening"
    MADE = "made"
    RECEIVED = "received"
    USED = "used"
    SHIPPED = "shipped"
    REMOVED = "removed"
    COUNTED = "counted"  # what is there, as somebody counted it


IN: Final = (Flow.OPENING, Flow.MADE, Flow.RECEIVED)
OUT: Final = (Flow.USED, Flow.SHIPPED, Flow.REMOVED)


class Verdict(StrEnum):
    """What a balance comes to."""

    BALANCED = "balanced"
    OVER_CONSUMPTION = "over-consumption"
    UNEXPLAINED_LOSS = "unexplained-loss"
    OPEN = "open"


class Reason(StrEnum):
    """Why a balance is open."""

    UNKNOWN_AMOUNTS = "unknown-amounts"  # not stated, withheld, or not in a unit that converts
    HIDDEN_EVENTS = "hidden-events"
    VAGUE_TIMES = "vague-times"  # inside the period or outside of it
    UNDECLARED = "undeclared"  # nobody says how much there was to begin with
    NOT_COUNTED = "not-counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One statement of an event; `amount` is what it is in the balance's unit, None where that is not known."""

    flow: Flow
    event: int
    quantity: Decimal | None  # as stated
    uom: str | None
    amount: Fraction | None
    vague: bool = False  # whether it belongs to the period is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A settled balance: `residual` is what should be there and is not; below zero, what went out and never came in."""

    unit: str
    lines: tuple[Line, ...]
    left: Fraction  # by the books
    counted: Fraction | None
    residual: Fraction | None
    tolerated: Fraction
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    def total(self, flow: Flow) -> Fraction:
        """Add up the known amounts of a flow."""
        return total(line for line in self.lines if line.flow is flow)


def settle(lines: Sequence[Line], *, unit: str, tolerance: Fraction, hidden: bool) -> Balance:
    """Settle a balance. `tolerance` is a part of what came in; the last count, if there is one, is in the lines."""
    came = [line for line in lines if line.flow in IN]
    went = [line for line in lines if line.flow in OUT]
    counts = [line for line in lines if line.flow is Flow.COUNTED]
    came_in, went_out = total(came), total(went)
    left, tolerated = came_in - went_out, came_in * tolerance
    counted = total(counts) if counts and all(line.amount is not None for line in counts) else None
    residual = None if counted is None else left - counted
    verdict, reasons = _judged(came, [*went, *counts], left if residual is None else residual, tolerated, hidden=hidden)
    if verdict is Verdict.UNEXPLAINED_LOSS and residual is None:
        verdict, reasons = Verdict.OPEN, (Reason.NOT_COUNTED,)
    return Balance(
        unit=unit,
        lines=tuple(lines),
        left=left,
        counted=counted,
        residual=residual if residual is not None else left if verdict is Verdict.OVER_CONSUMPTION else None,
        tolerated=tolerated,
        verdict=verdict,
        reasons=reasons,
    )


def total(lines: Iterable[Line]) -> Fraction:
    """Add up what is known."""
    return sum((line.amount for line in lines if line.amount is not None), Fraction(0))


def _judged(
    came: Sequence[Line], went: Sequence[Line], missing: Fraction, tolerated: Fraction, *, hidden: bool
) -> tuple[Verdict, tuple[Reason, ...]]:
    reasons = _doubts(came, hidden=hidden)
    if missing < -tolerated and not reasons and not any(line.vague for line in went):
        return Verdict.OVER_CONSUMPTION, ()
    reasons = tuple(reason for reason in Reason if reason in {*reasons, *_doubts(went, hidden=hidden, out=True)})
    if reasons:
        return Verdict.OPEN, reasons
    if abs(missing) <= tolerated:
        return Verdict.BALANCED, ()
    return Verdict.UNEXPLAINED_LOSS, ()


def _doubts(lines: Sequence[Line], *, hidden: bool, out: bool = False) -> tuple[Reason, ...]:
    found = []
    if any(line.amount is None for line in lines):
        found.append(Reason.UNKNOWN_AMOUNTS)
    if hidden:
        found.append(Reason.HIDDEN_EVENTS)
    if any(line.vague for line in lines):
        found.append(Reason.VAGUE_TIMES)
    if not lines and not out:
        found.append(Reason.UNDECLARED)
    return tuple(found)
