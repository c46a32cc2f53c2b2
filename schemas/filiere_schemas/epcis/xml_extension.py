"""Values of extensions: from XML elements to JSON and back, with nothing lost on either way.

| XML | JSON |
|---|---|
| `<ex:a>text</ex:a>` | `"ex:a": "text"` |
| `<ex:a>..</ex:a><ex:a>..</ex:a>` | `"ex:a": [.., ..]` |
| `<ex:a><ex:b>..</ex:b></ex:a>` | `"ex:a": {"ex:b": ..}` |
| `<ex:a ex:c="d">text</ex:a>` | `"ex:a": {"@ex:c": "d", "#text": "text"}` |
| `<ex:a xsi:type="xsd:integer">5</ex:a>`, `xsd:double`, `xsd:boolean` | `"ex:a": 5`, `5.5`, `true` |
| `<ex:a xsi:nil="true"/>` | `"ex:a": null` |
| text between elements, or names that alternate | `"ex:a": {"@type": rdf:XMLLiteral, "@value": "<ex:a>..</ex:a>"}` |
| `<ex:a rdf:datatype="..#JSON">[[1], {}]</ex:a>` | a value that elements cannot say: `"ex:a": [[1], {}]` |

A list of one value is that value: in JSON-LD both mean the same. Other types of `xsi:type` are texts in JSON.
Source: JSON-LD 1.1, 4.2 (literals of type rdf:XMLLiteral and rdf:JSON); XML Schema 1.0, 2.6.1 (xsi:type).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
from lxml import etree

from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.epcis.limits import DEEPEST
from filiere_schemas.epcis.xml_names import RDF, XSD, XSI, Names
from filiere_schemas.problems import Problem
from filiere_schemas.provenance.sentences import NESTED_TOO_DEEP
from filiere_schemas.provenance.strict_json import MAX_DEPTH, InvalidJson, strict_loads

TEXT: Final = "#text"
XML_LITERAL: Final = f"{RDF}XMLLiteral"
JSON_LITERAL: Final = f"{RDF}JSON"
XSI_TYPE: Final = f"{{{XSI}}}type"
XSI_NIL: Final = f"{{{XSI}}}nil"
MEMBER: Final = f"{{{OUR_NAMESPACE}}}member"  # a member whose name no element can have, and its value as JSON
RDF_DATATYPE: Final = f"{{{RDF}}}datatype"
_NOT_SAID: Final = frozenset({XSI_TYPE, XSI_NIL, RDF_DATATYPE})
# An attribute of one of these names would be a keyword of JSON-LD.
KEYWORDS: Final = frozenset(
    {"base", "container", "context", "direction", "graph", "id", "import", "included", "index", "json", "language"}
    | {"list", "nest", "none", "prefix", "propagate", "protected", "reverse", "set", "type", "value", "version"}
    | {"vocab"}
)
_KEPT_DIGITS: Final = 15  # that a double keeps, whatever they are
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def value_of(element: Any, names: Names, depth: int = 1) -> Any:
    """Give the JSON value of an extension's element; beyond our depth, what is inside is one literal."""
    attributes = element.keys()
    children = list(element) if len(element) else ()
    if not children and not attributes:
        return element.text or ""
    said = [name for name in attributes if name not in _NOT_SAID]
    if not children and not said:
        return _leaf(element)
    if children and (depth >= DEEPEST or _is_mixed(element, children)):
        return _literal(element)
    if said and not KEYWORDS.isdisjoint(said):
        return _literal(element)
    value: dict[str, Any] = {f"@{names.of_attribute(element, name)}": element.get(name) for name in said}
    if children:
        add_values(value, children, names, depth + 1)
    elif element.text:
        value[TEXT] = element.text
    return value


def _literal(element: Any) -> dict[str, str]:
    return {"@type": XML_LITERAL, "@value": etree.tostring(element, encoding="unicode", with_tail=False)}


def add_values(to: dict[str, Any], elements: Sequence[Any], names: Names, depth: int = 1) -> None:
    """Add elements to an object; those of one name become a list."""
    lists: set[str] = set()
    for element in elements:
        name = names.of_element(element)
        value = value_of(element, names, depth)
        if name not in to:
            to[name] = value
        elif name in lists:
            to[name].append(value)
        else:
            to[name] = [to[name], value]
            lists.add(name)


def read_member(element: Any) -> tuple[str, Any] | None:
    """Read a member whose name no element can have; None if an element is none."""
    if element.tag != MEMBER or element.keys() != ["name"] or len(element) or not element.get("name"):
        return None
    written = element.get("name")
    name = _json(written) if written.startswith('"') else written
    return (name if isinstance(name, str) else written), _json(element.text or "")


def _leaf(element: Any) -> Any:
    text = element.text or ""
    if element.get(RDF_DATATYPE) == JSON_LITERAL:
        return _json(text)
    if not text and element.get(XSI_NIL) in {"true", "1"}:
        return None
    prefix, _, kind = element.get(XSI_TYPE, "").rpartition(":")
    read = _TYPED.get(kind)
    return text if read is None or element.nsmap.get(prefix or None) != XSD else read(text.strip(), text)


def read_members(text: str) -> dict[str, Any]:
    """Read members that are written as one text; what is none is nothing."""
    value = _json(text)
    return value if isinstance(value, dict) else {}


def as_json(value: Any) -> tuple[bytes, Any]:
    """Write what was read of XML as JSON; gives the bytes, and the value as everybody will read it.

    Raises:
        InvalidJson: it holds what JSON does not, with pointers: a literal says any number, character and depth.
    """
    try:
        raw = orjson.dumps(value)
        read = strict_loads(raw)
        if read == value:  # an infinite number was written as null
            return raw, read
    except orjson.JSONEncodeError:
        pass
    try:
        # Python's own library writes everything as it stands, so that what is wrong with it is found in its place.
        raw = json.dumps(value).encode()
    except RecursionError:
        raise InvalidJson([Problem(sentence=NESTED_TOO_DEEP, values={"limit": MAX_DEPTH})]) from None
    return raw, strict_loads(raw)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: text)
    except (ValueError, RecursionError):
        return text


def _integer(stripped: str, text: str) -> Any:
    return int(stripped) if _INTEGER.fullmatch(stripped) else text


def _number(stripped: str, text: str) -> Any:
    # Only what JSON writes alike is a number there; the rest stays as its sender wrote it.
    if not _NUMBER.fullmatch(stripped):
        return text
    number = json.loads(stripped)
    return number if len(stripped) <= _KEPT_DIGITS or repr(number) == stripped else text


def _boolean(stripped: str, text: str) -> Any:
    return {"true": True, "1": True, "false": False, "0": False}.get(stripped, text)


_TYPED: Final[dict[str, Callable[[str, str], Any]]] = {
    **dict.fromkeys(("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger"), _integer),
    **dict.fromkeys(("double", "float", "decimal"), _number),
    "boolean": _boolean,
}


def _is_mixed(element: Any, children: Sequence[Any]) -> bool:
    """Whether text stands between the children, or those of one name apart: an object would lose their places."""
    text = element.text
    if text and not text.isspace():
        return True
    seen: set[str] = set()
    last = None
    for child in children:
        tag, tail = child.tag, child.tail
        if (tail and not tail.isspace()) or (tag != last and tag in seen):
            return True
        last = tag
        seen.add(tag)
    return False
