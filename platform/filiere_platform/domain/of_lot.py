"""Which lot the items of an event are of: a lot that was made as one, and has serial numbers from then on.

An event says it, in this order: by `filiere:lot`, by the lot number in its ILMD, by a lot within the Digital Links of
its items, or by naming, where items are made, one lot of their product beside them. It is one lot for all items of the
event; an event that speaks of items of several products, or of several lots, says nothing of it but by `filiere:lot`.

What holds of a lot holds of each of its items, whenever that was said: a batch record is often closed after its items
were numbered. The reverse is not so: what happens to an item happens to no other item of its lot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from filiere_platform.domain.record import EventTypeCode, NodeKind, Role
from filiere_platform.domain.trace_sentences import INVALID_LOT
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.event import Action, Event, EventType
from filiere_schemas.identifiers import Identity, InvalidIdentifier, Kind, identify
from filiere_schemas.identifiers.lot_of_item import lot_named_with, lot_of, product_of
from filiere_schemas.problems import Problem, Refusal

LOT_KEY: Final = "filiere:lot"
# Source: CBV 2.0, 10.2 (trade item master data attributes in an ILMD); prefixed, as JSON-LD and as XML have it.
_LOT_NUMBERS: Final = ("cbvmda:lotNumber", "urn:epcglobal:cbv:mda:lotNumber", "https://ref.gs1.org/cbv/mda/lotNumber")
_OF_ITEMS: Final = frozenset({EventType.OBJECT, EventType.TRANSFORMATION})
MADE_AS: Final = (Role.OBJECT, Role.OUTPUT)  # the roles in which an event names the items that it speaks of


def lot_of_items(event: Event) -> str | None:
    """Give the canonical key of the lot that an event's items are of; None where it says nothing of one.

    Raises:
        Refusal: code `invalid-lot`.
    """
    stated = event.ilmd.get(LOT_KEY, event.extensions.get(LOT_KEY))
    if stated is not None:
        return _stated(event, stated)
    if not (event.epcs or event.output_epcs) or event.type not in _OF_ITEMS:
        return None
    makes = event.type is EventType.TRANSFORMATION or event.action is Action.ADD
    items = [(uri, identity.key) for uri, identity in _identified(_items(event)) if identity.kind is Kind.ITEM]
    number = next((event.ilmd[name] for name in _LOT_NUMBERS if isinstance(event.ilmd.get(name), str)), None)
    if number is not None:
        return _only(lot_of(key, str(number)) for _, key in items)
    linked = _only(lot_named_with(uri) for uri, _ in items)
    if linked is not None or not makes:
        return linked
    beside = (element.epc_class for element in (*event.quantities, *event.output_quantities))
    lots = [identity.key for _, identity in _identified(beside) if identity.kind is Kind.LOT]
    products = {product_of(key) for _, key in items}
    return lots[0] if len(lots) == 1 and products == {product_of(lots[0])} and None not in products else None


def pairs_of(event: TracedEvent, kinds: Mapping[int, NodeKind]) -> Iterator[tuple[int, int]]:
    """Give each lot and item that an event says belong together."""
    if event.type in {EventTypeCode.OBJECT, EventTypeCode.TRANSFORMATION} and Role.OF_LOT in event.ends:
        for lot in event.nodes(Role.OF_LOT):
            for role in MADE_AS:
                yield from ((lot, node) for node in event.nodes(role) if kinds[node] is NodeKind.ITEM)


def _items(event: Event) -> tuple[str, ...]:
    return (*event.epcs, *event.output_epcs)


def _identified(uris: Iterable[str]) -> Iterator[tuple[str, Identity]]:
    return ((uri, identify(uri)) for uri in uris)


def _only(found: Iterable[str | None]) -> str | None:
    each = set(found)
    return each.pop() if len(each) == 1 else None


def _stated(event: Event, stated: object) -> str:
    try:
        identity = identify(stated) if isinstance(stated, str) else None
    except InvalidIdentifier:
        identity = None
    speaks = event.type is EventType.TRANSFORMATION or (
        event.type is EventType.OBJECT and event.action is not Action.DELETE
    )
    if identity is None or identity.kind is not Kind.LOT or not speaks or not _items(event):
        values = {"found": f"{event.type.value}, {event.action}, {str(stated)[:200]}"}
        raise Refusal([Problem(sentence=INVALID_LOT, pointer=f"/{LOT_KEY}", values=values)])
    return identity.key
