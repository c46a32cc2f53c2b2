"""How much of an object its events say was made, used, removed, shipped and received.

Amounts are added in the unit that was stated first, where units convert; what does not convert stands beside it. An
event that states no amount makes the sum open: it is counted, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from types import NoneType
from typing import Any, NamedTuple

from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.trace_end import NO_TOUCHES, Touches
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.units import UnitMismatchError, convert

SHIPPING, RECEIVING = "shipping", "receiving"
# An instant, a log index, a flow, and how much.
_Said = tuple[int, int, str, Decimal | None, str | None]
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

    def as_json(self) -> dict[str, Any]:
        """The sum as the answer of a trace gives it."""
        amounts = [{"quantity": plain(value), "uom": unit} for unit, value in self.amounts.items()]
        return {"amounts": amounts, "open": self.open}


class Account(NamedTuple):
    """What events say of one object: when it was declared and used, and how much of it there is."""

    declared: Sequence[tuple[int, int]]  # log index and earliest instant, in the log's order
    used: Sequence[tuple[int, int]]  # log index and latest instant, of transformations
    totals: Mapping[str, Total]


def account_of(node: int, events: Iterable[TracedEvent], touches: Touches = NO_TOUCHES) -> Account:
    """Sum up what events say of an object; a flow that nobody states is absent."""
    declared: dict[int, int] = {}
    used: dict[int, int] = {}
    said: list[_Said] = []
    for event in events:
        if Role.OF_LOT in event.ends and node in event.nodes(Role.OF_LOT):
            declared[event.log_index] = event.earliest  # who numbers the items of a lot says that there is one
        for role, flow in flows_of(event):
            for end in event.ends.get(role, ()):
                if end.node_id == node:
                    said.append((event.earliest, event.log_index, flow, end.quantity, end.uom))
                    if flow == "made":
                        declared[event.log_index] = event.earliest
                    elif role is Role.INPUT:
                        used[event.log_index] = event.latest
    if touches.log_index:
        _add_touches(touches, declared, used, said)
    return Account(sorted(declared.items()), sorted(used.items()), _totals(said))


def _add_touches(touches: Touches, declared: dict[int, int], used: dict[int, int], said: list[_Said]) -> None:
    index, earliest, latest, roles, quantities, units = touches
    # To look for None among decimals compares each with it, which asks an abstract class what None is.
    if len(set(roles)) > 1 or len(set(units)) > 1 or NoneType in set(map(type, quantities)):
        for role, instant, last, at, quantity, uom in zip(
            roles, earliest, latest, index, quantities, units, strict=True
        ):
            if role == Role.INPUT:
                used[at] = last
                said.append((instant, at, "used", quantity, uom))
            else:
                declared[at] = instant
                said.append((instant, at, "made", quantity, uom))
        return
    # Hundreds of uses, all stated in one unit: in what order they are added does not matter.
    total: Any = sum(quantities)  # none of them is None
    instant, at = min(zip(earliest, index, strict=True))
    if roles[0] == Role.INPUT:
        used.update(zip(index, latest, strict=True))
        said.append((instant, at, "used", total, units[0]))
    else:
        declared.update(zip(index, earliest, strict=True))
        said.append((instant, at, "made", total, units[0]))


def _totals(said: list[_Said]) -> Mapping[str, Total]:
    if len(said) > 1:
        said.sort(key=_IN_TIME)
    totals: dict[str, Total] = {}
    for _, _, flow, quantity, uom in said:
        total = totals.get(flow)
        if total is None:
            total = totals[flow] = Total()
        total.add(quantity, uom)
    return {flow: totals[flow] for flow in FLOWS if flow in totals}


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
        total = totals.get(flow)
        for known, amount in () if total is None else total.amounts.items():
            try:
                gone += amount if known == unit else convert(amount, unit=known, into=unit)
            except UnitMismatchError:
                return None
    return (gone, made.amounts[unit], unit) if gone > made.amounts[unit] else None


_IN_TIME = itemgetter(0, 1)
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


def makes(event: TracedEvent, node: int) -> bool:
    """Whether an event says that an object came to be: as an output, or as an object that is added."""
    return any(flow == "made" and node in event.nodes(role) for role, flow in flows_of(event))


def plain(value: Decimal) -> str:
    """Write an amount without an exponent and without zeros that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
