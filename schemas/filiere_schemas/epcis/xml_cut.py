"""Cut an EPCIS document in XML into its events, byte for byte, and refuse bombs before anything is built of them.

A stranger's document is streamed once: its depth, the number of its nodes and its declarations are judged while it
passes, so that what would grow in memory is refused long before. There is no document type definition, hence no
entity but the five of XML, and nothing is ever fetched. An event is what stands between its first and its last byte,
made self-contained by one insertion, the namespaces that are in scope around it, as an event in JSON inherits the
document's `@context`.

A document in another encoding is read as characters and kept in UTF-8.

Source: XML 1.0 (fifth edition), 4.3.3 (encodings); Namespaces in XML 1.0; EPCIS 2.0, 10; EPCIS 1.2, 9.5.
"""

from __future__ import annotations

import codecs
import pyexpat
import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape

from filiere_schemas.epcis import sentences, xml_sentences
from filiere_schemas.epcis.document import refuse_copies, refused
from filiere_schemas.epcis.limits import LARGEST_DOCUMENT, MOST_EVENTS
from filiere_schemas.epcis.xml_place import XmlPlace

DEEPEST_ELEMENT: Final = 64  # levels; an event of the official examples has 9 below its document's root
MOST_NAMESPACES: Final = 200  # declared in an event and outside events; the official examples declare at most 10
MOST_NODES: Final = 1_000_000  # elements and attributes; 16 MiB of an honest document hold about 300,000
ENCODINGS: Final = ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252")
_CHUNK: Final = 65_536
_LONGEST_DECLARATION: Final = 512  # bytes; with a version, an encoding and `standalone` it has about 60
_DECLARED: Final = re.compile(rb"<\?xml\s")
_ENCODING: Final = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"^<\?xml\s[^>]*\?>")
_EVENT_LISTS: Final = (
    ("EPCISDocument", "EPCISBody", "EventList"),
    ("EPCISQueryDocument", "EPCISBody", "QueryResults", "resultsBody", "EventList"),
)
_DEEPEST_LIST: Final = 7  # of EPCISQueryDocument with the two wrappers of 1.2
_TAG: Final = re.compile(rb"""<[^\s/>"']+(?:[^>"']|"[^"]*"|'[^']*')*>""")


@dataclass(frozen=True, slots=True)
class CutDocument:
    """What `cut` found: the events, self-contained, where each stood, and the document without them."""

    events: tuple[bytes, ...]
    places: tuple[XmlPlace, ...]
    skeleton: bytes


def cut(raw: bytes) -> CutDocument:
    """Cut a document into its events.

    Raises:
        InvalidDocument: it is not well-formed, declares a document type or entities, or passes a limit.
    """
    if len(raw) > LARGEST_DOCUMENT:
        raise refused(sentences.DOCUMENT_TOO_LARGE, limit=LARGEST_DOCUMENT, found=len(raw))
    text = as_utf8(raw)
    cutter = _Cutter(text)
    cutter.run()
    refuse_copies(sum(span.size for span in cutter.spans))
    skeleton, at = [], 0
    for span in cutter.spans:
        skeleton.append(text[at : span.start])
        at = span.end
    skeleton.append(text[at:])
    events = tuple(_self_contained(text, span) for span in cutter.spans)
    places = tuple(XmlPlace(span.line, span.list.xpath + span.step) for span in cutter.spans)
    return CutDocument(events=events, places=places, skeleton=b"".join(skeleton))


