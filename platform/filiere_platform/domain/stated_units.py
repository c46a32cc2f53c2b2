"""Amounts of one lot in units that do not convert into each other: nothing can be added up or compared with them.

What counts is the unit in which the lot was made; where nobody says how much was made, that of all else said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from filiere_platform.domain.amount import converted
from filiere_platform.domain.neighbourhood import SINGLE, Neighbourhood, Suspicion
from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import Role
from filiere_platform.domain.trace_quantities import flows_of
from filiere_platform.domain.traced_event import TracedEvent

_OF_AMOUNTS = (Role.OBJECT, Role.CHILD, Role.INPUT, Role.OUTPUT)


def units_that_do_not_convert(near: Neighbourhood) -> Iterator[Suspicion]:
    """Give the member's events that state an amount of a lot which does not convert into what was made of it."""
    for node, key in near.keys.items():
        if near.graph.kinds[node] in SINGLE or near.hides_any([node]):
            continue
        events = near.graph.events_of(node)
        made = {
            unit for event in events for unit in _units(event, node, [r for r, f in flows_of(event) if f == "made"])
        }
        others = made or {unit for event in events for unit in _units(event, node, _OF_AMOUNTS)}
        strange = {unit for event in near.events_of(node) for unit in _units(event, node, _OF_AMOUNTS)}
        strange = {unit for unit in strange if any(not _converts(near, key, unit, other) for other in others)}
        for event in near.events_of(node) if strange else ():
            if _units(event, node, _OF_AMOUNTS) & strange:
                yield Suspicion(event, key, event.latest, {})


def _units(event: TracedEvent, node: int, roles: Iterable[Role]) -> set[str]:
    return {
        end.uom or PIECES
        for role in roles
        for end in event.among(role)
        if end.node_id == node and end.quantity is not None
    }


def _converts(near: Neighbourhood, key: str, unit: str, other: str) -> bool:
    return converted(Fraction(1), unit, other, key=key, rules=near.rules) is not None
