"""Master data in EPCIS documents: what places, products and parties are, beside the events that name them.

An `epcisHeader` may carry vocabularies: of each type a list of elements, each with attributes and with the elements
below it. Attributes have names of their own (`cbvmda:site`), which are expanded by the document's context, so that one
name has one spelling; values are kept as they came, text, number or nested object.

Source: GS1 EPCIS 2.0, 6.1.1, 7.2 and 9.5.6 (master data in the header); CBV 2.0, 9 (attributes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.context import Context
from filiere_schemas.epcis.document import Document
from filiere_schemas.identifiers.canonical import LONGEST_URI, canonical_key
from filiere_schemas.identifiers.invalid import InvalidIdentifier
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.strict_json import strict_loads

VOCABULARY_STEM: Final = "urn:epcglobal:epcis:vtype:"
BUSINESS_LOCATION: Final = f"{VOCABULARY_STEM}BusinessLocation"
READ_POINT: Final = f"{VOCABULARY_STEM}ReadPoint"
EPC_CLASS: Final = f"{VOCABULARY_STEM}EPCClass"
SOURCE_OR_DESTINATION: Final = f"{VOCABULARY_STEM}SourceDest"

MOST_ELEMENTS: Final = 5_000  # of one document: they are written in one commit
MOST_ATTRIBUTES: Final = 200  # of one element
MOST_CHILDREN: Final = 2_000  # of one element
LARGEST_ELEMENT: Final = 65_536  # bytes of its attributes and children as JSON

# The standard's prefixes that stand for attributes even where no context declares them.
_PREFIXES: Final = {"cbvmda": "urn:epcglobal:cbv:mda:", "gs1": "https://gs1.org/voc/"}


class InvalidMasterData(Refusal):
    """Master data that cannot be kept as it stands; with every problem and its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyElement:
    """What is said of one thing: `attributes` are full names with their values, in order; a name may repeat."""

    vocabulary: str
    id: str  # as written
    key: str  # canonical
    attributes: tuple[tuple[str, Any], ...] = ()
    children: tuple[str, ...] = ()  # canonical keys of what lies below, in order, each once

    @property
    def content(self) -> bytes:
        """What is said, as canonical bytes: the same for what was said before."""
        return orjson.dumps(
            {"id": self.id, "attributes": self.attributes, "children": self.children}, option=orjson.OPT_SORT_KEYS
        )


def read_header(document: Document) -> list[VocabularyElement]:
    """Read the master data of a document that `read_document` has read.

    Raises:
        InvalidMasterData: with every problem, each with its JSON pointer in the document.
    """
    value = None if document.header is None else strict_loads(document.header).get("epcisMasterData")
    vocabularies = [] if value is None else value.get("vocabularyList", [])
    if not vocabularies:
        return []
    problems: list[Problem] = []
    elements = list(
        _elements(vocabularies, Context(orjson.loads(document.context)), document.vocabularies_at, problems)
    )
    if len(elements) > MOST_ELEMENTS:
        values = {"limit": MOST_ELEMENTS, "found": len(elements)}
        problems = [Problem(sentence=sentences.TOO_MANY_ELEMENTS, pointer=document.vocabularies_at, values=values)]
    if problems:
        raise InvalidMasterData(problems)
    return elements


def read_element(vocabulary: str, value: Mapping[str, Any], context: Context | None = None) -> VocabularyElement:
    """Read one element of a vocabulary, `{"id", "attributes", "children"}`, whose shape its schema has checked.

    Raises:
        InvalidMasterData: an identifier does not hold, or a limit is passed; pointers are within the element.
    """
    problems: list[Problem] = []
    element = _element(vocabulary, value, context, problems)
    if problems:
        raise InvalidMasterData(problems)
    return element


def full_name(name: str, context: Context | None = None) -> str:
    """Expand an attribute's prefixed name; what is no prefixed name, or has an unknown prefix, stays as it is."""
    prefix, colon, local = name.partition(":")
    stem = (None if context is None else context.prefixes.get(prefix)) or _PREFIXES.get(prefix)
    return stem + local if colon and stem is not None and not local.startswith("//") else name


def as_json(element: VocabularyElement) -> dict[str, Any]:
    """Write an element as a document has it."""
    attributes = [{"id": name, "attribute": value} for name, value in element.attributes]
    return {"id": element.id, "attributes": attributes, "children": list(element.children)}


def _elements(
    vocabularies: Sequence[Mapping[str, Any]], context: Context, pointer: str, problems: list[Problem]
) -> Iterator[VocabularyElement]:
    seen: set[tuple[str, str]] = set()
    for at, vocabulary in enumerate(vocabularies):
        for number, value in enumerate(vocabulary.get("vocabularyElementList", [])):
            own: list[Problem] = []
            element = _element(vocabulary["type"], value, context, own)
            if not own and (element.vocabulary, element.key) in seen:
                own = [Problem(sentence=sentences.ELEMENT_TWICE, pointer="/id", values={"found": element.id})]
            seen.add((element.vocabulary, element.key))
            problems += [each.within(f"{pointer}/{at}/vocabularyElementList/{number}") for each in own]
            yield element


def _element(
    vocabulary: str, value: Mapping[str, Any], context: Context | None, problems: list[Problem]
) -> VocabularyElement:
    attributes, children = value.get("attributes", []), value.get("children", [])
    for name, listed, most in (("attributes", attributes, MOST_ATTRIBUTES), ("children", children, MOST_CHILDREN)):
        if len(listed) > most:
            values = {"limit": most, "found": len(listed), "name": name}
            problems.append(Problem(sentence=sentences.ELEMENT_TOO_LONG, pointer=f"/{name}", values=values))
    element = VocabularyElement(
        vocabulary=vocabulary,
        id=value["id"],
        key=_key(value["id"], "/id", problems),
        attributes=tuple(
            (full_name(each["id"], context), each.get("attribute", "")) for each in attributes[:MOST_ATTRIBUTES]
        ),
        children=tuple(dict.fromkeys(_keys(children[:MOST_CHILDREN], problems))),
    )
    size = len(element.content)
    if size > LARGEST_ELEMENT:
        values = {"limit": LARGEST_ELEMENT, "found": size}
        problems.append(Problem(sentence=sentences.ELEMENT_TOO_LARGE, values=values))
    return element


def _keys(children: Iterable[str], problems: list[Problem]) -> Iterator[str]:
    for number, child in enumerate(children):
        yield _key(child, f"/children/{number}", problems)


def _key(uri: str, pointer: str, problems: list[Problem]) -> str:
    try:
        return canonical_key(uri)
    except InvalidIdentifier as refused:
        problems += [each.within(pointer) for each in refused.problems]
        return uri[:LONGEST_URI]
