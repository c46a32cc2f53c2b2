"""Our JSON Schema of one EPCIS 2.0 event, and its reading into problems.

The schema is written as data so that its words come from `vocabulary` and its limits from `limits`: each is
stated once. There is one schema per event type, compiled once; nothing is ever fetched. The names under `$defs`
are part of how an error is told: `schema_errors` finds the sentence by them.

Two editions exist. The strict one refuses the longer forms of the standard's words, as the standard does; the
lenient one takes them where they name a known word.

Source: GS1 EPCIS 2.0, section 7 and 10; JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import jsonschema_rs

from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.limits import DEEPEST, LONGEST_LIST, LONGEST_TERM, LONGEST_TEXT, MOST_CONTEXTS, MOST_FIELDS
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, long_forms

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "maxLength": LONGEST_TEXT}
_NUMBER: Final[Schema] = {"type": "number"}


def event_schema(event_type: EventType, *, long_words: bool) -> Schema:
    """Build the schema of one event type; `long_words` takes the longer forms of known words too."""
    fields = _COMMON_FIELDS | _FIELDS[event_type]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:filiere:schema:epcis:{event_type}:{'lenient' if long_words else 'strict'}",
        **open_object(fields, required=_REQUIRED[event_type]),
        "allOf": [{"$ref": f"#/$defs/rule-{rule}"} for rule in _RULES[event_type]],
        "$defs": _definitions(long_words=long_words),
    }


@cache
def validator(event_type: EventType, *, long_words: bool) -> jsonschema_rs.Draft202012Validator:
    """Compile the schema of an event type, once per process."""
    schema = event_schema(event_type, long_words=long_words)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, retriever=refuse_retrieval)


def refuse_retrieval(address: str) -> Any:
    """Refuse to fetch a schema; every reference of ours is local.

    Raises:
        LookupError: always.
    """
    raise LookupError(f"a schema is never fetched: {address}")


def ref(name: str) -> Schema:
    """Refer to a definition of the same schema."""
    return {"$ref": f"#/$defs/{name}"}


def list_of(of: Schema, *, at_least: int = 0, at_most: int = LONGEST_LIST, unique: bool = False) -> Schema:
    """Build the schema of a list, within the limit of its length."""
    schema: Schema = {"type": "array", "items": of, "maxItems": at_most}
    if at_least:
        schema["minItems"] = at_least
    if unique:
        schema["uniqueItems"] = True
    return schema


def open_object(fields: Schema, *, required: Iterable[str] = (), named: bool = True) -> Schema:
    """Build the schema of an object of known fields and extensions.

    With `named`, an extension's name must be a URI or a prefixed name, as the standard asks nearly everywhere.
    """
    schema: Schema = {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "maxProperties": MOST_FIELDS,
        "additionalProperties": ref("nested-1"),
    }
    if named:
        # Every URI holds a colon and no field of the standard does: one test tells which of the two is meant.
        schema["propertyNames"] = {
            "maxLength": LONGEST_TEXT,
            "if": {"pattern": ":"},
            "then": {"format": "uri"},
            "else": {"enum": sorted(fields)},
        }
    return schema


def _closed_object(fields: Schema, *, required: Iterable[str]) -> Schema:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _word(vocabulary: Vocabulary, *, long_words: bool) -> Schema:
    known = WORDS[vocabulary]
    closed = known.closed if long_words else known.closed_to_strict
    in_closed_space: Schema = {"enum": list(long_forms(vocabulary))} if long_words else {"not": {}}
    return {
        "type": "string",
        "maxLength": LONGEST_TEXT,
        "if": {"pattern": ":"},
        "then": {"if": {"pattern": closed}, "then": in_closed_space, "else": {"format": "uri"}},
        "else": {"enum": list(known.words)},
    }


def nested_parts() -> Schema:
    """Define the values of extensions: anything, to a depth; the last level holds neither list nor object."""
    levels: Schema = {
        f"nested-{level}": {
            "maxLength": LONGEST_TEXT,
            "maxItems": LONGEST_LIST,
            "maxProperties": MOST_FIELDS,
            "items": ref(f"nested-{level + 1}"),
            "additionalProperties": ref(f"nested-{level + 1}"),
        }
        for level in range(1, DEEPEST)
    }
    return levels | {f"nested-{DEEPEST}": {**_TEXT, "type": ["string", "number", "boolean", "null"]}}


def _has(field: str) -> Schema:
    """The list is there and has an element."""
    return {"required": [field], "properties": {field: {"minItems": 1}}}


def _rules() -> Schema:
    """What fields owe each other. Source: GS1 EPCIS 2.0, 7.4.2 to 7.4.6 as far as the official schema checks them."""
    delete = {"required": ["action"], "properties": {"action": {"const": "DELETE"}}}
    inputs = {"anyOf": [_has("inputEPCList"), _has("inputQuantityList")]}
    outputs = {"anyOf": [_has("outputEPCList"), _has("outputQuantityList")]}
    observed = {"required": ["sensorElementList", "readPoint"], "properties": {"sensorElementList": {"minItems": 1}}}
    children = {"anyOf": [_has("childEPCs"), _has("childQuantityList"), delete]}
    return {
        "rule-object": {"anyOf": [{"required": ["epcList"]}, _has("quantityList"), observed]},
        "rule-ilmd": {
            "if": {"required": ["ilmd"], "properties": {"action": {"not": {"const": "ADD"}}}},
            "then": {"properties": {"ilmd": {"not": {}}}},
        },
        "rule-children": children,
        "rule-transaction": {"anyOf": [{"required": ["epcList"]}, _has("quantityList"), delete]},
        "rule-transformation": {
            "if": {"required": ["transformationID"]},
            "then": {"anyOf": [inputs, outputs]},
            "else": {"allOf": [inputs, outputs]},
        },
    }


def _definitions(*, long_words: bool) -> Schema:
    words = {f"word-{vocabulary}": _word(vocabulary, long_words=long_words) for vocabulary in Vocabulary}
    return {**_PARTS, **words, **_rules(), **nested_parts()}


_URI: Final = ref("uri")
_TIME: Final = ref("time")
_EPCS: Final = list_of(_URI)
_DISTINCT_EPCS: Final = list_of(_URI, unique=True)
_QUANTITIES: Final = list_of(ref("quantity"))

_COMMON_FIELDS: Final[Schema] = {
    "@context": ref("context"),
    "type": _TEXT,
    "eventID": _URI,
    "eventTime": _TIME,
    "recordTime": _TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": r"^[+-](0[0-9]|1[0-3]):[0-5][0-9]$|^[+-]14:00$"},
    "certificationInfo": {"if": {"type": "array"}, "then": list_of(_URI), "else": _URI},
    "errorDeclaration": ref("error-declaration"),
    "bizStep": ref("word-bizStep"),
    "disposition": ref("word-disposition"),
    "persistentDisposition": ref("persistent-disposition"),
    "readPoint": ref("place"),
    "bizLocation": ref("place"),
    "bizTransactionList": list_of(ref("business-transaction")),
    "sourceList": list_of(ref("source")),
    "destinationList": list_of(ref("destination")),
    "sensorElementList": list_of(ref("sensor-element")),
}
_ACTION: Final[Schema] = {"action": ref("action")}
_FAMILY: Final[Schema] = {"parentID": _URI, "childEPCs": _EPCS, "childQuantityList": _QUANTITIES, **_ACTION}
_ILMD: Final[Schema] = {"ilmd": ref("ilmd")}

_FIELDS: Final[dict[EventType, Schema]] = {
    EventType.OBJECT: {"epcList": _DISTINCT_EPCS, "quantityList": _QUANTITIES, **_ACTION, **_ILMD},
    EventType.AGGREGATION: _FAMILY,
    EventType.ASSOCIATION: _FAMILY,
    EventType.TRANSACTION: {
        "parentID": _URI,
        "epcList": _EPCS,
        "quantityList": _QUANTITIES,
        "bizTransactionList": list_of(ref("business-transaction"), at_least=1),
        **_ACTION,
    },
    EventType.TRANSFORMATION: {
        "inputEPCList": _DISTINCT_EPCS,
        "inputQuantityList": _QUANTITIES,
        "outputEPCList": _DISTINCT_EPCS,
        "outputQuantityList": _QUANTITIES,
        "transformationID": _URI,
        **_ILMD,
    },
}
# A bare event must carry its @context; a document gives its own to each of its events before they are read.
_ALWAYS: Final = ("@context", "type", "eventTime", "eventTimeZoneOffset")
_REQUIRED: Final[dict[EventType, tuple[str, ...]]] = {
    EventType.OBJECT: (*_ALWAYS, "action"),
    EventType.AGGREGATION: (*_ALWAYS, "action"),
    EventType.ASSOCIATION: (*_ALWAYS, "action", "parentID"),
    EventType.TRANSACTION: (*_ALWAYS, "action", "bizTransactionList"),
    EventType.TRANSFORMATION: _ALWAYS,
}
_RULES: Final[dict[EventType, tuple[str, ...]]] = {
    EventType.OBJECT: ("object", "ilmd"),
    EventType.AGGREGATION: ("children",),
    EventType.ASSOCIATION: ("children",),
    EventType.TRANSACTION: ("transaction",),
    EventType.TRANSFORMATION: ("transformation",),
}
_OBSERVER_FIELDS: Final = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
_OBSERVER: Final[Schema] = dict.fromkeys(_OBSERVER_FIELDS, _URI)
# Distinct words of a short vocabulary, and perhaps a company's own: a long list is a mistake.
_DISPOSITIONS: Final = list_of(ref("word-disposition"), at_least=1, at_most=100, unique=True)

CONTEXT_PARTS: Final[Schema] = {
    "uri": {**_TEXT, "format": "uri"},
    "time": {"type": "string", "format": "date-time", "maxLength": 64},
    "context": {
        "if": {"type": "array"},
        "then": list_of(ref("context-entry"), at_most=MOST_CONTEXTS),
        "else": ref("context-entry"),
    },
    "context-entry": {
        "type": ["string", "object"],
        "maxLength": LONGEST_TEXT,
        "maxProperties": MOST_FIELDS,
        "format": "uri",
        "propertyNames": {"maxLength": LONGEST_TERM},
        "additionalProperties": ref("nested-1"),
    },
}
_PARTS: Final[Schema] = {
    **CONTEXT_PARTS,
    "action": {"type": "string", "enum": ["ADD", "OBSERVE", "DELETE"]},
    "quantity": _closed_object(
        {"epcClass": _URI, "quantity": _NUMBER, "uom": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"}},
        required=["epcClass"],
    ),
    "business-transaction": _closed_object(
        {"type": ref("word-bizTransactionType"), "bizTransaction": _URI},
        required=["bizTransaction"],
    ),
    "source": _closed_object({"type": ref("word-sourceDestinationType"), "source": _URI}, required=["type", "source"]),
    "destination": _closed_object(
        {"type": ref("word-sourceDestinationType"), "destination": _URI},
        required=["type", "destination"],
    ),
    "place": open_object({"id": _URI}, required=["id"], named=False),
    "ilmd": {
        "type": "object",
        "propertyNames": {"format": "uri", "maxLength": LONGEST_TEXT},
        "maxProperties": MOST_FIELDS,
        "additionalProperties": ref("nested-1"),
    },
    "error-declaration": open_object(
        {"declarationTime": _TIME, "reason": ref("word-errorReason"), "correctiveEventIDs": list_of(_URI)},
        required=["declarationTime"],
    ),
    "persistent-disposition": {
        "type": "object",
        "properties": {"set": _DISPOSITIONS, "unset": _DISPOSITIONS},
        "additionalProperties": False,
        "minProperties": 1,
    },
    "sensor-element": open_object(
        {"sensorMetadata": ref("sensor-metadata"), "sensorReport": list_of(ref("sensor-report"), at_least=1)},
        required=["sensorReport"],
    ),
    "sensor-metadata": open_object({"time": _TIME, "startTime": _TIME, "endTime": _TIME, **_OBSERVER}),
    "sensor-report": open_object(
        {
            **_OBSERVER,
            "type": ref("word-measurementType"),
            "exception": ref("word-sensorAlertType"),
            "component": ref("word-component"),
            "time": _TIME,
            "microorganism": _URI,
            "chemicalSubstance": _URI,
            "coordinateReferenceSystem": _URI,
            "uriValue": _URI,
            "stringValue": _TEXT,
            "booleanValue": {"type": "boolean"},
            "hexBinaryValue": {**_TEXT, "pattern": "^[A-Fa-f0-9]+$"},
            **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev"), _NUMBER),
            **dict.fromkeys(("percRank", "percValue"), _NUMBER),
            "uom": _TEXT,
        },
        required=["type"],
    ),
}
