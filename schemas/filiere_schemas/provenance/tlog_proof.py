"""One entry's proof in a file of its own: where it stands, the way to the root, and the signed head.

    c2sp.org/tlog-proof@v1
    extra <base64>                 (optional: what the log's owner adds; nothing of it is proven by the form)
    index <n>
    <hash in base64>               (from the leaf to the root)
    <empty line>
    <checkpoint, as served, with its cosignatures>

Read as strictly as it is written: one proof, one text. Source: C2SP tlog-proof, v1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64_strict
from filiere_schemas.provenance import tlog_proof_sentences as sentences
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from filiere_schemas.provenance.note import MAX_NOTE_BYTES

SUFFIX: Final = ".tlog-proof"
FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
LONGEST_PROOF: Final = 63  # hashes; a log of 2^63 entries
LARGEST_EXTRA: Final = 1 << 20  # bytes
LARGEST_PROOF: Final = MAX_NOTE_BYTES + 2 * LARGEST_EXTRA  # bytes of a whole file

_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA: Final = "extra "


class InvalidTlogProof(Refusal):
    """Bytes that are not a proof in this form; whether a proof holds is for `verify_tlog_proof`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """A proof as read; `checkpoint` is a signed note whose signatures nobody has verified yet."""

    index: int
    hashes: tuple[bytes, ...]  # from the leaf to the root
    checkpoint: bytes
    extra: bytes | None = None


def format_tlog_proof(proof: TlogProof) -> bytes:
    """Write a proof; the same proof gives the same bytes.

    Raises:
        InvalidTlogProof: a reader would refuse it.
    """
    lines = [FIRST_LINE]
    if proof.extra is not None:
        lines.append(_EXTRA + base64_strict.encode(proof.extra))
    lines += [f"index {proof.index}", *(base64_strict.encode(each) for each in proof.hashes)]
    raw = "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint
    if parse_tlog_proof(raw) != proof:
        raise _invalid("another proof")
    return raw


def parse_tlog_proof(raw: bytes) -> TlogProof:
    """Read a proof, without verifying anything of it.

    Raises:
        InvalidTlogProof: another form, or too large.
    """
    if len(raw) > LARGEST_PROOF:
        raise _invalid(f"{len(raw)} bytes")
    head, separator, checkpoint = raw.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise _invalid(error) from error
    if not separator or lines[0] != FIRST_LINE:
        raise _invalid(lines[0])
    rest, extra = lines[1:], None
    if rest and rest[0].startswith(_EXTRA):
        extra, rest = _base64(rest[0].removeprefix(_EXTRA)), rest[1:]
    index = _INDEX.fullmatch(rest[0]) if rest else None
    if index is None or len(rest) - 1 > LONGEST_PROOF:
        raise _invalid(rest[0] if rest else "")
    hashes = tuple(_base64(line) for line in rest[1:])
    if any(len(each) != HASH_SIZE for each in hashes):
        raise _invalid("hash")
    return TlogProof(index=int(index[1]), hashes=hashes, checkpoint=checkpoint, extra=extra)


def verify_tlog_proof(proof: TlogProof, entry: bytes, checkpoint: Checkpoint) -> None:
    """Verify that an entry of the log stands at the proof's index under a head.

    The caller has verified `proof.checkpoint`, by the log's key and the witnesses that it wants, and gives what it
    read from it: a proof leads to the head that it came with, and to no other.

    Raises:
        InvalidProof: it does not.
    """
    verify_inclusion(
        index=proof.index, size=checkpoint.size, leaf=leaf_hash(entry), proof=proof.hashes, root=checkpoint.root
    )


def _base64(text: str) -> bytes:
    try:
        return base64_strict.decode(text)
    except ValueError as error:
        raise _invalid(text) from error


def _invalid(found: object) -> InvalidTlogProof:
    values = {"expected": FIRST_LINE, "found": found}
    return InvalidTlogProof([Problem(sentence=sentences.TLOG_PROOF_FORM, values=values)])
