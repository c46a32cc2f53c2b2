"""Write the values of extensions as XML elements: the way back of `xml_extension`, whose table says what becomes what.

What elements cannot say is written as JSON, and what came as a literal of XML becomes the element that it was.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from filiere_schemas.epcis.context import OUR_NAMESPACE, SCHEMES, STANDARD_PREFIXES, Context
from filiere_schemas.epcis.document import InvalidDocument
from filiere_schemas.epcis.xml_cut import cut
from filiere_schemas.epcis.xml_element import parse_element
from filiere_schemas.epcis.xml_extension import (
    JSON_LITERAL,
    KEYWORDS,
    MEMBER,
    RDF_DATATYPE,
    TEXT,
    XML_LITERAL,
    XSI_NIL,
    XSI_TYPE,
)
from filiere_schemas.epcis.xml_names import CBVMDA, RDF, XSD, XSI

_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_UNSPEAKABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAKEN: Final = frozenset({"epcis", "epcisq", "xsi", "xsd"})
# No document binds a prefix to these two; that of the first needs none. Source: Namespaces in XML 1.0, 3.
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_NEVER_BOUND: Final = frozenset({_XML, "http://www.w3.org/2000/xmlns/"})
_OF_XML: Final = frozenset({"lang", "space", "base"})  # its names that take any text; `id` does not
_LARGEST_INTEGER: Final = 10**15  # below which every integer is read back as it was written


class Prefixes:
    """What the prefixes of a JSON-LD context mean as XML namespaces."""

    def __init__(self, context: Any) -> None:
        declared = Context(context).prefixes
        standard = {**STANDARD_PREFIXES, "cbvmda": CBVMDA, "filiere": OUR_NAMESPACE}
        self._namespaces = {**standard, **declared}
        named: dict[str | None, str] = {p: n for p, n in declared.items() if _is_prefix(p) and _is_namespace(n)}
        self.scope: dict[str | None, str] = {"filiere": OUR_NAMESPACE, **named}

    def tag(self, name: str) -> str | None:
        """Give the `{namespace}local` of a name; None if no element can have it."""
        prefix, colon, local = name.partition(":")
        if not colon:
            return name if _LOCAL.fullmatch(name) else None
        namespace = self._namespaces.get(prefix)
        if namespace is None and prefix in SCHEMES:
            local = re.split(r"[/#:]", name)[-1]
            namespace = name.removesuffix(local)
        elif namespace is None:
            namespace = f"{prefix}:"  # of a context that nobody here reads: the name stays what it is
        is_known = local in _OF_XML if namespace == _XML else _is_namespace(namespace)
        return f"{{{namespace}}}{local}" if is_known and _LOCAL.fullmatch(local) else None


def add_members(parent: Any, members: Mapping[str, Any], prefixes: Prefixes) -> None:
    """Add members as elements of other namespaces; one whose name no element can have, as `filiere:member`."""
    for name, value in members.items():
        tag = prefixes.tag(name) if ":" in name else None
        if tag is None or tag == MEMBER:  # a sender's own member of that name is one like any other
            element = etree.SubElement(parent, MEMBER, name=_member_name(name))
            element.text = as_text(value)
        else:
            add_value(parent, tag, value, prefixes)


def add_value(parent: Any, tag: str, value: Any, prefixes: Prefixes) -> None:
    """Add a value as an element, a list of values as several."""
    if isinstance(value, list) and value and not any(isinstance(item, list) for item in value):
        for item in value:
            _add_one(parent, tag, item, prefixes)
    else:
        _add_one(parent, tag, value, prefixes)


def as_text(value: Any) -> str:
    """Write a value as JSON in which no character is one that XML cannot hold."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _member_name(name: str) -> str:
    """Write the name of a member as an attribute: one that no attribute can hold, as JSON in its quotes."""
    return name if name and not name.startswith('"') and _is_speakable(name) else as_text(name)


def _add_one(parent: Any, tag: str, value: Any, prefixes: Prefixes) -> None:
    if isinstance(value, dict) and value.get("@type") == XML_LITERAL:
        literal = _parsed(value.get("@value"), tag)
        if literal is not None:
            parent.append(literal)
            return
    element = etree.SubElement(parent, tag)
    said = _say(element, value, prefixes)
    if not said:
        for child in list(element):
            element.remove(child)
        for name in list(element.attrib):
            del element.attrib[name]
        element.text = as_text(value)
        element.set(RDF_DATATYPE, JSON_LITERAL)


def _say(element: Any, value: Any, prefixes: Prefixes) -> bool:
    """Say a value in elements, attributes and text; False if they cannot."""
    if isinstance(value, dict):
        return _say_members(element, value, prefixes)
    if isinstance(value, str):
        if not _is_speakable(value):
            return False
        element.text = value
    elif value is None:
        element.set(XSI_NIL, "true")
    elif isinstance(value, bool):
        _typed(element, "boolean", "true" if value else "false")
    elif isinstance(value, int) and abs(value) < _LARGEST_INTEGER:
        _typed(element, "integer", str(value))
    elif isinstance(value, float) and math.isfinite(value):
        _typed(element, "double", repr(value))
    else:
        return False
    return True


def _say_members(element: Any, members: dict[str, Any], prefixes: Prefixes) -> bool:
    attributes = {name[1:]: text for name, text in members.items() if name.startswith("@")}
    inside = {name: value for name, value in members.items() if not name.startswith("@")}
    for name, text in attributes.items():
        tag = prefixes.tag(name)
        if tag is None or name in KEYWORDS or tag.startswith((f"{{{XSI}}}", f"{{{RDF}}}")):
            return False
        if not isinstance(text, str) or not _is_speakable(text):
            return False
        element.set(tag, text)
    if TEXT in inside:
        text = inside[TEXT]
        if len(inside) > 1 or not attributes or not isinstance(text, str) or not text or not _is_speakable(text):
            return False
        element.text = text
        return True
    for name, value in inside.items():
        tag = prefixes.tag(name)
        if tag is None:
            return False
        add_value(element, tag, value, prefixes)
    return bool(members)


def _typed(element: Any, kind: str, text: str) -> None:
    prefix = next((p for p, n in element.nsmap.items() if n == XSD and p), None)
    if prefix is None:
        raise LookupError("the document declares no prefix for the types of XML Schema")
    element.set(XSI_TYPE, f"{prefix}:{kind}")
    element.text = text


def _parsed(literal: Any, tag: str) -> Any:
    """Parse a literal, which came from anybody, under the limits of a document; None if it is no such element."""
    if not isinstance(literal, str) or not _is_speakable(literal):
        return None
    try:
        element = parse_element(cut(literal.encode()).skeleton)
    except InvalidDocument:
        return None
    return element if element.tag == tag else None


def _is_prefix(name: str) -> bool:
    """Whether XML takes a prefix, and the document has no use of its own for it."""
    return name not in _TAKEN and not name.lower().startswith("xml") and _LOCAL.fullmatch(name) is not None


@lru_cache(maxsize=1_000)
def _is_namespace(text: str) -> bool:
    """Whether XML takes a text for a namespace: a URI, which a context of JSON-LD need not give."""
    if not text or text in _NEVER_BOUND:
        return False
    try:
        etree.Element(f"{{{text}}}name")
    except ValueError:
        return False
    return True


def _is_speakable(text: str) -> bool:
    return _UNSPEAKABLE.search(text) is None
