"""Write EPCIS documents in XML, 2.0 or 1.2: the way back of `xml_document` and `xml_event`.

Nothing of an event is left out. What XML 1.2 has no field for (sensors, persistentDisposition, certificationInfo, the
AssociationEvent) stands in its innermost `extension`, where 1.2 expects fields of later editions and its schema does
not look; words are written as URNs, which every edition understands.

Source: EPCIS 2.0, 10 (XML binding); EPCIS 1.2, 9.1 (extension) and 9.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from lxml import etree

from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, urn_form, web_form
from filiere_schemas.epcis.xml_event import CERTIFICATIONS
from filiere_schemas.epcis.xml_fields import LOCAL_EXTENSION, MEMBERS
from filiere_schemas.epcis.xml_grammar import LATER, REQUIRED_LISTS, SEQUENCE, WRAPPED, WRAPPED_BASE
from filiere_schemas.epcis.xml_names import EPCIS, QUERY, SBDH, XSD, XSI
from filiere_schemas.epcis.xml_values import Prefixes, add_members, add_value, as_text

Version = Literal["2.0", "1.2"]
_EPCIS: Final = {version: namespace for namespace, version in EPCIS.items()}
_QUERY: Final = {version: namespace for namespace, version in QUERY.items()}
_OBSERVER: Final = {
    "type": Vocabulary.MEASUREMENT_TYPE,
    "exception": Vocabulary.SENSOR_ALERT_TYPE,
    "component": Vocabulary.COMPONENT,
}


def write_xml(document: Mapping[str, Any], *, version: Version = "2.0") -> bytes:
    """Write an EPCISDocument or EPCISQueryDocument, given as parsed JSON whose events `read_event` admits.

    Of an event whose reader is not shown every field, a required one may be missing; it is then missing in XML.
    """
    is_query = document["type"] == "EPCISQueryDocument"
    prefixes = Prefixes(document.get("@context"))
    prefix, namespace = ("epcisq", _QUERY[version]) if is_query else ("epcis", _EPCIS[version])
    around = {**prefixes.scope, "xsi": XSI, "xsd": XSD, prefix: namespace}
    if version == "1.2":
        around["epcis"] = _EPCIS[version]
    root = etree.Element(f"{{{namespace}}}{document['type']}", nsmap=around)
    root.set("schemaVersion", version)
    root.set("creationDate", _time(document.get("creationDate", "")))
    header = document.get("epcisHeader")
    if header:
        _header(root, header, prefixes)
    body = etree.SubElement(root, "EPCISBody")
    inner = document["epcisBody"]
    if is_query:
        results = etree.SubElement(body, f"{{{namespace}}}QueryResults")
        inner = inner["queryResults"]
        for name in ("queryName", "subscriptionID"):
            if name in inner:
                etree.SubElement(results, name).text = inner[name]
        body, inner = etree.SubElement(results, "resultsBody"), inner["resultsBody"]
    events = etree.SubElement(body, "EventList")
    for event in inner["eventList"]:
        _event(events, event, document.get("@context"), version)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _event(parent: Any, event: Mapping[str, Any], context: Any, version: Version) -> None:
    entries = [each for c in (context, event.get("@context")) for each in (c if isinstance(c, list) else [c])]
    prefixes = Prefixes([each for each in entries if each is not None])
    kind = EventType(event["type"])
    if version == "1.2":
        for _ in range(_WRAPPERS_OF_1_2.get(kind, 0)):
            parent = etree.SubElement(parent, "extension")
    scope = {p: n for p, n in prefixes.scope.items() if parent.nsmap.get(p) != n}
    _EventWriter(etree.SubElement(parent, str(kind), nsmap=scope), dict(event), prefixes, version).write()


class _EventWriter:
    """Writes one event; takes out of it what is written."""

    def __init__(self, element: Any, event: dict[str, Any], prefixes: Prefixes, version: Version) -> None:
        self.element, self.prefixes, self.version = element, prefixes, version
        self.kind = event.pop("type")
        event.pop("@context", None)
        self.event = event
        self.certifications: list[str] = []

    def write(self) -> None:
        certified = self.event.get("certificationInfo")
        if isinstance(certified, list):
            self.event["certificationInfo"], *self.certifications = certified or [None]
        for name in SEQUENCE[self.version][self.kind]:
            if name == "baseExtension":
                self._wrapped(name, WRAPPED_BASE, ())
            elif name == "extension":
                later = () if self.kind == EventType.ASSOCIATION else LATER
                self._wrapped(name, WRAPPED[self.kind], later)
            elif self.version == "1.2" and name not in self.event and name == REQUIRED_LISTS.get(self.kind):
                etree.SubElement(self.element, name)
            else:
                self._field(self.element, name)
        add_members(self.element, {name: value for name, value in self.event.items() if ":" in name}, self.prefixes)
        for each in self.certifications:
            add_members(self.element, {CERTIFICATIONS: each}, self.prefixes)

    def _field(self, parent: Any, name: str) -> None:
        if self.event.get(name) is not None:
            _FIELDS[name](parent, name, self.event.pop(name), self.prefixes)

    def _wrapped(self, wrapper: str, fields: tuple[str, ...], later: tuple[str, ...]) -> None:
        """Write what 1.2 keeps in a wrapper, and, in one more inside, what came later or has no namespace."""
        if self.version != "1.2":
            return
        outer = etree.SubElement(self.element, wrapper)
        for name in fields:
            self._field(outer, name)
        inner = etree.SubElement(outer, "extension") if fields else outer
        for name in later:
            self._field(inner, name)
        local = self.event.get(LOCAL_EXTENSION)
        if later and isinstance(local, dict) and self._is_local(local):
            del self.event[LOCAL_EXTENSION]
            for name, value in local.items():
                add_value(inner, name, value, self.prefixes)
        for each in (inner, outer):
            if len(each) == 0 and each.getparent() is not None:
                each.getparent().remove(each)

    def _is_local(self, members: Mapping[str, Any]) -> bool:
        return bool(members) and all(
            ":" not in name and name not in _FIELDS and self.prefixes.tag(name) for name in members
        )


def _text(parent: Any, name: str, value: Any, _: Prefixes) -> None:
    etree.SubElement(parent, name).text = str(value)


def _instant(parent: Any, name: str, value: str, _: Prefixes) -> None:
    etree.SubElement(parent, name).text = _time(value)


def _time(text: str) -> str:
    return text.upper().replace(" ", "T")


def _word_of(vocabulary: Vocabulary, word: str) -> str:
    if vocabulary in {Vocabulary.MEASUREMENT_TYPE, Vocabulary.SENSOR_ALERT_TYPE}:
        return f"gs1:{word}" if word in WORDS[vocabulary].words else word
    return urn_form(vocabulary, word) or web_form(vocabulary, word) or word


def _word(vocabulary: Vocabulary) -> _Write:
    def write(parent: Any, name: str, value: str, _: Prefixes) -> None:
        etree.SubElement(parent, name).text = _word_of(vocabulary, value)

    return write


def _listed(inner: str, write: _Write, *, at_least: int = 0) -> _Write:
    def write_list(parent: Any, name: str, values: list[Any], prefixes: Prefixes) -> None:
        if len(values) >= at_least:
            outer = etree.SubElement(parent, name)
            for value in values:
                write(outer, inner, value, prefixes)

    return write_list


def _quantity(parent: Any, name: str, value: Mapping[str, Any], _: Prefixes) -> None:
    element = etree.SubElement(parent, name)
    etree.SubElement(element, "epcClass").text = value.get("epcClass")
    if "quantity" in value:
        etree.SubElement(element, "quantity").text = _decimal(value["quantity"])
    elif "uom" in value:
        # XML has no unit without a quantity, but a quantity that is none.
        etree.SubElement(element, "quantity").set(f"{{{XSI}}}nil", "true")
    if "uom" in value:
        etree.SubElement(element, "uom").text = value["uom"]


def _decimal(number: float) -> str:
    return format(Decimal(repr(number)), "f")


def _typed(vocabulary: Vocabulary) -> _Write:
    def write(parent: Any, name: str, value: Mapping[str, Any], _: Prefixes) -> None:
        element = etree.SubElement(parent, name)
        if "type" in value:
            element.set("type", _word_of(vocabulary, value["type"]))
        element.text = value.get(name)

    return write


def _place(parent: Any, name: str, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(parent, name)
    if "id" in value:
        etree.SubElement(element, "id").text = value["id"]
    add_members(element, {key: member for key, member in value.items() if key != "id"}, prefixes)


def _ilmd(parent: Any, name: str, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    add_members(etree.SubElement(parent, name), value, prefixes)


def _disposition(parent: Any, name: str, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(parent, name)
    for each in ("unset", "set"):
        for word in value.get(each, ()):
            _FIELDS["disposition"](element, each, word, prefixes)


def _error_declaration(parent: Any, name: str, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(parent, name)
    for each, write in _ERROR_FIELDS.items():
        if each in value:
            write(element, each, value[each], prefixes)
    add_members(element, {key: member for key, member in value.items() if key not in _ERROR_FIELDS}, prefixes)


def _sensor_element(parent: Any, name: str, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(parent, name)
    if "sensorMetadata" in value:
        _observation(element, "sensorMetadata", value["sensorMetadata"], prefixes)
    for report in value.get("sensorReport", ()):
        _observation(element, "sensorReport", report, prefixes)
    known = {"sensorMetadata", "sensorReport"}
    add_members(element, {key: member for key, member in value.items() if key not in known}, prefixes)


def _observation(parent: Any, name: str, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(parent, name)
    rest: dict[str, Any] = {}
    for key, member in value.items():
        fits = not isinstance(member, str) or member.isprintable()
        if key in _OBSERVER:
            element.set(key, _word_of(_OBSERVER[key], member))
        elif ":" not in key and fits:
            element.set(key, _attribute(key, member))
        else:
            tag = prefixes.tag(key) if ":" in key else None
            if tag is None or not isinstance(member, str) or not fits:
                rest[key] = member
            else:
                element.set(tag, member)
    if rest:
        element.set(MEMBERS, as_text(rest))


def _attribute(name: str, member: Any) -> str:
    if isinstance(member, bool):
        return "true" if member else "false"
    if isinstance(member, str):
        return _time(member) if name in {"time", "startTime", "endTime"} else member
    return repr(member)


def _header(root: Any, header: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(root, "EPCISHeader")
    for name, value in header.items():
        tag = prefixes.tag(name)
        if tag == f"{{{SBDH}}}StandardBusinessDocumentHeader":
            add_value(element, tag, value, prefixes)
    vocabularies = header.get("epcisMasterData", {}).get("vocabularyList")
    if vocabularies is None:
        return
    data = etree.SubElement(etree.SubElement(element, "extension"), "EPCISMasterData")
    listed = etree.SubElement(data, "VocabularyList")
    for each in vocabularies:
        vocabulary = etree.SubElement(listed, "Vocabulary", type=each["type"])
        if each.get("vocabularyElementList"):
            elements = etree.SubElement(vocabulary, "VocabularyElementList")
            for one in each["vocabularyElementList"]:
                _vocabulary_element(elements, one, prefixes)


def _vocabulary_element(parent: Any, value: Mapping[str, Any], prefixes: Prefixes) -> None:
    element = etree.SubElement(parent, "VocabularyElement", id=value["id"])
    for each in value.get("attributes", ()):
        add_value(element, "attribute", each.get("attribute", ""), prefixes)
        element[-1].set("id", each["id"])
    if "children" in value:
        children = etree.SubElement(element, "children")
        for each in value["children"]:
            etree.SubElement(children, "id").text = each


_Write = Callable[[Any, str, Any, Prefixes], None]
_WRAPPERS_OF_1_2: Final = {EventType.TRANSFORMATION: 1, EventType.ASSOCIATION: 2}
_PARTY: Final = _typed(Vocabulary.SOURCE_DESTINATION_TYPE)
_QUANTITIES: Final = _listed("quantityElement", _quantity)
_ERROR_FIELDS: Final[dict[str, _Write]] = {
    "declarationTime": _instant,
    "reason": _word(Vocabulary.ERROR_REASON),
    "correctiveEventIDs": _listed("correctiveEventID", _text),
}
_FIELDS: Final[dict[str, _Write]] = {
    **dict.fromkeys(("eventTime", "recordTime"), _instant),
    **dict.fromkeys(("eventTimeZoneOffset", "eventID", "certificationInfo", "parentID", "action"), _text),
    "transformationID": _text,
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _listed("epc", _text)),
    **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _QUANTITIES),
    **dict.fromkeys(("readPoint", "bizLocation"), _place),
    "bizStep": _word(Vocabulary.BIZ_STEP),
    "disposition": _word(Vocabulary.DISPOSITION),
    "bizTransactionList": _listed("bizTransaction", _typed(Vocabulary.BIZ_TRANSACTION_TYPE), at_least=1),
    "sourceList": _listed("source", _PARTY, at_least=1),
    "destinationList": _listed("destination", _PARTY, at_least=1),
    "sensorElementList": _listed("sensorElement", _sensor_element, at_least=1),
    "persistentDisposition": _disposition,
    "ilmd": _ilmd,
    "errorDeclaration": _error_declaration,
}
