"""Which elements an event has in XML, in which order; the official schemas state it, this table says it again.

XML 2.0 puts every field at the event itself. XML 1.2 keeps what came after 1.0 in wrappers: `baseExtension` holds
eventID and errorDeclaration, `extension` what came with 1.1. Source: EPCIS 2.0, 10; EPCIS 1.2, 9.5.
"""

from __future__ import annotations

from typing import Final

from filiere_schemas.epcis.event import EventType

WRAPPERS: Final = frozenset({"extension", "baseExtension"})

_WHERE: Final = ("bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES: Final = ("sourceList", "destinationList")
SINCE_2: Final = ("sensorElementList", "persistentDisposition")
_FAMILY: Final = ("parentID", "childEPCs")
_TRANSFORMED: Final = (
    "inputEPCList",
    "inputQuantityList",
    "outputEPCList",
    "outputQuantityList",
    "transformationID",
    *_WHERE,
    "bizTransactionList",
    *_PARTIES,
)
_HEAD: Final = {
    "2.0": (
        "eventTime",
        "recordTime",
        "eventTimeZoneOffset",
        "eventID",
        "errorDeclaration",
        "certificationInfo",
        "baseExtension",
    ),
    "1.2": ("eventTime", "recordTime", "eventTimeZoneOffset", "baseExtension"),
}
_FIELDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "2.0": {
        EventType.OBJECT: (
            "epcList",
            "action",
            *_WHERE,
            "bizTransactionList",
            "quantityList",
            *_PARTIES,
            *SINCE_2,
            "ilmd",
        ),
        EventType.AGGREGATION: (
            *_FAMILY,
            "action",
            *_WHERE,
            "bizTransactionList",
            "childQuantityList",
            *_PARTIES,
            *SINCE_2,
        ),
        EventType.TRANSACTION: (
            "bizTransactionList",
            "parentID",
            "epcList",
            "action",
            *_WHERE,
            "quantityList",
            *_PARTIES,
            *SINCE_2,
        ),
        EventType.TRANSFORMATION: (*_TRANSFORMED, *SINCE_2, "ilmd"),
        EventType.ASSOCIATION: (
            *_FAMILY,
            "childQuantityList",
            "action",
            *_WHERE,
            "bizTransactionList",
            *_PARTIES,
            *SINCE_2,
        ),
    },
    "1.2": {
        EventType.OBJECT: ("epcList", "action", *_WHERE, "bizTransactionList"),
        EventType.AGGREGATION: (*_FAMILY, "action", *_WHERE, "bizTransactionList"),
        EventType.TRANSACTION: ("bizTransactionList", "parentID", "epcList", "action", *_WHERE),
        EventType.TRANSFORMATION: (*_TRANSFORMED, "ilmd"),
        # Not of 1.2, whose schema takes it for an extension that it does not check; the official examples have it.
        EventType.ASSOCIATION: (
            *_FAMILY,
            "action",
            *_WHERE,
            "bizTransactionList",
            "childQuantityList",
            *_PARTIES,
            *SINCE_2,
            "certificationInfo",
        ),
    },
}
# What 1.2 keeps in the wrapper `extension` of each type.
WRAPPED: Final[dict[str, tuple[str, ...]]] = {
    EventType.OBJECT: ("quantityList", *_PARTIES, "ilmd"),
    EventType.AGGREGATION: ("childQuantityList", *_PARTIES),
    EventType.TRANSACTION: ("quantityList", *_PARTIES),
    EventType.TRANSFORMATION: (),
    EventType.ASSOCIATION: (),
}
# Fields of 2.0, which 1.2 has where it expects those of later editions: in its innermost `extension`.
LATER: Final = (*SINCE_2, "certificationInfo")
WRAPPED_BASE: Final = ("eventID", "errorDeclaration")
# What XML 1.2 requires even where it is empty.
REQUIRED_LISTS: Final = {
    EventType.OBJECT: "epcList",
    EventType.AGGREGATION: "childEPCs",
    EventType.TRANSACTION: "epcList",
}
SEQUENCE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    version: {kind: (*_HEAD[version], *fields, "extension") for kind, fields in kinds.items()}
    for version, kinds in _FIELDS.items()
}


def ranks(sequence: tuple[str, ...]) -> dict[str, int]:
    """Give each name its place in a sequence."""
    return {name: place for place, name in enumerate(sequence)}


RANKS: Final = {
    version: {kind: ranks(sequence) for kind, sequence in kinds.items()} for version, kinds in SEQUENCE.items()
}
WRAPPED_RANKS: Final = {kind: ranks((*names, "extension")) for kind, names in WRAPPED.items()}
BASE_RANKS: Final = ranks((*WRAPPED_BASE, "extension"))
PLACE_RANKS: Final = ranks(("id", "extension"))
QUANTITY_RANKS: Final = ranks(("epcClass", "quantity", "uom"))
# The official examples of 1.2, which are older than the name, write sensorMetaData.
SENSOR_RANKS: Final = {"sensorMetadata": 0, "sensorMetaData": 0, "sensorReport": 1, "extension": 2}
DISPOSITION_RANKS: Final = ranks(("unset", "set"))
