"""Our JSON Schema of the envelope of EPCIS documents; the events inside are not looked at.

Source: GS1 EPCIS 2.0, section 10 (EPCISDocument, EPCISQueryDocument); JSON Schema 2020-12.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import jsonschema_rs

from filiere_schemas.epcis.schema import (
    CONTEXT_PARTS,
    Schema,
    list_of,
    nested_parts,
    open_object,
    ref,
    refuse_retrieval,
)

_URI: Final = ref("uri")
_TEXT: Final[Schema] = {"type": "string"}
_EVENTS: Final[Schema] = {"type": "array"}  # counted against its limit after reading; each is judged alone
_VOCABULARIES: Final = list_of(ref("vocabulary"))
_COMMON: Final[Schema] = {
    "@context": ref("context"),
    "id": _URI,
    "type": _TEXT,
    "schemaVersion": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)*$"},
    "creationDate": ref("time"),
}
_ENVELOPES: Final[dict[str, Schema]] = {
    "EPCISDocument": open_object(
        {
            **_COMMON,
            **dict.fromkeys(("instanceIdentifier", "sender", "receiver"), _TEXT),
            "epcisHeader": open_object({"epcisMasterData": ref("master-data")}),
            "epcisBody": open_object({"eventList": _EVENTS}, required=["eventList"], named=False),
        },
        required=["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
    ),
    "EPCISQueryDocument": open_object(
        {**_COMMON, "epcisBody": open_object({"queryResults": ref("query-results")}, required=["queryResults"])},
        required=["@context", "type", "epcisBody"],
    ),
}
_PARTS: Final[Schema] = {
    **CONTEXT_PARTS,
    "master-data": open_object({"vocabularyList": _VOCABULARIES}, named=False),
    "vocabulary": open_object(
        {"type": _URI, "vocabularyElementList": list_of(ref("vocabulary-element"))},
        required=["type"],
        named=False,
    ),
    "vocabulary-element": open_object(
        {"id": _URI, "attributes": list_of(ref("attribute")), "children": list_of(_URI)},
        required=["id"],
        named=False,
    ),
    "attribute": open_object(
        {"id": _URI, "attribute": {"type": ["number", "string", "object"]}},
        required=["id"],
        named=False,
    ),
    "query-results": open_object(
        {"queryName": _TEXT, "subscriptionID": _TEXT, "resultsBody": ref("results-body")},
        required=["queryName", "resultsBody"],
    ),
    "results-body": open_object({"eventList": _EVENTS, "vocabularyList": _VOCABULARIES}, required=["eventList"]),
}


def envelope_schema(kind: str) -> Schema:
    """Build the schema of an EPCISDocument or EPCISQueryDocument, without its events."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:filiere:schema:epcis:{kind}",
        **_ENVELOPES[kind],
        "$defs": _PARTS | nested_parts(),
    }


@cache
def envelope_validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    """Compile the schema of an envelope, once per process."""
    return jsonschema_rs.Draft202012Validator(
        envelope_schema(kind),
        validate_formats=True,
        retriever=refuse_retrieval,
    )
