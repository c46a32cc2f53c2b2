"""Every single-node mutation of the official events in XML: our strict verdict is the XML schema's, or we say why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import etree

from builders.conformance import official_xml, xml_schema
from builders.judged import Judge
from builders.xml_mutations import xml_mutations
from filiere_schemas.epcis.reading import Strictness, read_event
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.epcis.xml_event import EVENT_TYPES, event_value
from filiere_schemas.problems import Refusal

FEWEST = {"2.0": 1_900, "1.2": 800}
NAMESPACES = {"2.0": "urn:epcglobal:epcis:xsd:2", "1.2": "urn:epcglobal:epcis:xsd:1"}
# What the XML schema accepts and we refuse, by the code of the refusal, and why.
STRICTER = {
    "invalid-uri": "the type anyURI takes any text; the standard, and JSON, ask for a URI",
    "unknown-word": "the type anyURI takes any text; the standard, and JSON, know the words of the CBV",
    "bad-zone-offset": "any text in the schema; an offset in the standard, and in JSON",
    "unknown-unit": "any text in the schema; a code of Recommendation 20 in the standard",
    "invalid-hex": "the schema takes an empty value; JSON does not",
    "repeated-value": "a list of the standard is a set; JSON says so",
    "nothing-observed": "EPCIS 2.0, 7.4.2: an event names what it is about",
    "transformation-one-sided": "EPCIS 2.0, 7.4.6: a transformation has inputs and outputs",
    "missing-field": "EPCIS 2.0, 7.4 and JSON require it where the schema leaves it out",
    "unknown-field": "an attribute of a sensor without a namespace is none of the standard",
    "xml-element-repeated": "the schema repeats a choice in errorDeclaration; each field stands there once",
    "xml-attribute-unexpected": "the schema takes any attribute of some elements; JSON has no place for it",
    "xml-text-unexpected": "a sensor's element may hold text in the schema; the standard gives it no meaning",
}
# Of an AssociationEvent in 1.2, for which its schema has no type, nothing is checked: whatever we refuse is stricter.
UNCHECKED = "AssociationEvent"
# What the XML schema refuses and we accept: in which places, and why.
LAXER = (
    (
        r".*\{.*",
        "the schema checks a declared type in an extension, which is its sender's and stays what it is",
    ),
    (r"/childEPCs", "XML 1.2 requires an empty list, which says nothing"),
)


@dataclass(frozen=True)
class Difference:
    place: str
    mutation: str
    ours: frozenset[str]  # codes; empty where we accept


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_our_verdict_is_the_official_one_except_where_we_say_why(version: str, judge: Judge) -> None:
    total, surprises, reasons = 0, [], Counter[str]()
    for document, difference in _compared(version):
        total += 1
        if difference is None:
            continue
        why = _why(difference)
        if why is None and UNCHECKED not in document:
            surprises.append(f"{difference} in {document}")
        reasons[why or "an AssociationEvent in XML 1.2, of which the schema checks nothing"] += 1
    said = [f"{count} otherwise: {why}" for why, count in reasons.most_common()]
    judge.count(f"mutations, XML {version}", passed=total - len(surprises), failed=len(surprises), reasons=said)
    assert not surprises
    assert total > FEWEST[version]


def _why(difference: Difference) -> str | None:
    """Say why a verdict differs; None where nobody knows."""
    if difference.ours:
        known = [STRICTER.get(code) for code in sorted(difference.ours)]
        return known[0] if all(known) else None
    return next((why for where, why in LAXER if re.fullmatch(where, difference.place)), None)


def _compared(version: str) -> Iterator[tuple[str, Difference | None]]:
    """Give each mutation that no earlier one of the same place was, and how the verdicts differ."""
    seen = set()
    schema = xml_schema("EPCISDocument", version)
    for path in official_xml(version):
        root = etree.parse(path).getroot()
        for event in (each for each in root.iter() if each.tag in EVENT_TYPES):
            for mutation in xml_mutations(event):
                what = (event.tag if mutation.place.count("/") == 1 else "", mutation.place, mutation.name)
                if what in seen:
                    continue
                seen.add(what)
                raw = etree.tostring(_around(event, mutation.event, version))
                codes = _refused(raw)
                is_valid = schema.validate(etree.fromstring(raw))
                same = is_valid == (not codes)
                yield event.tag, None if same else Difference(mutation.place, mutation.name, codes)


def _around(original: Any, event: Any, version: str) -> Any:
    """Give a document of one event, which stands in the wrappers in which the original stood."""
    namespaces = original.getroottree().getroot().nsmap
    root = etree.Element(f"{{{NAMESPACES[version]}}}EPCISDocument", nsmap=namespaces)
    root.set("schemaVersion", version)
    root.set("creationDate", "2026-06-12T06:00:00Z")
    parent = etree.SubElement(etree.SubElement(root, "EPCISBody"), "EventList")
    for _ in original.iterancestors("extension"):
        parent = etree.SubElement(parent, "extension")
    event.tail = None
    parent.append(event)
    return root


def _refused(raw: bytes) -> frozenset[str]:
    """Read a document of one event strictly; gives the codes of its refusal."""
    try:
        (event,) = read_xml_document(raw).events
        read_event(event_value(event, strictness=Strictness.STRICT), strictness=Strictness.STRICT)
    except Refusal as refused:
        return frozenset(problem.code for problem in refused.problems)
    return frozenset()