def as_utf8(raw: bytes) -> bytes:
    """Give a document in UTF-8 without a byte order mark and without the declaration that named its encoding.

    Raises:
        InvalidDocument: its encoding is not one of `ENCODINGS`, its bytes are not of it, or its declaration is long.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif raw.startswith((b"<\x00", b"\x00<")):
        encoding = "utf-16-le" if raw.startswith(b"<\x00") else "utf-16-be"
    else:
        raw = raw.removeprefix(codecs.BOM_UTF8)
        encoding = _declared_encoding(raw)
    if not encoding.startswith("utf-16-") and encoding not in ENCODINGS:
        raise refused(xml_sentences.XML_ENCODING, expected=", ".join(ENCODINGS), found=encoding)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        raise refused(xml_sentences.XML_ENCODING, expected=", ".join(ENCODINGS), found=encoding) from None
    # The lines of a declaration are kept, so that the lines of problems are those that were sent.
    return _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text, count=1).encode()


def _declared_encoding(raw: bytes) -> str:
    """Read the encoding in the declaration alone: a search through all of a hostile document would take hours."""
    if _DECLARED.match(raw) is None:
        return "utf-8"
    end = raw.find(b"?>", 0, _LONGEST_DECLARATION)
    if end < 0:
        raise refused(xml_sentences.NOT_XML, line=1, reason=pyexpat.errors.XML_ERROR_XML_DECL)
    found = _ENCODING.search(raw, 0, end)
    return "utf-8" if found is None else found[1].decode().lower()


@dataclass(slots=True)
class _Open:
    """An element above the events. All that grows with the document is shared with the element around it."""

    step: str  # of its XPath
    local: tuple[str, ...]  # its name and those of the elements around it, without prefixes
    is_list: bool
    scope: dict[str, bytes]  # by name of the attribute, as it is inserted
    scope_size: int
    above: _Open | None
    children: dict[str, int] = field(default_factory=dict)

    @property
    def xpath(self) -> str:
        """Written only of what holds events: a name may be as long as the document."""
        return (self.above.xpath if self.above else "") + self.step

    @property
    def xpath_size(self) -> int:
        return (self.above.xpath_size if self.above else 0) + len(self.step)


@dataclass(slots=True)
class _Span:
    """An event; nothing of what stands around it is copied before the sum of all copies has been judged."""

    start: int
    line: int
    step: str
    list: _Open
    own: frozenset[str]  # what the event declares itself is not inserted again
    end: int = 0

    @property
    def size(self) -> int:
        """Bytes of its self-contained copy, and characters of its XPath."""
        inserted = self.list.scope_size - sum(len(self.list.scope[name]) for name in self.own)
        return self.end - self.start + inserted + self.list.xpath_size + len(self.step)


@dataclass(slots=True)
class _Cutter:
    """Follows the parser through the document."""

    text: bytes
    spans: list[_Span] = field(default_factory=list)
    depth: int = 0
    nodes: int = 0
    inside: int = 0  # the depth of the event that is open; 0 outside events
    path: list[_Open] = field(default_factory=list)
    declared: set[tuple[str, str]] = field(default_factory=set)  # namespaces outside events, each with its prefix
    declared_inside: set[tuple[str, str]] = field(default_factory=set)  # in the event that was opened last
    parser: Any = None

    def run(self) -> None:
        self.parser = pyexpat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.EntityDeclHandler = self.entity
        try:
            for at in range(0, len(self.text), _CHUNK):
                self.parser.Parse(self.text[at : at + _CHUNK], False)
            self.parser.Parse(b"", True)
        except pyexpat.ExpatError as error:
            reason = pyexpat.ErrorString(error.code)
            raise refused(xml_sentences.NOT_XML, line=error.lineno, reason=reason) from None
        finally:
            # The handlers hold this object, which holds the parser.
            self.parser.StartElementHandler = self.parser.EndElementHandler = None
            self.parser.StartDoctypeDeclHandler = self.parser.EntityDeclHandler = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.nodes += 1 + len(attributes)
        if self.nodes > MOST_NODES or self.depth > DEEPEST_ELEMENT:
            self._too_much()
        declared = _declarations(attributes) if attributes else {}
        if not self.inside and self.depth <= _DEEPEST_LIST + 1:
            self._above(name, attributes, declared)
        if declared:
            self._count_namespaces(declared)

    def _above(self, name: str, attributes: dict[str, str], declared: dict[str, str]) -> None:
        """Follow an element outside events, or take it for an event if it stands in the list of them."""
        parent = self.path[-1] if self.path else None
        count = 1
        if parent is not None:
            count = parent.children[name] = parent.children.get(name, 0) + 1
        is_inside_list = parent is not None and parent.is_list
        step = f"/{name}[{count}]" if is_inside_list else f"/{name}"
        if parent is None or not is_inside_list or name == "extension":
            self._open(parent, step, name, declared)
            return
        if len(self.spans) == MOST_EVENTS:
            raise refused(sentences.TOO_MANY_EVENTS, limit=MOST_EVENTS, found=f"> {MOST_EVENTS}")
        self.inside = self.depth
        own = frozenset(n for n in attributes if n in parent.scope)
        self.spans.append(_Span(self.parser.CurrentByteIndex, self.parser.CurrentLineNumber, step, parent, own))

    def _open(self, parent: _Open | None, step: str, name: str, declared: dict[str, str]) -> None:
        local = (*(parent.local if parent else ()), name.rpartition(":")[2])
        is_list = local in _EVENT_LISTS or (parent is not None and parent.is_list)
        scope, size = (parent.scope, parent.scope_size) if parent else ({}, 0)
        if declared:
            scope = scope | {n: f' {n}="{escape(value, _QUOTES)}"'.encode() for n, value in declared.items()}
            size = sum(map(len, scope.values()))
        self.path.append(_Open(step, local, is_list, scope, size, parent))

    def _count_namespaces(self, declared: dict[str, str]) -> None:
        """Count each once, as often as it is declared: some senders repeat one on every element."""
        (self.declared_inside if self.inside else self.declared).update(declared.items())
        if len(self.declared) + len(self.declared_inside) > MOST_NAMESPACES:
            line = self.parser.CurrentLineNumber
            raise refused(xml_sentences.XML_TOO_MANY_NAMESPACES, limit=MOST_NAMESPACES, line=line)

    def end(self, _name: str) -> None:
        if self.inside == self.depth:
            span = self.spans[-1]
            tag = _TAG.match(self.text, span.start)
            if tag is not None and tag[0].endswith(b"/>"):  # <ObjectEvent/>, which the parser says to end where it does
                span.end = tag.end()
            else:
                span.end = self.text.index(b">", self.parser.CurrentByteIndex) + 1
            self.inside = 0
            self.declared_inside = set()
        elif not self.inside and len(self.path) == self.depth:
            self.path.pop()
        self.depth -= 1

    def _too_much(self) -> None:
        line = self.parser.CurrentLineNumber
        if self.nodes > MOST_NODES:
            raise refused(xml_sentences.XML_TOO_MANY_NODES, limit=MOST_NODES, line=line)
        raise refused(xml_sentences.XML_TOO_DEEP, limit=DEEPEST_ELEMENT, line=line)

    def doctype(self, _name: str, system: str | None, public: str | None, has_subset: int) -> None:
        # `<!DOCTYPE project>` declares nothing, and stands in official examples.
        if system is not None or public is not None or has_subset:
            raise refused(xml_sentences.XML_DOCTYPE)

    def entity(self, *_: object) -> None:
        raise refused(xml_sentences.XML_DOCTYPE)


def _declarations(attributes: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name == "xmlns" or name.startswith("xmlns:")}


def _self_contained(text: bytes, span: _Span) -> bytes:
    declared = b"".join(each for name, each in span.list.scope.items() if name not in span.own)
    event = text[span.start : span.end]
    name = _NAME.match(event)
    at = len(event) if name is None else name.end()
    return event[:at] + declared + event[at:]


_QUOTES: Final = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
_NAME: Final = re.compile(rb"<[^\s/>]+")
