"""Rows that are derived without the checks that admitted a record are those that are derived with them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given

from builders.event_strategies import valid_events
from builders.instance import seeded_key
from filiere_platform.domain.derived_rows import derive_admitted_rows, derive_rows
from filiere_platform.domain.record import KIND_CODES, RecordRow
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import sign_event

URI = "urn:filiere:party:duns:150483782"
KEY = seeded_key("dairy")


def record_of(payload: bytes, disclosures: bytes | None = None) -> RecordRow:
    body = sign_event(
        payload, key=KEY, issuer=URI, seq=1, prev=bytes(32), issued_at=datetime(2026, 3, 1, tzinfo=UTC), audience="log"
    )
    kind = KIND_CODES[EntryKind.EVENT]
    return RecordRow(7, kind, hashlib.sha256(body).digest(), 0, 1, 1, body, disclosures)


def derived(derive: Any, record: RecordRow) -> Any:
    try:
        return derive(record, member_uri=URI)
    except Refusal as refusal:
        return [problem.code for problem in refusal.problems]


@given(valid_events())
def test_the_rows_are_the_same(value):
    record = record_of(orjson.dumps(value))
    assert derived(derive_admitted_rows, record) == derived(derive_rows, record)


@given(valid_events())
def test_they_are_the_same_of_an_event_without_an_id(value):
    record = record_of(orjson.dumps({name: each for name, each in value.items() if name != "eventID"}))
    assert derived(derive_admitted_rows, record) == derived(derive_rows, record)


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"7", b"not json", b'{"type": "ObjectEvent", "_sd": []}'])
def test_what_was_never_admitted_is_refused_by_both(payload):
    record = record_of(payload)._replace(sha256=bytes(32))
    assert derived(derive_admitted_rows, record) == derived(derive_rows, record)
