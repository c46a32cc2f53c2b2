"""The published vectors of the event hash: our text and our hash of each event are theirs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from builders.conformance import conformance_folder
from builders.judged import Judge
from filiere_schemas.epcis.document import read_document
from filiere_schemas.epcis.event_hash import event_hash, fields_to_ignore, pre_hash
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.provenance.strict_json import strict_loads

# Published texts that do not give their own published hash: cut in pieces, of another event, or of an older edition.
FAULTY_TEXTS = {
    "epcisDocWithAllGS1Keys",
    "epcisDocWithCustomSchemaInContext",
    "epcisDocWithDefaultSchemaInContext",
}


def _vectors(suffix: str) -> list[Path]:
    return sorted((conformance_folder() / "event-hash").glob(f"*{suffix}"))


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line]


def test_every_published_hash_is_ours(judge: Judge) -> None:
    paths = _vectors(".jsonld")
    assert len(paths) == 22
    for path in paths:
        note = "its published pre-hash is not the text of its published hash" if path.stem in FAULTY_TEXTS else ""
        with judge("event hash, JSON-LD", path.name, note=note):
            raw = path.read_bytes()
            events = [strict_loads(event) for event in read_document(raw).events]
            ignored = fields_to_ignore(json.loads(raw))
            assert all(read_event(event) for event in events)
            assert [event_hash(event, ignored=ignored) for event in events] == _lines(path.with_suffix(".hashes"))
            if path.with_suffix(".prehashes").exists() and path.stem not in FAULTY_TEXTS:
                texts = [pre_hash(event, ignored=ignored) for event in events]
                assert texts == _lines(path.with_suffix(".prehashes"))


def test_only_a_faulty_text_gives_another_hash_than_the_published_one() -> None:
    faulty = {
        path.stem
        for path in _vectors(".prehashes")
        if path.with_suffix(".hashes").exists()
        and [_named(text) for text in _lines(path)] != _lines(path.with_suffix(".hashes"))
    }
    assert faulty == FAULTY_TEXTS


def _named(text: str) -> str:
    return f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"
