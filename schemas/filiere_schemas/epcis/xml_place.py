"""Say where a problem of an event stands in the XML that was sent: its line and its XPath.

Problems are found in the JSON reading of an event, whose pointers follow the XML nearly name by name. Where they part
(a wrapper of 1.2, an attribute, text beside an attribute), the nearest element around the place is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from filiere_schemas.epcis.xml_element import parse_element
from filiere_schemas.epcis.xml_grammar import WRAPPERS
from filiere_schemas.epcis.xml_sentences import NOT_XML
from filiere_schemas.problems import Problem

# Lists whose elements stand beside each other, without an element around them.
_BESIDE: Final = frozenset({"sensorReport", "set", "unset"})


@dataclass(frozen=True, slots=True)
class XmlPlace:
    """Where an event stands in the document that was sent: its first line, counted from 1, and its XPath."""

    line: int
    xpath: str

    def told(self, event: bytes, problem: Problem, within: Problem) -> Problem:
        """Add line and XPath to a problem of the event."""
        if problem.code == NOT_XML.code:
            line = self.line + int(str(problem.values["line"])) - 1
            return replace(within, line=line, xpath=self.xpath, values={**problem.values, "line": line})
        if not problem.pointer:  # the whole event, which may be too large to be read
            return replace(within, line=self.line, xpath=self.xpath)
        element, path, attribute = _find(parse_element(event), problem.pointer)
        line = self.line + (element.sourceline or 1) - 1
        return replace(within, line=line, xpath="".join([self.xpath, *path]) + attribute)


def _find(element: Any, pointer: str) -> tuple[Any, list[str], str]:
    """Follow a JSON pointer as far as it leads."""
    path: list[str] = []
    found: list[Any] = []
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if name.isdecimal():
            # A position: among the elements just found, or inside the one that holds the list.
            among = found if len(found) > 1 or (found and _local(found[0]) in _BESIDE) else list(element)
            if int(name) >= len(among):
                break
            if among is found:
                path.pop()
            element, found = among[int(name)], []
            path.append(_step(element))
            continue
        local = name.rpartition(":")[2].removeprefix("@")
        found = [child for child in _unwrapped(element) if _local(child) == local]
        if not found:
            attribute = next((each for each in element.attrib if each.rpartition("}")[2] == local), None)
            return element, path, "" if attribute is None else f"/@{attribute.rpartition('}')[2]}"
        element = found[0]
        path += [*(_step(each) for each in _wrappers_of(element)), _step(element)]
    return element, path, ""


def _unwrapped(element: Any) -> list[Any]:
    """Give the children of an element, those of wrappers in the place of the wrappers."""
    children = []
    for child in element:
        children += _unwrapped(child) if child.tag in WRAPPERS else [child]
    return children


def _wrappers_of(element: Any) -> list[Any]:
    """Give the wrappers around an element, outermost first."""
    around: list[Any] = []
    parent = element.getparent()
    while parent is not None and parent.tag in WRAPPERS:
        around.insert(0, parent)
        parent = parent.getparent()
    return around


def _local(element: Any) -> str:
    return str(element.tag.rpartition("}")[2])


def _step(element: Any) -> str:
    """Write an element as a step of an XPath, with its position where others of its name stand beside it."""
    prefix = f"{element.prefix}:" if element.prefix else ""
    parent = element.getparent()
    alike = [child for child in parent if child.tag == element.tag] if parent is not None else [element]
    at = f"[{alike.index(element) + 1}]" if len(alike) > 1 else ""
    return f"/{prefix}{_local(element)}{at}"
