"""Change one node of an event in XML at a time, in every way that a sender gets it wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree


@dataclass(frozen=True, kw_only=True)
class XmlMutation:
    """One changed event; `place` is the path of names from it, attributes as `@name`."""

    place: str
    name: str
    event: Any


def xml_mutations(event: Any) -> Iterator[XmlMutation]:
    """Give every single-node mutation of an event; each holds an event of its own."""
    nodes = [node for node in event.iter() if isinstance(node.tag, str)]
    for at, node in enumerate(nodes):
        place = _place(node, event)
        changes = _ATTRIBUTES if node is event else {**_ELEMENTS, **_ATTRIBUTES}
        for name, change in changes.items():
            if (mutated := _mutated(event, at, change)) is not None:
                yield XmlMutation(place=place, name=name, event=mutated)
        for attribute in node.keys():  # noqa: SIM118 - an element is no mapping
            for name, value in _VALUES.items():
                change = _attribute(attribute, value)
                yield XmlMutation(place=f"{place}/@{attribute}", name=name, event=_mutated(event, at, change))


def _mutated(event: Any, at: int, change: Callable[[Any], bool]) -> Any:
    changed = copy.deepcopy(event)
    node = [each for each in changed.iter() if isinstance(each.tag, str)][at]
    return changed if change(node) else None


def _place(node: Any, event: Any) -> str:
    names = []
    while node is not event:
        names.append(node.tag)
        node = node.getparent()
    return "/" + "/".join(reversed(names))


def _drop(node: Any) -> bool:
    node.getparent().remove(node)
    return True


def _twice(node: Any) -> bool:
    node.addnext(copy.deepcopy(node))
    return True


def _renamed(node: Any) -> bool:
    node.tag = "bogus"
    return True


def _swapped(node: Any) -> bool:
    following = node.getnext()
    if following is None or following.tag == node.tag:
        return False
    following.addnext(node)
    return True


def _text(value: str) -> Callable[[Any], bool]:
    def change(node: Any) -> bool:
        if len(node) or not (node.text or "").strip():
            return False
        node.text = value
        return True

    return change


def _stray_text(node: Any) -> bool:
    if not len(node):
        return False
    node[0].tail = "stray"
    return True


def _child(tag: str) -> Callable[[Any], bool]:
    def change(node: Any) -> bool:
        etree.SubElement(node, tag).text = "x"
        return True

    return change


def _attribute(name: str, value: str | None) -> Callable[[Any], bool]:
    def change(node: Any) -> bool:
        if value is None:
            del node.attrib[name]
        else:
            node.set(name, value)
        return True

    return change


_ELEMENTS: dict[str, Callable[[Any], bool]] = {
    "drop": _drop,
    "twice": _twice,
    "renamed": _renamed,
    "swapped with the next": _swapped,
    "empty text": _text(""),
    "other text": _text("bogus text"),
    "stray text": _stray_text,
    "unknown element inside": _child("bogus"),
    "extension inside": _child("{https://dairy.example/ns/}more"),
}
_ATTRIBUTES: dict[str, Callable[[Any], bool]] = {
    "unknown attribute": _attribute("bogus", "x"),
    "extension attribute": _attribute("{https://dairy.example/ns/}more", "x"),
}
_VALUES: dict[str, str | None] = {
    "attribute dropped": None,
    "attribute empty": "",
    "attribute of other text": "bogus text",
}
