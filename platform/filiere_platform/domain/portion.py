"""Whether a DELETE takes a content out of its container whole, or a part of it: by the quantities that were stated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum, auto

from filiere_platform.domain.span import BEGINNING
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.units import UnitMismatchError, convert

PIECES = "C62"  # "one" of UN/ECE Recommendation 20: what a quantity without a unit counts


class Removal(Enum):
    """How much of a content an event takes out."""

    WHOLE = auto()
    PART = auto()
    UNKNOWN = auto()


def removal_of(
    event: TracedEvent,
    adds: Sequence[tuple[TracedEvent, TraceEnd]],
    deletes: Sequence[tuple[TracedEvent, TraceEnd]],
    emptied: Iterable[TracedEvent],
) -> Removal:
    """Decide what one DELETE of a child leaves, from all statements about this child in this parent.

    Without a quantity it takes everything. With one, it takes the whole if all that was surely taken out reaches all
    that may have been put in since the content was last surely out; a part if all that may have been taken out falls
    short of all that was surely put in.
    """
    if any(end.quantity is None for other, end in deletes if other is event):
        return Removal.WHOLE
    out = [other for other, end in deletes if end.quantity is None] + list(emptied)
    since = max((other.latest for other in out if other.latest < event.earliest), default=BEGINNING)
    put_in = [(other, end) for other, end in adds if since < other.earliest <= event.latest]
    taken = [(other, end) for other, end in deletes if since < other.earliest <= event.latest]
    unit = next((end.uom or PIECES for _, end in put_in), PIECES)
    try:
        most_in = _total(put_in, unit)
        least_in = _total([each for each in put_in if each[0].latest <= event.earliest], unit)
        most_out = _total(taken, unit)
        least_out = _total([each for each in taken if each[0] is event or each[0].latest <= event.earliest], unit)
    except UnitMismatchError:
        return Removal.UNKNOWN
    if least_out >= most_in:
        return Removal.WHOLE
    return Removal.PART if most_out < least_in else Removal.UNKNOWN


def _total(statements: Iterable[tuple[TracedEvent, TraceEnd]], unit: str) -> Decimal:
    """Add up quantities in a unit.

    Raises:
        UnitMismatchError: one of them has no quantity, or its unit does not convert.
    """
    total = Decimal(0)
    for _, end in statements:
        if end.quantity is None:
            raise UnitMismatchError("a quantity was not stated")
        stated = end.uom or PIECES
        total += end.quantity if stated == unit else convert(end.quantity, unit=stated, into=unit)
    return total
