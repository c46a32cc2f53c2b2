"""Give stored events back as EPCIS documents, each member byte for byte as it was received.

Only four members of an event are touched, on the way out: `@context` moves up to the document, `recordTime` is the
platform's, `eventID` is filled in where the sender left it to us, and a filled-in disclosure replaces its digest.
Source: EPCIS 2.0, 7.4.1 (recordTime, eventID), 9.5 (EPCISQueryDocument).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.provenance.disclosures import unseal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import EVENT_TYP
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.statements import ATTESTATION_TYP
from filiere_schemas.provenance.strict_json import strict_loads

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION = "2.0"

TYPS = {EntryKind.EVENT: EVENT_TYP, EntryKind.RECEIPT: ATTESTATION_TYP}

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_contexts = msgspec.json.Decoder(list[msgspec.Raw])
_encode = msgspec.json.Encoder().encode


def event_members(event: StoredEvent) -> dict[str, msgspec.Raw]:
    """Give the members of a stored event, raw, with its record time and event ID."""
    if event.body is None:
        return {}
    payload = parse_jws(event.body, typ=TYPS[event.kind]).payload
    if event.disclosures:
        opened = unseal(strict_loads(payload), tuple(event.disclosures.split(b"~")))
        payload = _encode(opened.value)
    members = _members.decode(payload)
    if "eventID" not in members:
        members["eventID"] = _raw(event.event_id)
    members["recordTime"] = _raw(iso_instant(event.stored_at))
    return members


def query_document(events: Sequence[StoredEvent], *, now: int, query_name: str = "SimpleEventQuery") -> bytes:
    """Lay out the answer to a query. Source: EPCIS 2.0, 9.5."""
    found = [event_members(event) for event in events if event.body is not None]
    context = _hoist(found)
    document = {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": iso_instant(now),
        "epcisBody": {"queryResults": {"queryName": query_name, "resultsBody": {"eventList": found}}},
    }
    return _encode(document)


def _hoist(events: Iterable[dict[str, msgspec.Raw]]) -> list[msgspec.Raw]:
    """Move each event's context up to the document, except one that redefines a prefix another one uses.

    JSON-LD 1.1, 4.1: a later definition of a term replaces an earlier one, so two senders who use one prefix for two
    namespaces cannot share a context; the later one keeps its own.
    """
    hoisted: dict[bytes, msgspec.Raw] = {}
    terms: dict[str, bytes] = {}
    for event in events:
        raw = event.get("@context")
        if raw is None:
            continue
        entries = _contexts.decode(raw) if bytes(raw).lstrip().startswith(b"[") else [raw]
        defined = {
            term: bytes(value)
            for entry in entries
            if bytes(entry).lstrip().startswith(b"{")
            for term, value in _members.decode(entry).items()
        }
        if any(terms.get(term, value) != value for term, value in defined.items()):
            continue
        terms.update(defined)
        hoisted.update((bytes(entry), entry) for entry in entries)
        del event["@context"]
    return list(hoisted.values()) or [_raw(EPCIS_CONTEXT)]


def _raw(value: str) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))
