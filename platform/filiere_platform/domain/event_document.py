"""The events behind an answer as one EPCISDocument, which any EPCIS 2.0 system reads; written as they are read.

Each event keeps the context of its sender: contexts of many senders can be joined only once all are known, and a large
answer is written before that. A view says of itself that it is one. What the document is about, and what is missing in
it, stands behind the events.
Source: EPCIS 2.0, section 10 (EPCISDocument); JSON-LD 1.1, 4.1 (a context inside another).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from filiere_platform.domain.event_view import EventView
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.query_document import EPCIS_CONTEXT, SCHEMA_VERSION, event_members, view_members
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.epcis.context import OUR_NAMESPACE

ABOUT: Final = "filiere:trace"
_encode = msgspec.json.Encoder().encode


def event_document(
    chunks: Iterable[Sequence[StoredEvent | EventView]], about: Callable[[], Mapping[str, Any]], *, now: int
) -> Iterator[bytes]:
    """Write a document; `about` is asked once the last event is out. An event that was erased is counted there."""
    head = {
        "@context": [EPCIS_CONTEXT, {"filiere": OUR_NAMESPACE}],
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": iso_instant(now),
    }
    yield _encode(head)[:-1] + b',"epcisBody":{"eventList":['
    erased: list[str] = []
    separator = b""
    for chunk in chunks:
        for event in chunk:
            if isinstance(event, EventView):
                if event.shown is not None:
                    yield separator + _encode(view_members(event))
                    separator = b","
                continue
            if event.body is None:
                erased.append(event.event_id)
                continue
            yield separator + _encode(event_members(event))
            separator = b","
    told = {**about(), "erased": erased}
    named = {f"filiere:{name}": value for name, value in told.items()}
    yield b']},"' + ABOUT.encode() + b'":' + _encode(named) + b"}"
