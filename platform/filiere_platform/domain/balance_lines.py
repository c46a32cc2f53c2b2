"""The lines of a balance: what events say came in and went out of a lot, everywhere or at one site in one period.

Everywhere, a shipment changes nothing: the lot is elsewhere. At a site it goes out. What a container brings or takes
along counts by what was packed in it. A count of stock at a site settles what was there; of several in a period the
last one does, and what happened after it is carried on from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from filiere_platform.domain.amount import in_unit
from filiere_platform.domain.balance import IN, Balance, Flow, Line, settle, total
from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import EventTypeCode, NodeKind, Role
from filiere_platform.domain.span import BEGINNING, END
from filiere_platform.domain.state import DEEPEST, contains, meets
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.trace_quantities import flows_of
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.sectors.balance import BalanceRules

# Source: CBV 2.0, 7.1: a count of what is there; cycle counting is one of a part of the stock.
COUNTING: Final = frozenset({"stock_taking", "cycle_counting"})
_FLOWS: Final = {flow.value: flow for flow in Flow}
_CARRIED: Final = {"shipping": Flow.SHIPPED, "receiving": Flow.RECEIVED}


class Scope(NamedTuple):
    """Where and when: the nodes of a site, None for everywhere; from `start` on and before `stop`."""

    sites: frozenset[int] | None = None
    start: int = BEGINNING
    stop: int = END


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """One object's balance, and what is there at the end: what was counted or is left, carried on to then."""

    node: int
    balance: Balance
    opening: Fraction
    closing: Fraction | None


