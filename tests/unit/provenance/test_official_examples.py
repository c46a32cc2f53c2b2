"""Real events through every format: read strictly, written canonically, sealed, signed, disclosed, verified."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785

from builders.conformance import official_documents
from builders.envelopes import ISSUER, KEY, ORIGIN, an_envelope
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.disclosures import may_be_sealed, seal, unseal
from filiere_schemas.provenance.envelope import parse_envelope, verify_envelope
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

# The one official document in which an object repeats a key. A plain client may send it; nobody may sign it.
REPEATS_A_KEY = "AssociationEvent-h.jsonld"


def events_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    body = document.get("epcisBody", {})
    results = body.get("queryResults", {}).get("resultsBody", {})
    return body.get("eventList") or results.get("eventList") or body.get("event") or [document]


def test_every_official_event_can_be_sealed_signed_and_read_again() -> None:
    count = 0
    for path in official_documents():
        raw = path.read_bytes()
        if path.name == REPEATS_A_KEY:
            continue
        document = strict_loads(raw)
        assert document == json.loads(raw), path.name
        assert canonicalize(document) == rfc8785.dumps(document), path.name
        for event in events_of(document):
            count += 1
            sealable = [pointer for name in event if may_be_sealed(pointer := "/" + name)]
            payload, disclosures = seal(event, sealable)
            envelope = parse_envelope(an_envelope(canonicalize(payload), disclosures=disclosures))
            verify_envelope(envelope, KEY.public, issuer=ISSUER, audience=ORIGIN)
            signed = strict_loads(envelope.payload)
            assert unseal(signed, envelope.disclosures).value == event, path.name
            withheld = unseal(signed, ()).value
            assert withheld == {name: value for name, value in event.items() if f"/{name}" not in sealable}
            assert {"type", "eventTime", "eventTimeZoneOffset"} <= set(withheld), path.name
    assert count == 55


def test_the_official_document_that_repeats_a_key_is_refused_at_its_place() -> None:
    (path,) = (path for path in official_documents() if path.name == REPEATS_A_KEY)
    with pytest.raises(InvalidJson) as caught:
        strict_loads(path.read_bytes())
    assert [(p.code, p.pointer) for p in caught.value.problems] == [("duplicate-key", "/epcisBody/eventList/0/eventID")]
