"""Our JSON Schemas: well-formed, closed in themselves, and two editions that differ in words alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from builders.events import ONE_OF_EACH
from filiere_schemas.epcis.document_schema import envelope_schema, envelope_validator
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.schema import event_schema, refuse_retrieval, validator
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, bare_word, long_forms, urn_form, web_form

SCHEMAS = [
    *(event_schema(event_type, long_words=long_words) for event_type in EventType for long_words in (True, False)),
    *(envelope_schema(kind) for kind in ("EPCISDocument", "EPCISQueryDocument")),
]
every_schema = pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema["$id"])


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


@every_schema
def test_a_schema_follows_its_metaschema(schema: dict[str, Any]) -> None:
    assert jsonschema_rs.meta.is_valid(schema)


@every_schema
def test_a_schema_refers_to_nothing_outside_itself(schema: dict[str, Any]) -> None:
    found = set(references(schema))
    assert found
    assert all(reference.startswith("#/$defs/") for reference in found)
    assert {reference.removeprefix("#/$defs/") for reference in found} <= schema["$defs"].keys()


def test_a_schema_that_did_refer_elsewhere_would_not_be_fetched() -> None:
    schema = {"$ref": "https://ref.gs1.org/standards/epcis/epcis-json-schema.json"}
    with pytest.raises(Exception, match="never fetched"):
        jsonschema_rs.Draft202012Validator(schema, retriever=refuse_retrieval)


@pytest.mark.parametrize("event_type", EventType)
def test_the_two_editions_differ_in_nothing_but_words(event_type: EventType) -> None:
    strict, lenient = (event_schema(event_type, long_words=long_words) for long_words in (False, True))
    for schema in (strict, lenient):
        schema.pop("$id")
        for vocabulary in Vocabulary:
            schema["$defs"].pop(f"word-{vocabulary}")
    assert strict == lenient


def test_a_schema_is_compiled_once() -> None:
    assert validator(EventType.OBJECT, long_words=True) is validator(EventType.OBJECT, long_words=True)
    assert envelope_validator("EPCISDocument") is envelope_validator("EPCISDocument")


@pytest.mark.parametrize("build", ONE_OF_EACH)
def test_the_strict_edition_accepts_what_the_lenient_one_is_for(build: Any) -> None:
    event = build()
    for long_words in (True, False):
        assert validator(EventType(event["type"]), long_words=long_words).is_valid(event)


@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_every_form_of_every_word_leads_back_to_it(vocabulary: Vocabulary) -> None:
    for word in WORDS[vocabulary].words:
        assert bare_word(vocabulary, web_form(vocabulary, word) or "") == word
        urn = urn_form(vocabulary, word)
        assert urn is None or bare_word(vocabulary, urn) == word
        assert bare_word(vocabulary, word) is None, "a bare word is no longer form"
    assert urn_form(vocabulary, "bogus") is web_form(vocabulary, "bogus") is None
    assert len(set(long_forms(vocabulary))) == len(long_forms(vocabulary))
