"""The proof of one entry reads in one way, and leads to one head."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.bundles import LOG, ORIGIN, TRUST
from filiere_schemas.provenance.checkpoint import sign_checkpoint, verify_checkpoint
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.merkle import InvalidProof, inclusion_proof, leaf_hash, root
from filiere_schemas.provenance.tlog_proof import (
    InvalidTlogProof,
    TlogProof,
    format_tlog_proof,
    parse_tlog_proof,
    verify_tlog_proof,
)

ENTRIES = [log_entry(EntryKind.EVENT, bytes([number]) * 32) for number in range(21)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
HEAD = sign_checkpoint(ORIGIN, len(LEAVES), root(LEAVES), LOG)


def a_proof(index: int = 5, *, extra: bytes | None = None) -> TlogProof:
    def node(level: int, number: int) -> bytes:
        return root(LEAVES[number << level : (number + 1) << level])

    return TlogProof(index=index, hashes=tuple(inclusion_proof(index, len(LEAVES), node)), checkpoint=HEAD, extra=extra)


def test_a_proof_reads_line_by_line_as_the_standard_says() -> None:
    proof = a_proof(extra=b"more")
    lines = format_tlog_proof(proof).decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra bW9yZQ==", "index 5"]
    assert [base64.b64decode(line) for line in lines[3 : lines.index("")]] == list(proof.hashes)
    assert "\n".join(lines[lines.index("") + 1 :]).encode() == HEAD


@given(st.integers(0, len(LEAVES) - 1), st.none() | st.binary(max_size=50))
def test_a_proof_comes_back_and_proves_its_own_entry_and_no_other(index: int, extra: bytes | None) -> None:
    proof = parse_tlog_proof(format_tlog_proof(a_proof(index, extra=extra)))
    assert proof == a_proof(index, extra=extra)
    checkpoint = verify_checkpoint(proof.checkpoint, TRUST.log)
    verify_tlog_proof(proof, ENTRIES[index], checkpoint)
    with pytest.raises(InvalidProof):
        verify_tlog_proof(proof, ENTRIES[index - 1], checkpoint)


GOOD = format_tlog_proof(a_proof())
OTHER_TEXTS = {
    "another version": GOOD.replace(b"@v1", b"@v2"),
    "no index": GOOD.replace(b"index 5\n", b""),
    "a leading zero": GOOD.replace(b"index 5", b"index 05"),
    "a sign": GOOD.replace(b"index 5", b"index +5"),
    "a carriage return": GOOD.replace(b"index 5\n", b"index 5\r\n"),
    "a hash without padding": GOOD.replace(b"=\n", b"\n", 1),
    "a short hash": GOOD.replace(b"index 5\n", b"index 5\nAAAA\n"),
    "an unknown line": GOOD.replace(b"index 5\n", b"index 5\nmore\n"),
    "extra behind the index": GOOD.replace(b"index 5\n", b"index 5\nextra AAAA\n"),
    "extra twice": GOOD.replace(b"index 5\n", b"extra AAAA\nextra AAAA\nindex 5\n"),
    "no empty line": GOOD.replace(b"\n\n", b"\n"),
    "more hashes than any log needs": GOOD.replace(b"index 5\n", b"index 5\n" + (b"A" * 43 + b"=\n") * 64),
    "no text": b"\xff\n\n",
    "nothing": b"",
}


@pytest.mark.parametrize("what", OTHER_TEXTS)
def test_what_is_written_otherwise_is_no_proof(what: str) -> None:
    assert OTHER_TEXTS[what] != GOOD
    with pytest.raises(InvalidTlogProof):
        parse_tlog_proof(OTHER_TEXTS[what])
