from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.provenance.entry import EntryKind, InvalidEntry, log_entry, parse_entry

DIGESTS = st.binary(min_size=32, max_size=32)


@given(st.sampled_from(EntryKind), DIGESTS)
def test_an_entry_is_canonical_json_and_reads_back(kind: EntryKind, sha256: bytes) -> None:
    raw = log_entry(kind, sha256)
    assert raw == rfc8785.dumps({"sha256": sha256.hex(), "kind": kind.value})
    entry = parse_entry(raw)
    assert (entry.kind, entry.sha256) == (kind, sha256)


def test_the_kinds_are_those_of_the_format() -> None:
    assert {kind.value for kind in EntryKind} == {
        *("event", "receipt", "refused", "void", "key", "erasure", "audit", "recall", "case")
    }


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_digest_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        log_entry(EntryKind.EVENT, bytes(size))


@given(st.data())
def test_any_changed_byte_makes_another_entry_or_none(data: st.DataObject) -> None:
    raw = bytearray(log_entry(EntryKind.EVENT, bytes(range(32))))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        entry = parse_entry(bytes(raw))
    except InvalidEntry:
        return
    assert log_entry(entry.kind, entry.sha256) == bytes(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b'{"kind":"event"}',
        log_entry(EntryKind.EVENT, bytes(32)).replace(b"event", b"unknown"),
        log_entry(EntryKind.EVENT, bytes(32)) + b"\n",
        log_entry(EntryKind.EVENT, b"\xab" * 32).replace(b"ab", b"AB"),
        json.dumps({"kind": "event", "sha256": bytes(32).hex()}).encode(),
        json.dumps({"sha256": bytes(32).hex(), "kind": "event"}, separators=(",", ":")).encode(),
        json.dumps({"kind": "event", "sha256": bytes(32).hex(), "who": "x"}, separators=(",", ":")).encode(),
    ],
)
def test_nothing_else_is_an_entry(raw: bytes) -> None:
    with pytest.raises(InvalidEntry):
        parse_entry(raw)
