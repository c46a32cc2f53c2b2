"""What a document of events in XML 1.2 costs to take in, beside the same events in a document of JSON.

Both are done as capture does them before its commit, on one core: the document is read and cut, and each event is
parsed, converted where it is XML, checked (schema, identifiers, rules), its content digested, and, for XML, the record
written that holds its bytes. Signing and storing are the same for both and are measured with capture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from figures import claimed, taking_turns
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.epcis.received import receive
from filiere_schemas.epcis.xml_document import read_sent
from filiere_schemas.epcis.xml_writing import write_xml
from material import events_of

SAMPLE = 500  # events of one document
LEAST = 2_000  # events of XML per second

Result = dict[str, Any]


def compare() -> Result:
    """Time a document in XML 1.2 beside the same one in JSON."""
    document = _document(list(events_of(0, SAMPLE)))
    old, plain = write_xml(document, version="1.2"), orjson.dumps(document)
    result = taking_turns(
        "take in a document of XML 1.2 / the same in JSON",
        lambda: _take_in(old),
        lambda: _take_in(plain),
        (SAMPLE, SAMPLE),
        unit="events/s",
    )
    found = 1_000_000 / result["platform"]["cpu_us"]["call"]
    return claimed(result, f"at least {LEAST} events/s", round(found), holds=found >= LEAST)


def _take_in(raw: bytes) -> None:
    for sent in read_sent(raw).events:
        received = receive(sent)
        read_event(received.value)
        content_sha256(received.value)


def _document(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@context": events[0]["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T06:05:00Z",
        "epcisBody": {"eventList": [{k: v for k, v in event.items() if k != "@context"} for event in events]},
    }
