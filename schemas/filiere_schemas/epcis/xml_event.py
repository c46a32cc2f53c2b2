"""Turn one event in XML into the JSON value that `read_event` reads: the same event, whichever form it came in.

Only what XML itself says is judged here: which element may stand where, that texts are texts. All else (identifiers,
words, times, what fields owe each other) is `read_event`'s, for both forms. Words of the standard become bare, as JSON
wants them; texts are otherwise kept as they are written, instants among them.

Source: EPCIS 2.0, 10 (XML binding); EPCIS 1.2, 9.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filiere_schemas.epcis import xml_sentences as say
from filiere_schemas.epcis.document import InvalidDocument
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.limits import MOST_PROBLEMS
from filiere_schemas.epcis.reading import InvalidEvent, Strictness
from filiere_schemas.epcis.sentences import UNKNOWN_EVENT_TYPE
from filiere_schemas.epcis.xml_element import parse_element
from filiere_schemas.epcis.xml_fields import FieldReader
from filiere_schemas.epcis.xml_grammar import BASE_RANKS, LATER, RANKS, REQUIRED_LISTS, WRAPPED_RANKS, WRAPPERS
from filiere_schemas.epcis.xml_names import XSI, Names
from filiere_schemas.problems import Problem

EVENT_TYPES: Final = frozenset(str(event_type) for event_type in EventType)
# XML has one certificationInfo, JSON a list: the others stand among the extensions, under a name of ours.
CERTIFICATIONS: Final = "filiere:certificationInfo"
_OBSERVED: Final = ("quantityList", "childQuantityList", "sensorElementList")


def event_value(raw: bytes, *, strictness: Strictness = Strictness.LENIENT) -> dict[str, Any]:
    """Give the JSON value of an event as `xml_cut` cuts it out, its `@context` first.

    Lenient reading takes the fields of an event in any order, which changes nothing of what they say.

    Raises:
        InvalidEvent: its namespaces do not hold, or an element, attribute or text stands where EPCIS XML has none, with
            JSON pointers.
    """
    try:
        element = parse_element(raw)
    except InvalidDocument as refused:
        raise InvalidEvent(refused.problems) from None
    kind = element.tag
    if kind not in EVENT_TYPES:
        values = {"expected": ", ".join(sorted(EVENT_TYPES)), "found": kind}
        raise InvalidEvent([Problem(sentence=UNKNOWN_EVENT_TYPE, pointer="/type", values=values)])
    names = Names(element.nsmap)
    reader = FieldReader(names)
    event: dict[str, Any] = {"@context": None, "type": kind}
    extensions = _fields(reader, element, event, is_loose=strictness is Strictness.LENIENT)
    reader.extensions(extensions, event, "")
    for name, text in element.items():
        if not name.startswith("{"):
            reader.note(say.XML_ATTRIBUTE, "", found=name)
        elif not name.startswith(f"{{{XSI}}}"):
            event.setdefault(names.of(name), text)
    if reader.problems:
        raise InvalidEvent(reader.problems[:MOST_PROBLEMS])
    if names.version == "1.2":
        _drop_required_list(event)
    if CERTIFICATIONS in event:
        event["certificationInfo"] = [*_listed(event["certificationInfo"]), *_listed(event.pop(CERTIFICATIONS))]
    event["@context"] = names.context
    return event


def _fields(reader: FieldReader, element: Any, event: dict[str, Any], *, is_loose: bool) -> list[Any]:
    """Read the fields of an event into it; gives its extensions, in their order."""
    version, kind = reader.names.version, event["type"]
    ranks = RANKS[version][kind]
    # The schema of 1.2 does not look into an AssociationEvent, which came later.
    is_loose = is_loose or (version == "1.2" and kind == EventType.ASSOCIATION)
    reader.holds_elements(element, "")
    extensions: list[Any] = []
    last = -1
    for child in element:
        tag = child.tag
        if tag.startswith("{"):
            extensions.append(child)
            last = len(ranks)
            continue
        rank = ranks.get(tag)
        if rank is None or tag in event or (rank <= last and not is_loose):
            reader.misplaced(child, "", is_known=tag in event)
            continue
        last = rank
        if tag in WRAPPERS:
            extensions += _unwrapped(reader, child, event)
        else:
            _field(reader, child, event)
    return extensions


def _field(reader: FieldReader, child: Any, event: dict[str, Any]) -> None:
    value = reader.read(child.tag, child)
    if value is not None:
        event[child.tag] = value


def _unwrapped(reader: FieldReader, wrapper: Any, event: dict[str, Any]) -> list[Any]:
    """Read `extension` or `baseExtension`: since 2.0 extensions, which it gives; before, fields that came later."""
    if reader.names.version == "2.0":
        reader.holds_elements(wrapper, "")
        if not len(wrapper):
            reader.note(say.XML_MISSING, "", found="*")
        for child in wrapper:
            if not child.tag.startswith("{"):
                reader.misplaced(child, "", is_known=False)
        return [child for child in wrapper if child.tag.startswith("{")]
    ranks = BASE_RANKS if wrapper.tag == "baseExtension" else WRAPPED_RANKS[event["type"]]
    if len(ranks) == 1:
        _innermost(reader, wrapper, event)
    else:
        _wrapped_fields(reader, wrapper, event, ranks)
    return []


def _wrapped_fields(reader: FieldReader, wrapper: Any, event: dict[str, Any], ranks: Mapping[str, int]) -> None:
    for child in reader.closed(wrapper, "", ranks):
        if child.tag == "extension":
            _innermost(reader, child, event)
        else:
            _field(reader, child, event)


def _innermost(reader: FieldReader, wrapper: Any, event: dict[str, Any]) -> None:
    """Read the `extension` in which 1.2 keeps fields of later editions, and what has no namespace."""
    for child in list(wrapper):
        if child.tag in LATER and child.tag not in event:
            _field(reader, child, event)
            wrapper.remove(child)
            if not len(wrapper):
                return
    reader.local_extension(wrapper, event, "")


def _drop_required_list(event: dict[str, Any]) -> None:
    """Drop the empty list that XML 1.2 requires of an event that has no serial numbers."""
    name = REQUIRED_LISTS.get(event["type"])
    has_other = any(event.get(each) for each in _OBSERVED)
    if name is not None and event.get(name) == [] and (has_other or event.get("action") == "DELETE"):
        del event[name]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
