"""COSE receipts: that an entry is in the log, in one CBOR object, for who reads COSE and not signed notes.

    18([ << {1: -19, 4: <key id>, 15: {1: <origin>}, 395: 1, "size": <size>} >>,
         {396: {-1: [ << [size, index, [hash, ...]] >> ]}}, null, <signature over the root> ])

The payload, the root, is detached: who verifies computes it from the entry, so that no receipt can be verified without
its entry. The log's key signs it, over bytes that cannot be taken for a checkpoint's (RFC 9052, section 4.4: they are
CBOR and begin with an array), and only for a head that it has signed as a checkpoint.

The standard signs the root and not the size; under another size the same path may lead to the same root from another
index. So the size is in the protected header, too, under a label of our own, which other verifiers pass over.

Sources: RFC 9942 (COSE Receipts), sections 4.3 and 5.2; RFC 9052, section 4; RFC 9597 (claims in headers);
RFC 9864, section 2.2 (-19, Ed25519).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cbor2

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import export_sentences as say
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import HASH_SIZE, leaf_hash, root_of
from filiere_schemas.provenance.note import VerifierKey

MEDIA_TYPE: Final = 'application/cose; cose-type="cose-sign1"'
LARGEST: Final = 8_192  # bytes: 64 hashes and their frame have 2,300
SIGN1_TAG: Final = 18
ALG, KID, CLAIMS, VDS, VDP = 1, 4, 15, 395, 396
SIZE: Final = "size"  # our own label: the size of the tree whose root is signed
ISSUER: Final = 1  # claim iss, RFC 8392
INCLUSION: Final = -1
RFC9162_SHA256: Final = 1
ED25519: Final = -19
EDDSA: Final = -8  # Ed25519's former name in COSE
_PARTS: Final = 4  # protected, unprotected, payload, signature
_MOST_HASHES: Final = 64


class InvalidCoseReceipt(Refusal):
    """Bytes that are no receipt of this form, or one of another log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoseReceipt:
    """A verified receipt: the entry's index, and the size of the log under whose head it stands."""

    index: int
    size: int


def sign_cose_receipt(*, index: int, proof: Sequence[bytes], checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Sign that the entry at an index is under a head that was published; `proof` is its inclusion proof there.

    RFC 9942 wants at least one hash in a path. The only entry of a log of one has none: its receipt has an empty path.
    """
    verifier = VerifierKey(checkpoint.origin, key.public)
    protected = _encode(
        {
            ALG: ED25519,
            KID: verifier.key_id,
            CLAIMS: {ISSUER: checkpoint.origin},
            VDS: RFC9162_SHA256,
            SIZE: checkpoint.size,
        }
    )
    inclusion = _encode([checkpoint.size, index, list(proof)])
    signature = key.sign(_signed_bytes(protected, checkpoint.root))
    return _encode(cbor2.CBORTag(SIGN1_TAG, [protected, {VDP: {INCLUSION: [inclusion]}}, None, signature]))


def verify_cose_receipt(receipt: bytes, entry: bytes, log: VerifierKey) -> CoseReceipt:
    """Verify that an entry, as the log hashes it, is in a log.

    1. The receipt is deterministic CBOR of this form. 2. It is the log's, and of its key. 3. The proof leads from the
    entry to a root of the size that is signed. 4. The log signed that root.

    Raises:
        InvalidCoseReceipt: step 1 or 2.
        InvalidProof: step 3.
        BadSignature: step 4.
    """
    protected, inclusion, signature = _read(receipt)
    header, path = _decode(protected), _decode(inclusion)
    if not isinstance(header, dict) or header.get(ALG) not in {ED25519, EDDSA} or header.get(VDS) != RFC9162_SHA256:
        raise _form("another algorithm or another kind of tree")
    claims = header.get(CLAIMS)
    origin = claims.get(ISSUER) if isinstance(claims, dict) else None
    if origin != log.name or header.get(KID) != log.key_id:
        values = {"expected": f"{log.name} {log.key_id.hex()}", "found": f"{origin} {_hex(header.get(KID))}"}
        raise InvalidCoseReceipt([Problem(sentence=say.COSE_ISSUER, values=values)])
    size, index, hashes = _path(path)
    if header.get(SIZE) != size:
        raise _form("a proof for another size than the signed one")
    root = root_of(index=index, size=size, leaf=leaf_hash(entry), proof=hashes)
    log.public.verify(signature, _signed_bytes(protected, root))
    return CoseReceipt(index=index, size=size)


def _read(receipt: bytes) -> tuple[bytes, bytes, bytes]:
    """Step 1: the protected header, the one inclusion proof, the signature."""
    tagged = _decode(receipt) if len(receipt) <= LARGEST else None
    if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != SIGN1_TAG:
        raise _form("no COSE_Sign1")
    match tagged.value:
        case [bytes(protected), {396: {-1: [bytes(inclusion)]}}, None, bytes(signature)] if len(tagged.value[1]) == 1:
            return protected, inclusion, signature
    raise _form("another shape")


def _path(path: Any) -> tuple[int, int, list[bytes]]:
    match path:
        case [int(size), int(index), [*hashes]] if len(hashes) <= _MOST_HASHES and all(
            isinstance(each, bytes) and len(each) == HASH_SIZE for each in hashes
        ):
            return size, index, hashes
    raise _form("another kind of proof")


def _signed_bytes(protected: bytes, root: bytes) -> bytes:
    """Sig_structure of RFC 9052, section 4.4, without external data."""
    return _encode(["Signature1", protected, b"", root])


def _encode(value: Any) -> bytes:
    encoded: bytes = cbor2.dumps(value, canonical=True)
    return encoded


def _decode(raw: bytes) -> Any:
    """Read deterministic CBOR; one value has one encoding (RFC 8949, section 4.2).

    Raises:
        InvalidCoseReceipt: it is none.
    """
    try:
        value = cbor2.CBORDecoder(io.BytesIO(raw), max_depth=_PARTS * 2).decode()
        if _encode(value) == raw:
            return value
    except (cbor2.CBORError, ValueError, TypeError, EOFError, OverflowError, RecursionError) as error:
        raise _form("no CBOR") from error
    raise _form("CBOR in another encoding")


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _form(found: str) -> InvalidCoseReceipt:
    return InvalidCoseReceipt([Problem(sentence=say.COSE_FORM, values={"found": found})])
