"""Read an EPCIS document in XML: its events as received, its master data and header as JSON has them.

The events are not judged here, as they are not in a document in JSON: `xml_event.event_value` and `read_event` do that
for each, and one bad event does not fail the others.

Source: EPCIS 2.0, 10 (EPCISDocument, EPCISQueryDocument, EPCISMasterDataDocument); EPCIS 1.2, 9.3 to 9.5.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from filiere_schemas.epcis import xml_sentences as say
from filiere_schemas.epcis.document import Document, InvalidDocument, read_bare_event, read_document, refused
from filiere_schemas.epcis.document_schema import envelope_validator
from filiere_schemas.epcis.event_time import read_instant
from filiere_schemas.epcis.schema_errors import problems_of
from filiere_schemas.epcis.sentences import INVALID_TIME, TOO_MANY_EVENTS
from filiere_schemas.epcis.xml_cut import cut
from filiere_schemas.epcis.xml_element import parse_element
from filiere_schemas.epcis.xml_extension import add_values, as_json, value_of
from filiere_schemas.epcis.xml_names import EPCIS, MASTER_DATA, QUERY, SBDH, XSI, Names
from filiere_schemas.problems import Problem, Sentence
from filiere_schemas.provenance.strict_json import InvalidJson

_Kind = Literal["EPCISDocument", "EPCISQueryDocument"]
_ROOTS: Final[dict[str, _Kind]] = {
    **{f"{{{namespace}}}EPCISDocument": "EPCISDocument" for namespace in EPCIS},
    **{f"{{{namespace}}}EPCISMasterDataDocument": "EPCISDocument" for namespace in MASTER_DATA},
    **{f"{{{namespace}}}EPCISQueryDocument": "EPCISQueryDocument" for namespace in QUERY},
}
_RESULTS: Final = frozenset({"QueryResults", *(f"{{{namespace}}}QueryResults" for namespace in QUERY)})
_HEADER: Final = f"{{{SBDH}}}StandardBusinessDocumentHeader"
_SPACE: Final = b" \t\r\n"


def is_xml(raw: bytes) -> bool:
    """Tell whether bytes are meant as XML: they begin with its first mark, which no JSON does."""
    start = raw[:1024].removeprefix(codecs.BOM_UTF8).lstrip(_SPACE)
    return start.startswith((b"<", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\x00<"))


def read_sent(raw: bytes) -> Document:
    """Read a document, in JSON or in XML as its first byte says.

    Raises:
        InvalidJson: as `read_document`.
        InvalidDocument: as `read_document` or `read_xml_document`.
    """
    return read_xml_document(raw) if is_xml(raw) else read_document(raw)


def read_sent_event(raw: bytes) -> Document:
    """Read one event: bare in JSON, in XML a document that holds one, since no schema has a bare one.

    Raises:
        InvalidJson: as `read_bare_event`.
        InvalidDocument: as `read_bare_event` or `read_xml_document`, or it holds another number of events.
    """
    if not is_xml(raw):
        return read_bare_event(raw)
    document = read_xml_document(raw)
    if len(document.events) != 1:
        raise refused(TOO_MANY_EVENTS, limit=1, found=len(document.events))
    return document


def read_xml_document(raw: bytes) -> Document:
    """Read an EPCISDocument or EPCISQueryDocument, or an EPCISMasterDataDocument as one without events.

    Raises:
        InvalidDocument: the envelope does not hold, or a limit is passed; with every problem.
    """
    found = cut(raw)
    root = parse_element(found.skeleton)
    kind = _ROOTS.get(root.tag)
    if kind is None:
        expected = "EPCISDocument, EPCISQueryDocument, EPCISMasterDataDocument"
        raise refused(say.NOT_EPCIS_XML, expected=expected, found=root.tag)
    envelope = _Envelope(Names(root.nsmap))
    header = envelope.read(root)
    try:
        written, header = as_json(header)
    except InvalidJson as wrong:
        raise InvalidDocument([problem.within("/epcisHeader") for problem in wrong.problems]) from None
    context = envelope.names.context
    told = _as_json(root, context, header)
    problems = [*envelope.problems, *problems_of(envelope_validator("EPCISDocument").iter_errors(told))]
    if problems:
        raise InvalidDocument(problems)
    lists = "/epcisBody" if kind == "EPCISDocument" else "/epcisBody/queryResults/resultsBody"
    return Document(
        kind=kind,
        context=orjson.dumps(context),
        events=found.events,
        pointers=tuple(f"{lists}/eventList/{at}" for at in range(len(found.events))),
        schema_version=told["schemaVersion"],
        creation_date=_creation_date(told["creationDate"]),
        header=written if header else None,
        places=found.places,
    )


def _as_json(root: Any, context: list[Any], header: dict[str, Any]) -> dict[str, Any]:
    """Give the envelope as JSON has it, without events."""
    told = {
        "@context": context,
        "type": "EPCISDocument",
        **{name: root.get(name).strip() for name in ("schemaVersion", "creationDate") if root.get(name) is not None},
        "epcisBody": {"eventList": []},
    }
    return told | ({"epcisHeader": header} if header else {})


def _creation_date(text: str) -> Any:
    try:
        return read_instant(text)
    except ValueError:
        raise refused(INVALID_TIME, "/creationDate", found=text) from None


@dataclass(slots=True)
class _Envelope:
    """Reads what stands around the events; gathers what is wrong with it."""

    names: Names
    problems: list[Problem] = field(default_factory=list)

    def read(self, root: Any) -> dict[str, Any]:
        """Give the header as JSON has it; master data from wherever the document keeps it."""
        for name in root.keys():  # noqa: SIM118 - an element is no mapping
            if not name.startswith("{") and name not in {"schemaVersion", "creationDate"}:
                self._note(say.XML_ATTRIBUTE, root, found=name)
        header: dict[str, Any] = {}
        seen: list[str] = []
        for child in self._locals(root):
            if child.tag not in {"EPCISHeader", "EPCISBody", "extension"} or child.tag in seen:
                self._unexpected(child)
                continue
            seen.append(child.tag)
            if child.tag == "EPCISHeader":
                self._header(child, header)
            elif child.tag == "EPCISBody":
                self._body(child, header)
        if "EPCISBody" not in seen:
            self._note(say.XML_MISSING, root, found="EPCISBody")
        elif seen != sorted(seen, key=("EPCISHeader", "EPCISBody", "extension").index):
            self._unexpected(root.find("EPCISHeader"))
        return header

    def _header(self, element: Any, header: dict[str, Any]) -> None:
        for child in element:
            if child.tag == _HEADER:
                header[self.names.of_element(child)] = value_of(child, self.names)
            elif child.tag == "extension":
                for inner in self._locals(child):
                    if inner.tag == "EPCISMasterData":
                        self._vocabularies(inner, header)
                    elif inner.tag != "extension":
                        self._unexpected(inner)
            else:
                self._unexpected(child)

    def _body(self, body: Any, header: dict[str, Any]) -> None:
        for child in body:
            if child.tag in _RESULTS:
                self._results(child, header)
            elif child.tag == "EventList":
                self._events(child)
            elif child.tag == "VocabularyList":
                self._vocabularies(body, header)
            elif child.tag != "extension" and not child.tag.startswith("{"):
                self._unexpected(child)

    def _results(self, results: Any, header: dict[str, Any]) -> None:
        for child in self._locals(results):
            if child.tag not in {"queryName", "subscriptionID", "resultsBody", "extension"}:
                self._unexpected(child)
        inner = results.find("resultsBody")
        if results.find("queryName") is None or inner is None:
            self._note(say.XML_MISSING, results, found="queryName, resultsBody")
        elif inner.find("VocabularyList") is not None:
            self._vocabularies(inner, header)

    def _events(self, element: Any) -> None:
        """The events are cut out already: what is left are the wrappers of 1.2."""
        for child in element:
            if child.tag == "extension":
                self._events(child)
            else:
                self._unexpected(child)

    def _vocabularies(self, holder: Any, header: dict[str, Any]) -> None:
        vocabularies = [_vocabulary(each, self.names) for each in holder.iterfind("VocabularyList/Vocabulary")]
        header["epcisMasterData"] = {"vocabularyList": vocabularies}

    def _locals(self, element: Any) -> Iterator[Any]:
        return (child for child in element if not child.tag.startswith("{"))

    def _unexpected(self, element: Any) -> None:
        version = self.names.version
        self._note(say.XML_ELEMENT, element, found=self.names.of_element(element), version=version)

    def _note(self, sentence: Sentence, element: Any, **values: object) -> None:
        xpath = element.getroottree().getpath(element)
        self.problems.append(Problem(sentence=sentence, values=values, line=element.sourceline, xpath=xpath))


def _vocabulary(element: Any, names: Names) -> dict[str, Any]:
    """Give a Vocabulary as JSON has it. Source: EPCIS 2.0, 9.5 (vocabularyList)."""
    value: dict[str, Any] = _attributes(element, names)
    elements = element.find("VocabularyElementList")
    if elements is not None:
        value["vocabularyElementList"] = [_vocabulary_element(each, names) for each in elements]
    add_values(value, [child for child in element if child.tag.startswith("{")], names)
    return value


def _vocabulary_element(element: Any, names: Names) -> dict[str, Any]:
    value = _attributes(element, names)
    attributes = [_attribute(each, names) for each in element.iterfind("attribute")]
    if attributes:
        value["attributes"] = attributes
    children = element.find("children")
    if children is not None:
        value["children"] = [(each.text or "").strip() for each in children.iterfind("id")]
    add_values(value, [child for child in element if child.tag.startswith("{")], names)
    return value


def _attribute(element: Any, names: Names) -> dict[str, Any]:
    value = _attributes(element, names)
    if len(element):
        inside: dict[str, Any] = {}
        value["attribute"] = inside
        add_values(inside, list(element), names)
    else:
        value["attribute"] = element.text or ""
    return value


def _attributes(element: Any, names: Names) -> dict[str, Any]:
    return {names.of(n): text.strip() for n, text in element.items() if not n.startswith(f"{{{XSI}}}")}
