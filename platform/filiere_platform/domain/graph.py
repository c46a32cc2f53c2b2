"""The ends of an event: which objects, parties and places it touches, and as what.

An event is stored in the graph as one row per end, never as one row per pair: a transformation of 20 inputs and 20
outputs is 40 rows and not 400. A trace joins the ends of an event again. This stands on the hot path of capture:
`identify` is cached, and nothing here is done twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from filiere_platform.domain.carry_over import carry_over, window_quantity
from filiere_platform.domain.of_lot import lot_of_items
from filiere_platform.domain.record import End, NodeKind, Role
from filiere_platform.domain.same_as import same_as
from filiere_schemas.epcis.event import Event, QuantityElement
from filiere_schemas.identifiers import Kind, identify

NODE_KINDS: dict[Kind, NodeKind] = {
    Kind.LOT: NodeKind.LOT,
    Kind.ITEM: NodeKind.ITEM,
    Kind.LOGISTIC_UNIT: NodeKind.LOGISTIC_UNIT,
    Kind.CLASS: NodeKind.CLASS,
    Kind.LOCATION: NodeKind.LOCATION,
    Kind.PARTY: NodeKind.PARTY,
    Kind.DOCUMENT: NodeKind.DOCUMENT,
    Kind.OTHER: NodeKind.OTHER,
}

# The role of a source or a destination by its type. Source: CBV 2.0, section 7.4 (source/destination types); a type
# of somebody's own vocabulary is kept as "other".
SOURCE_ROLES: dict[str, Role] = {
    "owning_party": Role.SOURCE_OWNING_PARTY,
    "possessing_party": Role.SOURCE_POSSESSING_PARTY,
    "location": Role.SOURCE_LOCATION,
}
DESTINATION_ROLES: dict[str, Role] = {
    "owning_party": Role.DESTINATION_OWNING_PARTY,
    "possessing_party": Role.DESTINATION_POSSESSING_PARTY,
    "location": Role.DESTINATION_LOCATION,
}

# A role, the identifier as sent, and the quantity and unit if they were stated.
_Statement = tuple[Role, str, Decimal | None, str | None]


def ends_of(event: Event) -> tuple[End, ...]:
    """Name every object, party and place of an event by its canonical key, objects first.

    The order is the event's own and decides the ordinals of the stored rows. What is said twice without a quantity
    (a serial number listed two times, or in two spellings) is one end; two quantities of one lot are two statements
    and stay two ends, since their sum is a trace's business. Documents (business transactions) are not ends.

    Raises:
        InvalidIdentifier: when an identifier of the event is not one; reading the event refuses these before.
        Refusal: codes `invalid-same-as`, `invalid-carry-over`, `invalid-lot`.
    """
    ends: list[End] = []
    uncounted: set[tuple[Role, str]] = set()
    for role, uri, quantity, uom in _statements(event):
        identity = identify(uri)
        if quantity is None:
            if (role, identity.key) in uncounted:
                continue
            uncounted.add((role, identity.key))
        ends.append(End(role, identity.key, NODE_KINDS[identity.kind], quantity, uom))
    if event.epcs or event.output_epcs or event.ilmd or event.extensions:
        lot = lot_of_items(event)
        if lot is not None:
            ends.append(End(Role.OF_LOT, lot, NodeKind.LOT))
    return (*ends, *_same(event)) if event.extensions else tuple(ends)


def _statements(event: Event) -> Iterator[_Statement]:
    if event.parent_id is not None:
        yield Role.PARENT, event.parent_id, None, None
    yield from _listed(Role.OBJECT, event.epcs, event.quantities)
    yield from _listed(Role.CHILD, event.child_epcs, event.child_quantities)
    yield from _listed(Role.INPUT, event.input_epcs, event.input_quantities)
    yield from _listed(Role.OUTPUT, event.output_epcs, event.output_quantities)
    if event.ilmd or event.extensions:
        yield from _vessels(event)
    if event.read_point is not None:
        yield Role.READ_POINT, event.read_point, None, None
    if event.biz_location is not None:
        yield Role.BIZ_LOCATION, event.biz_location, None, None
    for source in event.sources:
        yield SOURCE_ROLES.get(source.type, Role.SOURCE_OTHER), source.id, None, None
    for destination in event.destinations:
        yield DESTINATION_ROLES.get(destination.type, Role.DESTINATION_OTHER), destination.id, None, None


def _vessels(event: Event) -> Iterator[_Statement]:
    said = carry_over(event)
    if said is not None:
        role, window = said
        for uri in (*event.epcs, *(element.epc_class for element in event.quantities)):
            yield (role, uri, *window_quantity(window))


def _same(event: Event) -> Iterator[End]:
    named, since, until = same_as(event)
    for key, kind in named:
        yield End(Role.SAME_AS, key, NODE_KINDS[kind], since=since, until=until)


def _listed(role: Role, epcs: Iterable[str], quantities: Iterable[QuantityElement]) -> Iterator[_Statement]:
    for epc in epcs:
        yield role, epc, None, None
    for element in quantities:
        yield role, element.epc_class, element.quantity, element.uom
