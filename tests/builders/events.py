"""Build valid EPCIS events as parsed JSON: one small story of a dairy, its carrier and a shop.

Every builder takes changes by field name; `ABSENT` takes a field away:
`an_object_event(bizStep="receiving", disposition=ABSENT)`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

ABSENT: Final = object()

EPCIS_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"
CONTEXT: Final = [EPCIS_CONTEXT, {"dairy": "https://dairy.example/terms/"}]

# Company prefixes of the range 952, which GS1 keeps for demonstrations.
MILK_LOT: Final = "urn:epc:class:lgtin:9521001.000017.MILK-0611"
CREAM_LOT: Final = "urn:epc:class:lgtin:9521001.000024.CREAM-0611"
CHEESE_LOT: Final = "urn:epc:class:lgtin:9521001.000031.TOMME-0612"
CHEESE: Final = "urn:epc:id:sgtin:9521001.000031.{serial}"
PALLET: Final = "urn:epc:id:sscc:9521001.0000000042"
DAIRY: Final = "urn:epc:id:sgln:9521001.00001.0"
RIPENING_ROOM: Final = "urn:epc:id:sgln:9521001.00001.R3"
SHOP: Final = "urn:epc:id:sgln:9521002.00001.0"
DAIRY_COMPANY: Final = "urn:epc:id:pgln:9521001.00001"
SHOP_COMPANY: Final = "urn:epc:id:pgln:9521002.00001"
ORDER: Final = "urn:epcglobal:cbv:bt:9521002000010:PO-77"

_WHEN: Final = {"eventTime": "2026-06-12T05:40:00.000Z", "eventTimeZoneOffset": "+02:00"}


def an_object_event(**changes: Any) -> dict[str, Any]:
    """Milk is collected: one lot, in litres."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "ObjectEvent",
            **_WHEN,
            "action": "ADD",
            "bizStep": "commissioning",
            "disposition": "active",
            "quantityList": [{"epcClass": MILK_LOT, "quantity": 1200, "uom": "LTR"}],
            "readPoint": {"id": DAIRY},
            "ilmd": {"dairy:farm": "Alpage du Lac"},
        },
        changes,
    )


def a_transformation_event(**changes: Any) -> dict[str, Any]:
    """Milk and cream become cheese, then rest in the ripening room."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "TransformationEvent",
            **_WHEN,
            "inputQuantityList": [
                {"epcClass": MILK_LOT, "quantity": 1000, "uom": "LTR"},
                {"epcClass": CREAM_LOT, "quantity": 12.5, "uom": "LTR"},
            ],
            "outputQuantityList": [{"epcClass": CHEESE_LOT, "quantity": 96.4, "uom": "KGM"}],
            "bizStep": "commissioning",
            "disposition": "in_progress",
            "readPoint": {"id": DAIRY},
            "bizLocation": {"id": RIPENING_ROOM},
        },
        changes,
    )


def an_aggregation_event(**changes: Any) -> dict[str, Any]:
    """Twenty kilos of the cheese and two numbered wheels go on a pallet."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "AggregationEvent",
            **_WHEN,
            "parentID": PALLET,
            "childEPCs": [CHEESE.format(serial=1), CHEESE.format(serial=2)],
            "childQuantityList": [{"epcClass": CHEESE_LOT, "quantity": 20, "uom": "KGM"}],
            "action": "ADD",
            "bizStep": "packing",
            "readPoint": {"id": DAIRY},
        },
        changes,
    )


def a_transaction_event(**changes: Any) -> dict[str, Any]:
    """The pallet is tied to the shop's order."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "TransactionEvent",
            **_WHEN,
            "action": "ADD",
            "epcList": [PALLET],
            "bizTransactionList": [{"type": "po", "bizTransaction": ORDER}],
            "bizStep": "shipping",
            "sourceList": [{"type": "owning_party", "source": DAIRY_COMPANY}],
            "destinationList": [{"type": "owning_party", "destination": SHOP_COMPANY}],
        },
        changes,
    )


def an_association_event(**changes: Any) -> dict[str, Any]:
    """A temperature logger is fixed to a returnable crate."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "AssociationEvent",
            **_WHEN,
            "parentID": "urn:epc:id:grai:9521001.00007.12",
            "childEPCs": ["urn:epc:id:giai:9521001.LOGGER-5"],
            "action": "ADD",
            "bizStep": "assembling",
            "readPoint": {"id": DAIRY},
        },
        changes,
    )


def a_sensor_event(**changes: Any) -> dict[str, Any]:
    """The ripening room's temperature over one night."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "ObjectEvent",
            **_WHEN,
            "action": "OBSERVE",
            "epcList": [],
            "bizStep": "sensor_reporting",
            "readPoint": {"id": RIPENING_ROOM},
            "sensorElementList": [
                {
                    "sensorMetadata": {
                        "startTime": "2026-06-11T20:00:00Z",
                        "endTime": "2026-06-12T04:00:00Z",
                        "deviceID": "urn:epc:id:giai:9521001.LOGGER-5",
                    },
                    "sensorReport": [{"type": "Temperature", "minValue": 11.2, "maxValue": 12.9, "uom": "CEL"}],
                },
            ],
        },
        changes,
    )


ONE_OF_EACH: Final = (
    an_object_event,
    a_transformation_event,
    an_aggregation_event,
    a_transaction_event,
    an_association_event,
    a_sensor_event,
)


def a_document(events: Iterable[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """An EPCISDocument that holds events; their own `@context` moves to the document."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-06-12T06:00:00Z",
            "epcisBody": {
                "eventList": [{k: v for k, v in event.items() if k != "@context"} for event in events],
            },
        },
        changes,
    )


def as_bytes(value: Any) -> bytes:
    """JSON as a sender might write it."""
    return json.dumps(value, ensure_ascii=False).encode()


def _changed(event: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    changed = json.loads(json.dumps(event))  # Each caller owns all of its event, lists included.
    for name, value in changes.items():
        if value is ABSENT:
            changed.pop(name, None)
        else:
            changed[name] = value
    return changed
