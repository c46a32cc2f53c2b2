from __future__ import annotations

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

import independent_log
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.cose_receipt import (
    LARGEST,
    InvalidCoseReceipt,
    sign_cose_receipt,
    verify_cose_receipt,
)
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.keys import BadSignature, SigningKey
from filiere_schemas.provenance.merkle import inclusion_proof, leaf_hash, root
from filiere_schemas.provenance.note import VerifierKey

ORIGIN = "log.example.org/sector"
KEY, OTHER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))
LOG = VerifierKey(ORIGIN, KEY.public)


def entry(number: int) -> bytes:
    return log_entry(EntryKind.EVENT, number.to_bytes(32, "big"))


def a_receipt(index: int, size: int, key: SigningKey = KEY, origin: str = ORIGIN) -> bytes:
    leaves = [leaf_hash(entry(number)) for number in range(size)]
    proof = inclusion_proof(index, size, lambda level, at: root(leaves[at << level : (at + 1) << level]))
    return sign_cose_receipt(
        index=index, proof=proof, checkpoint=Checkpoint(origin=origin, size=size, root=root(leaves)), key=key
    )


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_a_receipt_proves_its_own_entry_and_no_other(place: tuple[int, int]) -> None:
    index, size = place
    receipt = a_receipt(index, size)
    proved = verify_cose_receipt(receipt, entry(index), LOG)
    assert (proved.index, proved.size) == (index, size)
    with pytest.raises(Refusal):
        verify_cose_receipt(receipt, entry(index + 1), LOG)


def test_a_stranger_reads_it_from_the_standards_alone() -> None:
    # RFC 9942, 5.2 and RFC 9052, 4.4, with a CBOR reader, hashlib and a signature library; none of our code.
    receipt = a_receipt(17, 20)
    tag = cbor2.loads(receipt)
    protected, unprotected, payload, signature = tag.value
    header = cbor2.loads(protected)
    assert (tag.tag, payload) == (18, None)
    assert header == {1: -19, 4: LOG.key_id, 15: {1: ORIGIN}, 395: 1, "size": 20}
    (inclusion,) = unprotected[396][-1]
    size, index, path = cbor2.loads(inclusion)
    assert (size, index, len(path)) == (20, 17, 3)  # the shape of the standard's own example
    nodes = [independent_log.hashlib.sha256(b"\0" + entry(number)).digest() for number in range(20)]
    signed = cbor2.dumps(["Signature1", protected, b"", independent_log.tree_root(nodes)])
    public = Ed25519PublicKey.from_public_bytes(KEY.public.raw)
    public.verify(signature, signed)
    with pytest.raises(InvalidSignature):
        public.verify(signature, signed[:-1] + bytes([signed[-1] ^ 1]))


def test_every_flipped_bit_fails() -> None:
    receipt = a_receipt(5, 9)
    for position in range(len(receipt)):
        for bit in range(8):
            forged = bytearray(receipt)
            forged[position] ^= 1 << bit
            with pytest.raises(Refusal):
                verify_cose_receipt(bytes(forged), entry(5), LOG)


def test_a_receipt_of_another_log_or_key_is_refused() -> None:
    with pytest.raises(InvalidCoseReceipt) as refused:
        verify_cose_receipt(a_receipt(5, 9, origin="log.example.org/other"), entry(5), LOG)
    assert refused.value.problems[0].code == "cose-issuer"
    with pytest.raises(InvalidCoseReceipt) as refused:
        verify_cose_receipt(a_receipt(5, 9, key=OTHER), entry(5), LOG)
    assert refused.value.problems[0].code == "cose-issuer"


def test_a_head_that_the_log_never_signed_is_refused() -> None:
    tag = cbor2.loads(a_receipt(0, 1))
    forged = cbor2.CBORTag(18, [*tag.value[:3], OTHER.sign(b"anything")])
    with pytest.raises(BadSignature):
        verify_cose_receipt(cbor2.dumps(forged, canonical=True), entry(0), LOG)


@pytest.mark.parametrize(
    "receipt",
    [
        b"",
        b"\xff",
        b"\x9f" * 5_000,
        b"\xd2" * 3_000 + b"\x00",
        bytes(LARGEST + 1),
        cbor2.dumps({1: 2}),
        cbor2.dumps(cbor2.CBORTag(18, [])),
        cbor2.dumps(cbor2.CBORTag(18, [b"", {396: {-1: [b""]}}, None, b""])),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps([]), {396: {-1: [cbor2.dumps([])]}}, None, b""])),
    ],
)
def test_anything_else_is_refused_by_name(receipt: bytes) -> None:
    with pytest.raises(InvalidCoseReceipt) as refused:
        verify_cose_receipt(receipt, entry(0), LOG)
    assert refused.value.problems[0].code == "cose-form"


def test_one_value_has_one_encoding() -> None:
    tag = cbor2.loads(a_receipt(5, 9))
    longer = b"\xd8\x12" + cbor2.dumps(tag.value, canonical=True)  # the tag in two bytes instead of one
    assert cbor2.loads(longer).tag == 18
    with pytest.raises(InvalidCoseReceipt):
        verify_cose_receipt(longer, entry(5), LOG)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    with pytest.raises(InvalidCoseReceipt):
        verify_cose_receipt(raw, entry(0), LOG)
