"""How much of an object its events say was made, used, removed, shipped and received.

Amounts are added in the unit that was stated first, where units convert; what does not convert stands beside it. An
event that states no amount makes the sum open: it is counted, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.units import UnitMismatchError, convert

SHIPPING, RECEIVING = "shipping", "receiving"
FLOWS = ("made", "used", "removed", "shipped", "received")


@dataclass(slots=True)
class Total:
    """A sum of amounts by unit; `open` counts the statements without an amount."""

    amounts: dict[str, Decimal] = field(default_factory=dict)
    open: int = 0

    def add(self, quantity: Decimal | None, uom: str | None) -> None:
        """Add a statement."""
        if quantity is None:
            self.open += 1
            return
        unit = uom or PIECES
        if unit in self.amounts and next(iter(self.amounts)) == unit:
            self.amounts[unit] += quantity
            return
        for known in self.amounts:
            try:
                self.amounts[known] += convert(quantity, unit=unit, into=known)
            except UnitMismatchError:
                continue
            return
        self.amounts[unit] = quantity

    @property
    def is_empty(self) -> bool:
        """Whether nothing was stated at all."""
        return not self.amounts and not self.open

    def as_json(self) -> dict[str, Any]:
        """The sum as the answer of a trace gives it."""
        amounts = [{"quantity": plain(value), "uom": unit} for unit, value in self.amounts.items()]
        return {"amounts": amounts, "open": self.open}


def totals_of(node: int, events: Iterable[TracedEvent]) -> Mapping[str, Total]:
    """Add up what events say of an object of which there is an amount; a flow that nobody states is absent."""
    totals = {flow: Total() for flow in FLOWS}
    for event in sorted(events, key=_IN_TIME):
        for role, flow in flows_of(event):
            for end in event.ends.get(role, ()):
                if end.node_id == node:
                    totals[flow].add(end.quantity, end.uom)
    return {flow: total for flow, total in totals.items() if not total.is_empty}


def excess(totals: Mapping[str, Total]) -> tuple[Decimal, Decimal, str] | None:
    """Give what was used or removed, what was made, and their unit, where more went out than came in.

    None where nothing can be concluded: nothing was declared, an amount is open, or units do not convert.
    """
    made = totals.get("made")
    if made is None or made.open or len(made.amounts) != 1:
        return None
    (unit,) = made.amounts
    gone = Decimal(0)
    for flow in ("used", "removed"):
        total = totals.get(flow, Total())
        for known, amount in total.amounts.items():
            try:
                gone += convert(amount, unit=known, into=unit)
            except UnitMismatchError:
                return None
    return (gone, made.amounts[unit], unit) if gone > made.amounts[unit] else None


_IN_TIME = attrgetter("earliest", "log_index")
_CHANGED = ((Role.INPUT, "used"), (Role.OUTPUT, "made"))


def flows_of(event: TracedEvent) -> Sequence[tuple[Role, str]]:
    """Say of which flow the ends of an event in a role are."""
    if event.type is EventTypeCode.TRANSFORMATION:
        return _CHANGED
    if event.type is not EventTypeCode.OBJECT:
        return []
    if event.action is ActionCode.ADD:
        return [(Role.OBJECT, "made")]
    if event.action is ActionCode.DELETE:
        return [(Role.OBJECT, "removed")]
    flow = {SHIPPING: "shipped", RECEIVING: "received"}.get(event.biz_step or "")
    return [] if flow is None else [(Role.OBJECT, flow)]


def plain(value: Decimal) -> str:
    """Write an amount without an exponent and without zeros that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
