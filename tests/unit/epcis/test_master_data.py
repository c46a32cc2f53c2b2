"""Master data of documents: read whole or refused with every reason and its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import identifiers
from builders.events import CONTEXT, DAIRY, RIPENING_ROOM, a_document, an_object_event, as_bytes
from filiere_schemas.epcis.document import read_document
from filiere_schemas.epcis.master_data import (
    BUSINESS_LOCATION,
    LARGEST_ELEMENT,
    MOST_ELEMENTS,
    InvalidMasterData,
    VocabularyElement,
    as_json,
    full_name,
    read_element,
    read_header,
)
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.identifiers.gs1_key import Gs1Key

INTEGERS = st.integers(1 - 2**53, 2**53 - 1)  # beyond them JSON is refused (RFC 8259, 6)
NAME = "urn:epcglobal:cbv:mda:name"
ROOM: dict[str, Any] = {"id": RIPENING_ROOM, "attributes": [{"id": "cbvmda:name", "attribute": "Cave 3"}]}
PLACE = "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList"


def header_of(*elements: dict[str, Any], vocabulary: str = BUSINESS_LOCATION) -> dict[str, Any]:
    return {"epcisMasterData": {"vocabularyList": [{"type": vocabulary, "vocabularyElementList": list(elements)}]}}


def read(*elements: dict[str, Any]) -> list[VocabularyElement]:
    return read_header(read_document(as_bytes(a_document([an_object_event()], epcisHeader=header_of(*elements)))))


def refused(*elements: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(InvalidMasterData) as found:
        read(*elements)
    return {(problem.code, problem.pointer) for problem in found.value.problems}


def test_an_element_is_read_with_full_names_and_canonical_keys() -> None:
    nested = {"dairy:street": "rue du Four", "dairy:no": 1}
    attributes = [
        *ROOM["attributes"],
        {"id": "dairy:address", "attribute": nested},
        {"id": "dairy:m2", "attribute": 40},
    ]
    (element,) = read({**ROOM, "attributes": attributes, "children": [DAIRY, canonical_key(DAIRY)]})
    assert element == VocabularyElement(
        vocabulary=BUSINESS_LOCATION,
        id=RIPENING_ROOM,
        key=canonical_key(RIPENING_ROOM),
        attributes=(
            (NAME, "Cave 3"),
            ("https://dairy.example/terms/address", nested),
            ("https://dairy.example/terms/m2", 40),
        ),
        children=(canonical_key(DAIRY),),
    )


def test_a_document_without_master_data_has_none() -> None:
    for header in ({}, {"epcisMasterData": {}}, {"epcisMasterData": {"vocabularyList": []}}, header_of()):
        assert read_header(read_document(as_bytes(a_document([], epcisHeader=header)))) == []
    assert read_header(read_document(as_bytes(a_document([])))) == []


def results(*elements: dict[str, Any]) -> bytes:
    vocabularies = header_of(*elements)["epcisMasterData"]["vocabularyList"]
    body = {"eventList": [an_object_event()], "vocabularyList": vocabularies}
    told = {"queryResults": {"queryName": "SimpleMasterDataQuery", "resultsBody": body}}
    return as_bytes({"@context": CONTEXT, "type": "EPCISQueryDocument", "epcisBody": told})


def test_the_answer_of_a_query_is_read_as_a_header_is() -> None:
    document = read_document(results(ROOM))
    assert (read_header(document), len(document.events)) == (read(ROOM), 1)
    with pytest.raises(InvalidMasterData) as found:
        read_header(read_document(results(ROOM, ROOM)))
    place = "/epcisBody/queryResults/resultsBody/vocabularyList/0/vocabularyElementList/1/id"
    assert [(each.code, each.pointer) for each in found.value.problems] == [("vocabulary-element-twice", place)]


def test_everything_that_is_wrong_is_said_with_its_place() -> None:
    bad = {"id": "https://id.gs1.org/414/9521001000013", "children": ["https://id.gs1.org/414/1"]}
    assert refused(ROOM, ROOM, bad) == {
        ("vocabulary-element-twice", f"{PLACE}/1/id"),
        ("identifier-check-digit", f"{PLACE}/2/id"),
        ("gln-form", f"{PLACE}/2/children/0"),
    }


@pytest.mark.parametrize(
    ("element", "code", "pointer"),
    [
        ({**ROOM, "attributes": ROOM["attributes"] * 201}, "vocabulary-element-too-long", f"{PLACE}/0/attributes"),
        ({**ROOM, "children": [DAIRY] * 2_001}, "vocabulary-element-too-long", f"{PLACE}/0/children"),
        (
            {
                **ROOM,
                "attributes": [{"id": NAME, "attribute": {"x:y": ["z" * 8_000] * (LARGEST_ELEMENT // 8_000 + 1)}}],
            },
            "vocabulary-element-too-large",
            f"{PLACE}/0",
        ),
    ],
)
def test_a_limit_refuses(element: dict[str, Any], code: str, pointer: str) -> None:
    assert refused(element) == {(code, pointer)}


def test_too_many_elements_are_refused_as_one_problem() -> None:
    many = [{"id": f"urn:x:{number}"} for number in range(MOST_ELEMENTS + 1)]
    assert refused(*many) == {("too-many-vocabulary-elements", "/epcisHeader/epcisMasterData/vocabularyList")}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("cbvmda:name", NAME),
        (NAME, NAME),
        ("https://dairy.example/terms/name", "https://dairy.example/terms/name"),
        ("unknown:name", "unknown:name"),
        ("gs1://x", "gs1://x"),
    ],
)
def test_a_name_has_one_spelling(name: str, full: str) -> None:
    assert full_name(name) == full


@given(
    identifiers.keys(),
    st.lists(st.tuples(st.just("urn:x:name") | st.just(NAME), st.text(max_size=20) | INTEGERS | st.just({"a": 1}))),
    st.lists(identifiers.keys().map(lambda key: key.uri), unique=True, max_size=4),
)
def test_an_element_that_is_written_reads_as_itself(
    key: Gs1Key, attributes: list[tuple[str, Any]], children: list[str]
) -> None:
    element = VocabularyElement(
        vocabulary=BUSINESS_LOCATION, id=key.uri, key=key.uri, attributes=tuple(attributes), children=tuple(children)
    )
    assert read_element(BUSINESS_LOCATION, as_json(element)) == element