class _Entry(NamedTuple):
    flow: Flow
    event: TracedEvent
    quantity: Decimal | None
    uom: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReader:
    """Reads balances from a graph in which `state.load_around` has loaded the objects."""

    graph: TraceGraph
    keys: Mapping[int, str]
    rules: BalanceRules
    hidden: Mapping[int, int]

    def balance_of(self, node: int, scope: Scope, unit: str | None = None) -> Settled | None:
        """Settle the balance of an object, in a unit or in the one that was stated first; None where nothing happened.

        Without a site no count is looked at: it would be one of a part of the object, wherever the rest is.
        """
        entries = [e for e in self._entries(node, scope.sites) if e.event.earliest < scope.stop]
        entries.sort(key=lambda entry: (entry.event.latest, entry.event.earliest, entry.event.log_index))
        before = [entry for entry in entries if entry.event.latest < scope.start]
        within = entries[len(before) :]
        if not within:
            return None
        into = unit or next((e.uom or PIECES for e in entries if e.quantity is not None), PIECES)
        opening = self._opening(node, before, into)
        counts = [entry for entry in within if entry.flow is Flow.COUNTED]
        last = counts[-1] if counts else None
        lines, later = list(opening), []
        for entry in within:
            line = self._line(node, entry, into, vague=_straddles(entry.event, scope) or _overlaps(entry, last))
            if entry.flow is Flow.COUNTED:
                lines += [line] if last is not None and entry.event is last.event else []
            elif last is not None and entry.event.earliest > last.event.latest:
                later.append(line)
            else:
                lines.append(line)
        tolerance = self.rules.tolerance
        settled = settle(lines, unit=into, tolerance=tolerance, hidden=bool(self.hidden.get(node)))
        at_count = settled.left if settled.counted is None else settled.counted
        known = all(line.amount is not None for line in (*lines, *later))
        closing = at_count + _change(later) if known else None
        return Settled(node=node, balance=settled, opening=total(opening), closing=closing)

    def _opening(self, node: int, before: Sequence[_Entry], unit: str) -> list[Line]:
        """Carry what happened before the period on to its beginning, from the last count before it."""
        if not before:
            return []
        since = max((at for at, entry in enumerate(before) if entry.flow is Flow.COUNTED), default=None)
        counted = [] if since is None else [e for e in before if e.event is before[since].event]
        flows = [entry for entry in before[since or 0 :] if entry.flow is not Flow.COUNTED]
        lines = [self._line(node, entry, unit) for entry in (*counted, *flows)]
        unsure = any(_overlaps(entry, before[since]) for entry in flows) if since is not None else False
        known = all(line.amount is not None for line in lines)
        stood = total(line for line in lines if line.flow is Flow.COUNTED)
        amount = stood + _change([line for line in lines if line.flow is not Flow.COUNTED]) if known else None
        event = before[-1].event.log_index
        return [Line(flow=Flow.OPENING, event=event, quantity=None, uom=None, amount=amount, vague=unsure)]

    def _line(self, node: int, entry: _Entry, unit: str, *, vague: bool = False) -> Line:
        amount = in_unit(entry.quantity, entry.uom, unit, key=self.keys[node], rules=self.rules)
        return Line(
            flow=entry.flow,
            event=entry.event.log_index,
            quantity=entry.quantity,
            uom=entry.uom,
            amount=amount,
            vague=vague,
        )

    def _entries(self, node: int, sites: frozenset[int] | None) -> Iterator[_Entry]:
        one = Decimal(1) if self.graph.kinds[node] is NodeKind.ITEM else None
        for event in self.graph.events_of(node):
            if sites is not None and not _is_at(event, sites):
                continue
            for role, name in _named_flows(event):
                flow = _FLOWS[name]
                if sites is None and flow in {Flow.SHIPPED, Flow.RECEIVED, Flow.COUNTED}:
                    continue
                for end in event.among(role):
                    if end.node_id == node:
                        yield _Entry(flow, event, one if end.quantity is None else end.quantity, end.uom)
        if sites is not None:
            yield from self._carried(node, sites)

    def _carried(self, node: int, sites: frozenset[int]) -> Iterator[_Entry]:
        """What comes to a site and leaves it in a container: as much as was packed, if it surely was inside."""
        for stay in self.graph.stays_of(node):
            for event in self._of_containers(stay.parent, frozenset({node, stay.parent})):
                flow = _CARRIED.get(event.biz_step or "")
                own = event.type is EventTypeCode.OBJECT and node in event.nodes(Role.OBJECT)
                if flow is None or own or not _is_at(event, sites) or not meets(stay, event):
                    continue
                quantity = stay.end.quantity if contains(stay, event) else None
                yield _Entry(flow, event, quantity, stay.end.uom)

    def _of_containers(self, node: int, trail: frozenset[int]) -> Iterator[TracedEvent]:
        yield from (e for e in self.graph.events_of(node) if e.type is EventTypeCode.OBJECT)
        for stay in self.graph.stays_of(node) if len(trail) <= DEEPEST else ():
            if stay.parent not in trail:
                for event in self._of_containers(stay.parent, trail | {stay.parent}):
                    if meets(stay, event):
                        yield event


def _named_flows(event: TracedEvent) -> Sequence[tuple[Role, str]]:
    if event.type is EventTypeCode.OBJECT and event.biz_step in COUNTING:
        return [(Role.OBJECT, Flow.COUNTED.value)]
    return flows_of(event)


def _is_at(event: TracedEvent, sites: frozenset[int]) -> bool:
    return any(node in sites for role in (Role.READ_POINT, Role.BIZ_LOCATION) for node in event.nodes(role))


def _straddles(event: TracedEvent, scope: Scope) -> bool:
    return event.earliest < scope.start or event.latest >= scope.stop


def _overlaps(entry: _Entry, count: _Entry | None) -> bool:
    """Whether it is open if something came before or after a count."""
    if count is None or entry.flow is Flow.COUNTED:
        return False
    return entry.event.earliest <= count.event.latest and entry.event.latest >= count.event.earliest


def _change(lines: Sequence[Line]) -> Fraction:
    return total(line for line in lines if line.flow in IN) - total(line for line in lines if line.flow not in IN)
