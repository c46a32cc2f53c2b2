"""The JSON Schemas of what is delivered, for documents that describe it; `deliveries` writes it.

Source: CloudEvents 1.0.2, JSON event format and batch (sections 3, 4); JSON Schema draft 7, which AsyncAPI 3.0 takes.
"""

from __future__ import annotations

from typing import Any, Final

from filiere_platform.domain.deliveries import EVENT_TYPE, MOST_RECORDS, VIEW_TYPE
from filiere_platform.domain.event_view import NOT_VERIFIABLE, VIEW_NAME
from filiere_platform.domain.finding import FindingState
from filiere_platform.domain.finding_message import FINDING_TYPE
from filiere_schemas.provenance.entry import EntryKind

Schema = dict[str, Any]
_DIGEST: Final = "^[0-9a-f]{64}$"

RECORD_DATA: Final[Schema] = {
    "type": "object",
    "description": "A record: its place in the log, who sent it, and the bytes that prove it.",
    "properties": {
        "index": {"type": "integer", "minimum": 0, "description": "Place in the log"},
        "kind": {"type": "string", "enum": [kind.value for kind in EntryKind]},
        "sha256": {"type": "string", "pattern": _DIGEST, "description": "Of `jws`, as the log commits to it"},
        "member": {"type": "string", "description": "URI of who sent it"},
        "eventID": {"type": "string"},
        "jws": {"type": "string", "description": "JWS Compact as it was signed, without disclosures"},
        "erased": {"const": True, "description": "There is no `jws` any more"},
    },
    "required": ["index", "kind", "sha256"],
    "oneOf": [{"required": ["jws"]}, {"required": ["erased"]}],
    "additionalProperties": False,
}
VIEW_DATA: Final[Schema] = {
    "type": "object",
    "description": "The public fields of an event, for who sees no more of it; not verifiable at source.",
    "properties": {
        "index": {"type": "integer", "minimum": 0},
        "kind": {"type": "string"},
        "assurance": {"const": NOT_VERIFIABLE},
        "view": {"const": VIEW_NAME},
        "event": {"type": "object"},
        "erased": {"const": True},
    },
    "required": ["index", "kind", "assurance", "view"],
    "oneOf": [{"required": ["event"]}, {"required": ["erased"]}],
    "additionalProperties": False,
}


_TEXT: Final[Schema] = {"type": "string"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_NUMBER: Final[Schema] = {"type": "integer", "minimum": 0}
_OF_FINDING: Final[Schema] = {
    "id": {**_NUMBER, "description": "Number in `/api/v1/findings`"},
    "rule": {**_TEXT, "description": "Code of the rule"},
    "level": {"type": "string", "enum": ["error", "warning"]},
    "state": {"type": "string", "enum": [state.value for state in FindingState if state is not FindingState.PENDING]},
    "subject": {**_TEXT, "description": "What it is about"},
    "low": _NUMBER,
    "high": _NUMBER,
    "index": {**_NUMBER, "description": "Place in the log of the record that shows it"},
    "firstSeen": _INSTANT,
    "openedAt": _INSTANT,
    "version": {**_NUMBER, "description": "How many steps were taken with it"},
    "explanation": {"type": ["object", "null"]},
    "closedAt": _MAYBE_INSTANT,
    "closedBy": {"type": ["string", "null"]},
    "evidence": {"type": "object"},
    "fr": _TEXT,
    "en": _TEXT,
}
FINDING_DATA: Final[Schema] = {
    "type": "object",
    "description": "A finding as it is then, whole; of changes that follow each other quickly the last alone may come.",
    "properties": _OF_FINDING,
    "required": sorted(_OF_FINDING),
    "additionalProperties": False,
}


def event_schema(kind: str, data: Schema, *, about: str = "records") -> Schema:
    """Describe a CloudEvent of one `type`, with its data."""
    return {
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1, "description": "The same said again has the same id"},
            "source": {"type": "string", "minLength": 1, "description": "The log's name"},
            "type": {"const": kind},
            "subject": {"type": "string", "pattern": f"^{about}/[0-9]+$"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": data,
        },
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
        "additionalProperties": False,
    }


def schemas() -> dict[str, Schema]:
    """Give every schema by its name, referring to each other as components of one document."""
    return {
        "RecordData": RECORD_DATA,
        "ViewData": VIEW_DATA,
        "RecordStored": event_schema(EVENT_TYPE, _ref("RecordData")),
        "RecordView": event_schema(VIEW_TYPE, _ref("ViewData")),
        "Event": {"oneOf": [_ref("RecordStored"), _ref("RecordView")]},
        "FindingData": FINDING_DATA,
        "FindingChanged": event_schema(FINDING_TYPE, _ref("FindingData"), about="findings"),
        "FindingBatch": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_RECORDS,
            "items": _ref("FindingChanged"),
        },
        "Batch": {"type": "array", "minItems": 1, "maxItems": MOST_RECORDS, "items": _ref("Event")},
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
