"""An event as it was received and as it is recorded: in JSON these are the same bytes, in XML one holds the other.

The record of an event that came in XML is its JSON reading with what came beside it, byte for byte, as one member of
ours: a literal of type rdf:XMLLiteral. So a signature and a place in the log prove what was received, whoever verifies
them needs no XML, and anybody may read what came again and compare. The member is the platform's word about a
receipt: an event that brings one itself is refused.

Source: JSON-LD 1.1, 4.2.1 (typed values); decision 0041.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.epcis.context import OUR_NAMESPACE, names_of
from filiere_schemas.epcis.limits import LARGEST_EVENT, MOST_PROBLEMS
from filiere_schemas.epcis.reading import InvalidEvent, Strictness
from filiere_schemas.epcis.schema_errors import type_name
from filiere_schemas.epcis.sentences import EVENT_TOO_LARGE, NOT_AN_OBJECT
from filiere_schemas.epcis.xml_document import is_xml
from filiere_schemas.epcis.xml_event import event_value
from filiere_schemas.epcis.xml_extension import XML_LITERAL, as_json
from filiere_schemas.epcis.xml_sentences import SOURCE_RESERVED
from filiere_schemas.problems import Problem, escape_pointer_token
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

SOURCE: Final = f"{OUR_NAMESPACE}source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An event and its bytes: `value` is what `read_event` reads, `sent` what came, `recorded` what is attested."""

    value: Any
    sent: bytes
    recorded: bytes


def receive(sent: bytes, *, strictness: Strictness = Strictness.LENIENT) -> Received:
    """Take in one event as a document gives it (`Document.events`), in JSON or XML.

    Raises:
        InvalidJson: the bytes have no single reading as JSON.
        InvalidEvent: it is no object or larger than `LARGEST_EVENT`, cannot be read as XML, or names its source itself.
    """
    if len(sent) > LARGEST_EVENT:
        values = {"limit": LARGEST_EVENT, "found": len(sent)}
        raise InvalidEvent([Problem(sentence=EVENT_TOO_LARGE, values=values)])
    if not is_xml(sent):
        value = strict_loads(sent)
        if not isinstance(value, dict):
            raise InvalidEvent([Problem(sentence=NOT_AN_OBJECT, values={"found": type_name(value)})])
        refuse_source(value)
        return Received(value=value, sent=sent, recorded=sent)
    value = event_value(sent, strictness=strictness)
    refuse_source(value)
    try:
        # What is recorded is read once as everybody will read it: nothing that only Python holds is judged.
        recorded, read = as_json({**value, SOURCE: {"@type": XML_LITERAL, "@value": sent.decode()}})
    except InvalidJson as refused:
        raise InvalidEvent(refused.problems) from None
    return Received(value=without_source(read), sent=sent, recorded=recorded)


def refuse_source(value: Any) -> None:
    """Refuse an event that names its source itself, however it writes that name.

    Raises:
        InvalidEvent: code `source-reserved`, for each such member.
    """
    if not isinstance(value, dict):
        return
    found = names_of(SOURCE, value, value.get("@context"))
    if found:
        pointers = {name: f"/{escape_pointer_token(name)}" for name in found[:MOST_PROBLEMS]}
        raise InvalidEvent(
            [Problem(sentence=SOURCE_RESERVED, pointer=at, values={"found": name}) for name, at in pointers.items()]
        )


def recorded(payload: bytes) -> Received:
    """Read an event from its record.

    Raises:
        InvalidJson: the payload has no single reading as JSON.
    """
    value = strict_loads(payload)
    source = source_of(value)
    sent = payload if source is None else source
    return Received(value=without_source(value), sent=sent, recorded=payload)


def source_of(value: Any) -> bytes | None:
    """Give the bytes in which a recorded event came, None if they are its own."""
    literal = value.get(SOURCE) if isinstance(value, dict) else None
    text = literal.get("@value") if isinstance(literal, dict) else None
    return text.encode() if isinstance(text, str) else None


def without_source(value: Any) -> Any:
    """Give a recorded event without what came beside it; the value is not changed."""
    if isinstance(value, dict) and SOURCE in value:
        return {name: member for name, member in value.items() if name != SOURCE}
    return value
