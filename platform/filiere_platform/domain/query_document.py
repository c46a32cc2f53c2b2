"""Give stored events back as EPCIS documents, each member byte for byte as it was received.

Only these members of an event are touched, on the way out: `@context` moves up to the document, `recordTime` is the
platform's, `eventID` is filled in where the sender left it to us, and of a sealed event, what the reader is shown takes
the place of its digests, while `filiere:withheld` says how many fields of which object he is not shown. Identifiers and
words are written in the form that he asks for. A view, of which nobody has the bytes but the platform, says that it is
one, and that it cannot be verified at its source.
Source: EPCIS 2.0, 7.4.1 (recordTime, eventID), 9.5 (EPCISQueryDocument).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from filiere_platform.domain.event_view import NOT_VERIFIABLE, VIEW_NAME, EventView
from filiere_platform.domain.formats import AS_RECORDED, Formats
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.named_query import PREDEFINED
from filiere_platform.domain.sealing import TYPS, fields_withheld, open_record
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.epcis.received import SOURCE
from filiere_schemas.provenance.disclosures import WithheldFields
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.known_amounts import known_amounts

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION = "2.0"
WITHHELD_KEY = "filiere:withheld"
VIEW_KEYS = {"filiere:view": VIEW_NAME, "filiere:assurance": NOT_VERIFIABLE}
WITHDRAWN_KEY = "filiere:withdrawn"

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_contexts = msgspec.json.Decoder(list[msgspec.Raw])
_encode = msgspec.json.Encoder().encode


def event_members(event: StoredEvent) -> dict[str, msgspec.Raw]:
    """Give the members of a stored event, raw, with its record time and event ID."""
    if event.body is None:
        return {}
    withheld = fields_withheld(event.kind, event.body, event.disclosures)
    if withheld or event.disclosures:
        opened = known_amounts(open_record(event.kind, event.body, event.disclosures))
        members = _members.decode(_encode(_marked(opened, withheld)))
    else:
        members = _members.decode(parse_jws(event.body, typ=TYPS[event.kind]).payload)
        members.pop(SOURCE, None)
    if "eventID" not in members:
        members["eventID"] = _raw(event.event_id)
    members["recordTime"] = _raw(iso_instant(event.stored_at))
    return members


def view_members(view: EventView) -> dict[str, msgspec.Raw]:
    """Give the members of a view, raw, with its record time and what it is."""
    shown = view.shown or {}
    told: dict[str, Any] = {**shown, **VIEW_KEYS, "@context": _with_ours(shown.get("@context", EPCIS_CONTEXT))}
    if view.is_withdrawn:
        told[WITHDRAWN_KEY] = True
    return _members.decode(_encode(told)) | {"recordTime": _raw(iso_instant(view.stored_at))}


def query_document(
    events: Sequence[StoredEvent | EventView],
    *,
    now: int,
    query_name: str = PREDEFINED,
    subscription: str = "",
    formats: Formats = AS_RECORDED,
) -> bytes:
    """Lay out the answer to a query, or to a subscription of it; what is erased is left out.

    Source: EPCIS 2.0, 9.5.
    """
    found = [
        formats.write(view_members(event) if isinstance(event, EventView) else event_members(event))
        for event in events
        if (event.shown if isinstance(event, EventView) else event.body) is not None
    ]
    context = _hoist(found)
    named = {"queryName": query_name} | ({"subscriptionID": subscription} if subscription else {})
    document = {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": iso_instant(now),
        "epcisBody": {"queryResults": {**named, "resultsBody": {"eventList": found}}},
    }
    return _encode(document)


def _marked(event: Mapping[str, Any], withheld: Sequence[WithheldFields]) -> Mapping[str, Any]:
    """Say in an event how much of it is not shown, so that what is sealed is not taken for what was never stated."""
    if not withheld:
        return event
    told = [{"filiere:object": each.pointer, "filiere:fields": each.fields} for each in withheld]
    return {**event, "@context": _with_ours(event.get("@context", EPCIS_CONTEXT)), WITHHELD_KEY: told}


def _with_ours(context: Any) -> list[Any]:
    """Add the prefix of our own words to a context."""
    entries = context if isinstance(context, list) else [context]
    ours = {"filiere": OUR_NAMESPACE}
    return entries if ours in entries else [*entries, ours]


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
