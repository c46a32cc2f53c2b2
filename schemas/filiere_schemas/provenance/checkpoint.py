"""Checkpoints: signed heads of the log, and what a witness adds to them.

    <origin>
    <size>
    <root in base64>

The origin names the log for ever and is the name of the key that signs. Checkpoints carry no extension lines.

Source: C2SP tlog-checkpoint, v1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64_strict, sentences
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import EMPTY_ROOT, HASH_SIZE
from filiere_schemas.provenance.note import VerifierKey, parse_note, sign_note, verify_note

MAX_SIZE: Final = 2**63 - 1  # entries; what every implementation counts

_TEXT: Final = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]+)\n")


class InvalidCheckpoint(Refusal):
    """A note whose text is not a checkpoint."""


class WrongOrigin(Refusal):
    """A checkpoint of another log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A head of the log: its first `size` entries hash to `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64_strict.encode(self.root)}\n".encode()


def sign_checkpoint(origin: str, size: int, root: bytes, key: SigningKey) -> bytes:
    """Sign a head as the log; the same head gives the same bytes.

    Raises:
        InvalidCheckpoint: the size or the root is out of range.
        InvalidVerifierKey: the origin cannot name a key (it has a space or a plus sign).
        TypeError: the key is not Ed25519.
    """
    checkpoint = Checkpoint(origin=origin, size=size, root=root)
    parse_checkpoint_text(checkpoint.text)
    return sign_note(checkpoint.text, name=origin, key=key)


def verify_checkpoint(raw: bytes, key: VerifierKey, *others: VerifierKey) -> Checkpoint:
    """Verify a checkpoint under the log's key and read it. Lines by unknown keys are ignored.

    A log that changes its key signs with both for a while: who knows `others` of its keys, too, believes any of them.

    1. The bytes are a signed note. 2. One of the keys signed it, and each signature by any of them holds. 3. The text
    is a checkpoint. 4. Its origin is the key's name. The caller still decides whether it extends the heads that it
    knows, and how many witnesses it wants (`note.cosigned_at`).

    Raises:
        InvalidNote: step 1.
        NoteUnsigned: step 2.
        BadNoteSignature: step 2.
        InvalidCheckpoint: step 3.
        WrongOrigin: step 4.
    """
    note = parse_note(raw)
    signing = [one for one in (key, *others) if note.bears(one)] or [key]
    for one in signing:
        verify_note(note, one)
    checkpoint = parse_checkpoint_text(note.text)
    if any(checkpoint.origin != one.name for one in signing):
        values = {"expected": key.name, "found": checkpoint.origin}
        raise WrongOrigin([Problem(sentence=sentences.WRONG_ORIGIN, values=values)])
    return checkpoint


def parse_checkpoint_text(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint.

    Raises:
        InvalidCheckpoint: another form, a size beyond 2^63-1, or a root that cannot be that of its size.
    """
    try:
        match = _TEXT.fullmatch(text.decode())
        root = base64_strict.decode(match[3]) if match else b""
    except ValueError as error:  # a UnicodeDecodeError is one too
        raise _invalid() from error
    if match is None or len(root) != HASH_SIZE or int(match[2]) > MAX_SIZE:
        raise _invalid()
    if match[2] == "0" and root != EMPTY_ROOT:
        raise _invalid()
    return Checkpoint(origin=match[1], size=int(match[2]), root=root)


def _invalid() -> InvalidCheckpoint:
    return InvalidCheckpoint([Problem(sentence=sentences.BAD_CHECKPOINT)])
