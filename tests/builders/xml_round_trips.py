"""An event to XML and back: what EPCIS keeps of it, so that the two can be compared."""

from __future__ import annotations

from typing import Any

from filiere_schemas.epcis.reading import Strictness
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.epcis.xml_event import event_value
from filiere_schemas.epcis.xml_writing import Version, write_xml


def through_xml(document: dict[str, Any], version: Version) -> tuple[bytes, list[dict[str, Any]]]:
    """Write a document in XML and read its events again; gives both."""
    raw = write_xml(document, version=version)
    events = read_xml_document(raw).events
    return raw, [event_value(event, strictness=Strictness.STRICT) for event in events]


def kept(value: Any) -> Any:
    """What EPCIS keeps: of a word its bare form; no declared prefixes, no list around one value, no empty field."""
    if isinstance(value, dict):
        members = {name: kept(member) for name, member in value.items() if name != "@context"}
        if "component" in members:
            members["component"] = bare_word(Vocabulary.COMPONENT, value["component"]) or value["component"]
        return {name: member for name, member in members.items() if member != [] or ":" in name}
    if isinstance(value, list):
        items = [kept(item) for item in value]
        return items[0] if len(items) == 1 and not isinstance(items[0], list) else items
    return value
