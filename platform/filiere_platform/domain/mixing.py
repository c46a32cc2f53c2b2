"""The transformations of a trace as mixes: what went in and came out, each lot in its unit, each mix in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from filiere_platform.domain.amount import in_unit
from filiere_platform.domain.dilution import Mix, Part
from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import NodeKind, Role
from filiere_platform.domain.trace_edges import EdgeKind, Step
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.trace_quantities import flows_of
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.sectors.balance import BalanceRules


@dataclass(frozen=True, slots=True, kw_only=True)
class MixReader:
    """Reads mixes from a graph in which a trace was searched."""

    graph: TraceGraph
    keys: Mapping[int, str]
    rules: BalanceRules
    reached: Collection[int]

    def mixes_of(self, steps: Iterable[Step]) -> list[Mix]:
        """Give every transformation on which a step rests; the events of one transformation ID are one."""
        together: dict[object, dict[int, TracedEvent]] = defaultdict(dict)
        items: dict[int, list[Step]] = defaultdict(list)
        for step in steps:
            if step.kind is EdgeKind.INSTANCE and step.source is not None:
                items[step.source].append(step)
            if step.kind is EdgeKind.TRANSFORMED:
                for event in self.graph.whole(step.event):
                    together[event.transformation_id or event.log_index][event.log_index] = event
        mixes = [self._mix(list(events.values())) for events in together.values()]
        return [*mixes, *(_numbered(lot, numbered) for lot, numbered in items.items())]

    def made(self, node: int) -> Fraction | None:
        """Give how much of a lot there was to begin with, in its unit; None where that is not all known."""
        ends = [
            end
            for event in self.graph.events_of(node)
            for role, flow in flows_of(event)
            if flow == "made"
            for end in event.among(role)
            if end.node_id == node
        ]
        return self._sum(ends, self.unit_of(node))

    def unit_of(self, node: int) -> str:
        """Give the unit in which a lot was first declared."""
        stated = (
            end.uom or PIECES
            for event in sorted(self.graph.events_of(node), key=lambda event: (event.earliest, event.log_index))
            for role, flow in flows_of(event)
            if flow == "made"
            for end in event.among(role)
            if end.node_id == node and end.quantity is not None
        )
        return next(stated, PIECES)

    def _mix(self, events: Sequence[TracedEvent]) -> Mix:
        inputs, outputs = ([end for event in events for end in event.among(role)] for role in (Role.INPUT, Role.OUTPUT))
        outputs = [end for end in outputs if end.node_id in self.reached]
        unit_in, unit_out = (_first_unit(ends) for ends in (inputs, outputs))
        comparable = all(self._amount(end, unit_in) is not None for end in (*inputs, *outputs))
        return Mix(
            event=events[0].log_index,
            inputs=tuple(self._part(end, unit_in) for end in inputs),
            outputs=tuple(self._part(end, unit_in if comparable else unit_out) for end in outputs),
            comparable=comparable,
        )

    def _part(self, end: TraceEnd, unit: str) -> Part:
        return Part(end.node_id, self._amount(end, self.unit_of(end.node_id)), self._amount(end, unit))

    def _amount(self, end: TraceEnd, unit: str) -> Fraction | None:
        one = end.quantity is None and self.graph.kinds.get(end.node_id) is NodeKind.ITEM
        quantity = Decimal(1) if one else end.quantity
        return in_unit(quantity, end.uom, unit, key=self.keys.get(end.node_id, ""), rules=self.rules)

    def _sum(self, ends: Sequence[TraceEnd], unit: str) -> Fraction | None:
        amounts = [self._amount(end, unit) for end in ends]
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Fraction(0)) if known and len(known) == len(amounts) else None


def _numbered(lot: int, steps: Sequence[Step]) -> Mix:
    """What of a lot is in one item of it is not known: its share is unknown, and the worst case is all of it."""
    items = tuple(Part(step.target, None, None) for step in steps if step.target is not None)
    return Mix(event=steps[0].event.log_index, inputs=(Part(lot, None, None),), outputs=items, comparable=False)


def _first_unit(ends: Iterable[TraceEnd]) -> str:
    return next((end.uom or PIECES for end in ends if end.quantity is not None), PIECES)
