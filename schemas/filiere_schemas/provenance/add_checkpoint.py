"""What is asked of a witness: to cosign a head, with the proof that it extends the head cosigned last.

    old <size>
    <hash in base64>       up to 63 lines
    <empty line>
    <checkpoint>

Source: C2SP tlog-witness (add-checkpoint).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import add_checkpoint_sentences as sentences
from filiere_schemas.provenance import base64_strict
from filiere_schemas.provenance.checkpoint import MAX_SIZE, Checkpoint, parse_checkpoint_text
from filiere_schemas.provenance.merkle import HASH_SIZE
from filiere_schemas.provenance.note import MAX_NOTE_BYTES, Note, parse_note

MAX_PROOF_LINES: Final = 63
MAX_REQUEST_BYTES: Final = MAX_NOTE_BYTES + 64 * 50  # a note, and the lines before it

_OLD: Final = re.compile(rb"old (0|[1-9][0-9]{0,18})")


class InvalidRequest(Refusal):
    """Bytes that are not a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request as read; nothing in it is verified."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def parse_request(body: bytes) -> AddCheckpoint:
    """Read a request.

    Raises:
        InvalidRequest: it has another form, or its old size is above the head's.
    """
    lines, separator, raw = body.partition(b"\n\n")
    first, *hashes = lines.split(b"\n")
    match = _OLD.fullmatch(first)
    if len(body) > MAX_REQUEST_BYTES or not separator or match is None or int(match[1]) > MAX_SIZE:
        raise _invalid(sentences.REQUEST_FORM)
    if len(hashes) > MAX_PROOF_LINES:
        raise _invalid(sentences.REQUEST_PROOF, limit=MAX_PROOF_LINES)
    try:
        note = parse_note(raw)
        checkpoint = parse_checkpoint_text(note.text)
        proof = tuple(base64_strict.decode(line.decode("ascii")) for line in hashes)
    except Refusal as refused:
        raise InvalidRequest(refused.problems) from refused
    except ValueError as error:
        raise _invalid(sentences.REQUEST_PROOF, limit=MAX_PROOF_LINES) from error
    if any(len(node) != HASH_SIZE for node in proof):
        raise _invalid(sentences.REQUEST_PROOF, limit=MAX_PROOF_LINES)
    old = int(match[1])
    if old > checkpoint.size:
        raise _invalid(sentences.OLD_ABOVE_NEW, old=old, new=checkpoint.size)
    return AddCheckpoint(old=old, proof=proof, note=note, checkpoint=checkpoint)


def format_request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Write a request."""
    lines = [f"old {old}", *(base64_strict.encode(node) for node in proof), "", ""]
    return "\n".join(lines).encode() + note


def _invalid(sentence: Sentence, **values: object) -> InvalidRequest:
    return InvalidRequest([Problem(sentence=sentence, values=values)])
