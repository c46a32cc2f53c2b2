"""The 47 official JSON-LD documents: read, cut byte for byte, and understood."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from builders.conformance import official_documents, reference_folder
from builders.judged import Judge
from filiere_schemas.epcis.document import Document, read_document
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.reading import Strictness, read_event
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, bare_word, long_forms
from filiere_schemas.provenance.strict_json import strict_loads

# One official document repeats a key (eventID) with two values; the later one counts.
REPEATS_A_KEY = {"AssociationEvent-h.jsonld": ("duplicate-key", "/epcisBody/eventList/0/eventID")}


@pytest.fixture(scope="module")
def documents() -> list[tuple[Path, bytes, Document]]:
    return [(path, raw := path.read_bytes(), read_document(raw)) for path in official_documents()]


def test_every_official_document_reads(documents: list[tuple[Path, bytes, Document]]) -> None:
    assert len(documents) == 47
    assert sum(len(document.events) for _, _, document in documents) == 56
    warned = {
        path.name: (warning.code, warning.pointer) for path, _, document in documents for warning in document.warnings
    }
    assert warned == REPEATS_A_KEY


def test_an_event_cut_out_of_a_document_has_the_value_it_had_inside(
    documents: list[tuple[Path, bytes, Document]],
) -> None:
    for path, raw, document in documents:
        value = json.loads(raw)
        for cut, pointer in zip(document.events, document.pointers, strict=True):
            event = strict_loads(cut)
            assert event.pop("@context") == value["@context"], path
            assert event == _at(value, pointer), path


def test_an_event_cut_out_of_a_document_has_the_bytes_it_had_inside(
    documents: list[tuple[Path, bytes, Document]],
) -> None:
    for path, raw, document in documents:
        if path.name in REPEATS_A_KEY:
            continue
        for cut in document.events:
            inserted = b'{"@context":' + document.context + b","
            assert cut.startswith(inserted), path
            assert b"{" + cut.removeprefix(inserted) in raw, path


@pytest.mark.parametrize("strictness", Strictness)
def test_every_official_event_is_understood(
    documents: list[tuple[Path, bytes, Document]], strictness: Strictness, judge: Judge
) -> None:
    kinds: Counter[EventType] = Counter()
    for path, _, document in documents:
        with judge(f"examples, JSON-LD, {strictness}", path.name):
            kinds.update(read_event(strict_loads(event), strictness=strictness).event.type for event in document.events)
    assert kinds == {
        EventType.OBJECT: 32,
        EventType.ASSOCIATION: 10,
        EventType.TRANSFORMATION: 6,
        EventType.TRANSACTION: 4,
        EventType.AGGREGATION: 4,
    }


def test_every_word_of_the_official_vocabularies_is_known_in_every_form() -> None:
    folder = reference_folder() / "epcis-2.0" / "json-ld-context"
    files = {
        Vocabulary.BIZ_STEP: "cbv-context-bizstep",
        Vocabulary.DISPOSITION: "cbv-context-disposition",
        Vocabulary.BIZ_TRANSACTION_TYPE: "cbv-context-biztransaction-type",
        Vocabulary.SOURCE_DESTINATION_TYPE: "cbv-context-sourcedest-type",
        Vocabulary.ERROR_REASON: "cbv-context-error-reason",
        Vocabulary.COMPONENT: "cbv-context-component",
        Vocabulary.MEASUREMENT_TYPE: "gs1-context-measurement-type",
        Vocabulary.SENSOR_ALERT_TYPE: "gs1-context-sensor-alert-type",
    }
    for vocabulary, name in files.items():
        terms = json.loads((folder / f"{name}.jsonld").read_bytes())["@context"]
        prefixes = {key: value for key, value in terms.items() if key in {"cbv", "gs1"}}
        words = {k: v for k, v in terms.items() if k not in prefixes and not k.startswith("@")}
        assert set(WORDS[vocabulary].words) == set(words), vocabulary
        for word, short in words.items():
            prefix, _, local = short.partition(":")
            assert bare_word(vocabulary, short) == word
            assert bare_word(vocabulary, prefixes[prefix] + local) == word
        assert len(set(long_forms(vocabulary))) == len(WORDS[vocabulary].words) * len(WORDS[vocabulary].longer)


def _at(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value
