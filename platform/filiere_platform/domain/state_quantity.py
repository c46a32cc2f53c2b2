"""How much of an object is left at an instant: what was made, less what was used and removed, as far as it is known.

What was shipped is still there, elsewhere. Where the times of events leave it open whether they came before the
instant, the amount lies between two bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.trace_quantities import flows_of
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.units import UnitMismatchError, convert

_SIGNS: Final = {"made": 1, "used": -1, "removed": -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityLeft:
    """The bounds of what is left, in the unit that was stated first; `open` statements gave no amount that counts.

    With one of them open, or nothing declared, the bounds say what the others add up to and no more.
    """

    least: Decimal
    most: Decimal
    uom: str
    open: int
    declared: bool  # whether anything says how much there was to begin with
    events: tuple[int, ...]

    @property
    def is_certain(self) -> bool:
        """Whether there is one answer."""
        return self.declared and not self.open and self.least == self.most


def quantity_left(node: int, kind: NodeKind, events: Iterable[TracedEvent], at: int) -> QuantityLeft | None:
    """Add up what the events up to an instant say of an object; None where they say nothing of its amount."""
    uom: str | None = None
    least = most = Decimal(0)
    unknown, declared, grounds = 0, False, []
    for event in sorted(events, key=lambda event: (event.earliest, event.log_index)):
        flows = [(role, flow) for role, flow in flows_of(event) if flow in _SIGNS] if event.earliest <= at else ()
        for role, flow in flows:
            for end in (end for end in event.among(role) if end.node_id == node):
                grounds.append(event.log_index)
                declared = declared or flow == "made"
                stated = Decimal(1) if end.quantity is None and kind is NodeKind.ITEM else end.quantity
                uom = uom or (end.uom or PIECES if stated is not None else None)
                amount = _in_unit(stated, end.uom or PIECES, uom)
                if amount is None:
                    unknown += 1
                    continue
                # What may not have happened yet counts for one bound alone.
                sure = event.latest <= at
                least += amount if flow == "made" and sure else -amount if flow != "made" else 0
                most += amount if flow == "made" else -amount if sure else 0
    if not grounds:
        return None
    events_once = tuple(dict.fromkeys(grounds))
    return QuantityLeft(least=least, most=most, uom=uom or PIECES, open=unknown, declared=declared, events=events_once)


def _in_unit(amount: Decimal | None, unit: str, into: str | None) -> Decimal | None:
    if amount is None or into is None:
        return None
    try:
        return convert(amount, unit=unit, into=into)
    except UnitMismatchError:
        return None
