"""Seven events that between them say everything that a SimpleEventQuery can ask, each under a letter."""

from __future__ import annotations

from typing import Any, Final

from builders.events import (
    CHEESE,
    CHEESE_LOT,
    CREAM_LOT,
    DAIRY_COMPANY,
    MILK_LOT,
    PALLET,
    SHOP_COMPANY,
    a_sensor_event,
    a_transaction_event,
    a_transformation_event,
    an_aggregation_event,
    an_association_event,
    an_object_event,
)

LOGGER: Final = "urn:epc:id:giai:9521001.LOGGER-5"
CRATE: Final = "urn:epc:id:grai:9521001.00007.12"
MILK_CLASS: Final = "urn:epc:idpat:sgtin:9521001.000017.*"
AGENT: Final = "https://dairy.example/terms/agent"
CORRECTED: Final = "urn:uuid:00000000-0000-4000-8000-0000000000ff"


def event_id(letter: str) -> str:
    """The event ID of a letter; G declares A erroneous under its ID."""
    return f"urn:uuid:00000000-0000-4000-8000-{ord('A' if letter == 'G' else letter):012d}"


def _told(letter: str) -> dict[str, Any]:
    return {"eventID": event_id(letter), "eventTime": f"2026-06-0{ord(letter) - ord('A') + 1}T05:40:00.000Z"}


_MILK = an_object_event(
    **_told("A"),
    epcList=[CHEESE.format(serial=7)],
    quantityList=[{"epcClass": MILK_LOT, "quantity": 1200, "uom": "LTR"}, {"epcClass": MILK_CLASS, "quantity": 3}],
    readPoint={"id": "urn:epc:id:sgln:9521001.00001.0", "dairy:door": "North", "dairy:ramp": {"dairy:side": "left"}},
    bizLocation={"id": "urn:epc:id:sgln:9521001.00001.R3", "dairy:shelf": 4},
    persistentDisposition={"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
    bizTransactionList=[
        {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521002000010:PO-77"},
        {"type": AGENT, "bizTransaction": "urn:epc:id:gdti:9521001.00001.D1"},
    ],
    ilmd={"dairy:farm": "Alpage du Lac", "dairy:best": "2026-12-31", "dairy:herd": {"dairy:breed": "Abondance"}},
    **{
        "dairy:vat": 3,
        "dairy:code": "007",
        "dairy:organic": True,
        "dairy:hands": ["Luc", "Zoé"],
        "dairy:maker": {"dairy:name": "Luc", "dairy:years": [{"dairy:since": 1998}]},
    },
)
EVENTS: Final[dict[str, dict[str, Any]]] = {
    "A": _MILK,
    "B": a_transformation_event(
        **_told("B"),
        transformationID="urn:dairy:batch:12",
        inputEPCList=[CRATE],
        outputEPCList=[CHEESE.format(serial=1)],
    ),
    "C": an_aggregation_event(**_told("C"), **{"dairy:vat": 12}),
    "D": a_transaction_event(
        **_told("D"),
        disposition="in_transit",
        sourceList=[{"type": "owning_party", "source": DAIRY_COMPANY}, {"type": AGENT, "source": SHOP_COMPANY}],
        destinationList=[
            {"type": "owning_party", "destination": SHOP_COMPANY},
            {"type": "location", "destination": "urn:epc:id:sgln:9521002.00001.0"},
            {"type": AGENT, "destination": DAIRY_COMPANY},
        ],
    ),
    "E": a_sensor_event(
        **_told("E"),
        sensorElementList=[
            {
                "sensorMetadata": {
                    "time": "2026-06-05T04:00:00Z",
                    "deviceID": LOGGER,
                    "dataProcessingMethod": "https://dairy.example/methods/1",
                    "bizRules": "https://dairy.example/rules/1",
                    "dairy:calibration": "2026-01-05T00:00:00Z",
                    "dairy:lab": {"dairy:town": "Annecy"},
                },
                "sensorReport": [
                    {"type": "Temperature", "value": 4.5, "uom": "CEL", "dairy:probe": "P1"},
                    {"type": "Temperature", "minValue": 2, "maxValue": 8, "meanValue": 5, "sDev": 0.5, "uom": "CEL"},
                    {"type": "Temperature", "percRank": 95, "percValue": 7, "uom": "CEL"},
                    {"type": "Mass", "value": 250, "uom": "GRM", "dairy:scale": {"dairy:maker": "Roberval"}},
                ],
                "dairy:shelf": 9,
                "dairy:spot": {"dairy:height": 2},
            },
            {
                "sensorMetadata": {"startTime": "2026-06-04T20:00:00Z", "endTime": "2026-06-05T04:00:00Z"},
                "sensorReport": [
                    {"type": "Count", "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1639", "value": 0},
                    {"type": "Dimensionless", "stringValue": "clear"},
                    {"type": "Dimensionless", "booleanValue": True},
                    {"type": "Dimensionless", "hexBinaryValue": "f0A1"},
                    {"type": "Dimensionless", "uriValue": "https://dairy.example/images/1"},
                    {
                        "type": "MassConcentration",
                        "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
                        "value": 1,
                        "uom": "KGM",
                    },
                ],
            },
        ],
    ),
    "F": an_association_event(**_told("F")),
    "G": _MILK
    | {
        "errorDeclaration": {
            "declarationTime": "2026-06-20T08:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": [CORRECTED],
            "dairy:noticed": "Luc",
            "dairy:how": {"dairy:by": "count"},
        }
    },
}
LOTS: Final = (MILK_LOT, CREAM_LOT, CHEESE_LOT, PALLET)
