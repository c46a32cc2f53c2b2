"""Signed notes: a text and the signatures of the parties that stand by it.

    <text, ending with a line end>
    <empty line>
    — <name> <base64 of key id and signature>

Sources: C2SP signed-note, v1 (format, key id, type 0x01); C2SP tlog-cosignature, v1 (type 0x04).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64_strict, sentences
from filiere_schemas.provenance.keys import BadSignature, InvalidKey, PublicKey, SigningKey

MAX_NOTE_BYTES: Final = 65_536  # a checkpoint with a hundred cosignatures takes about 15 kB
MAX_SIGNATURES: Final = 100
KEY_ID_BYTES: Final = 4

_SIGNATURE_LINE: Final = re.compile(r"\u2014 (\S+) (\S+)")  # an em dash, as the format demands
# Spaces as Unicode has them, and "+", which separates the parts of a verifier key.
_NAME: Final = re.compile(r"[^\s+]{1,255}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteKeyType(IntEnum):
    """What a note key signs."""

    ED25519 = 0x01  # the text
    COSIGNATURE = 0x04  # the text and the time at which it was seen


class InvalidNote(Refusal):
    """Bytes that are not a signed note."""


class InvalidVerifierKey(Refusal):
    """A text that is not a verifier key."""


class NoteUnsigned(Refusal):
    """A note without the signature that was required."""


class BadNoteSignature(Refusal):
    """A note that bears a signature of a known key that does not hold: somebody forged or damaged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: bytes
    blob: bytes  # the signature, with its time for a cosignature


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A parsed note; its signatures are not verified."""

    text: bytes  # ends with a line end; what is signed
    signatures: tuple[NoteSignature, ...]

    def bears(self, key: VerifierKey) -> bool:
        """Say whether a line claims to be by a key; it is not verified."""
        return any(line.name == key.name and line.key_id == key.key_id for line in self.signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whom one trusts: a name, a kind of signature and an Ed25519 key. Its text form is `name+id+key`."""

    name: str
    public: PublicKey
    type: NoteKeyType = NoteKeyType.ED25519

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise _invalid_verifier_key(self.name)

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._typed_key()).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64_strict.encode(self._typed_key())}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read the text form.

        Raises:
            InvalidVerifierKey: another form, an unknown type, a key id that is not the key's, or an unusable key.
        """
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            typed = base64_strict.decode(encoded)
            key = cls(name, PublicKey.from_raw(typed[1:]), NoteKeyType(typed[0]))
        except (ValueError, IndexError, InvalidKey) as error:
            raise _invalid_verifier_key(text) from error
        if str(key) != text.strip() or key.key_id.hex() != key_id:
            raise _invalid_verifier_key(text)
        return key

    def _typed_key(self) -> bytes:
        return bytes([self.type]) + self.public.raw


def parse_note(raw: bytes) -> Note:
    """Read a signed note, without verifying it.

    Raises:
        InvalidNote: it has another form.
    """
    if len(raw) > MAX_NOTE_BYTES:
        raise _invalid_note()
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _invalid_note() from error
    # The last empty line ends the text: a text may hold empty lines itself.
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or _CONTROL.search(whole):
        raise _invalid_note()
    signatures = tuple(_parse_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise _invalid_note()
    return Note(text=(text + "\n").encode(), signatures=signatures)


def format_note(note: Note) -> bytes:
    """Write a note as `parse_note` reads it."""
    lines = (f"\u2014 {line.name} {base64_strict.encode(line.key_id + line.blob)}\n" for line in note.signatures)
    return note.text + b"\n" + "".join(lines).encode()


def sign_note(text: bytes, *, name: str, key: SigningKey) -> bytes:
    """Sign a text as a note; the same text and key give the same bytes.

    Raises:
        ValueError: the text does not end with a line end, or cannot stand in a note.
        TypeError: the key is not Ed25519.
    """
    verifier = VerifierKey(name, key.public)
    note = text + b"\n" + _signature_line(verifier, key.sign(text))
    try:
        if parse_note(note).text != text:
            raise ValueError("expected a text without an empty last line")
    except InvalidNote as error:
        raise ValueError("expected a text of whole lines without control characters") from error
    return note


def countersign_note(raw: bytes, *, name: str, key: SigningKey) -> bytes:
    """Add another signature of the same kind to a note, as a log that changes its key does for a while.

    Raises:
        InvalidNote: the bytes are not a note, or would be none with the signature.
    """
    signed = raw + _signature_line(VerifierKey(name, key.public), key.sign(parse_note(raw).text))
    parse_note(signed)
    return signed


def cosign_note(raw: bytes, *, name: str, key: SigningKey, seen_at: int) -> bytes:
    """Add a cosignature that says at what time (seconds since 1970) a witness saw the note's text.

    Raises:
        InvalidNote: the bytes are not a note.
    """
    verifier = VerifierKey(name, key.public, NoteKeyType.COSIGNATURE)
    text = parse_note(raw).text
    blob = seen_at.to_bytes(8, "big") + key.sign(_cosigned(text, seen_at))
    return raw + _signature_line(verifier, blob)


def verify_note(note: Note, key: VerifierKey) -> tuple[NoteSignature, ...]:
    """Verify every signature that a key has on a note, and that it has one; lines of other keys are ignored.

    Raises:
        NoteUnsigned: none is by this key.
        BadNoteSignature: one by this key does not hold.
    """
    own = tuple(s for s in note.signatures if s.name == key.name and s.key_id == key.key_id)
    if not own:
        raise NoteUnsigned([Problem(sentence=sentences.NOTE_UNSIGNED, values={"name": key.name})])
    for signature in own:
        _verify_signature(note, signature, key)
    return own


def cosigned_at(note: Note, key: VerifierKey) -> int:
    """Verify a witness's cosignature and give the earliest time it states, in seconds since 1970.

    Raises:
        NoteUnsigned: the witness has not cosigned.
        BadNoteSignature: its cosignature does not hold.
        TypeError: the key is not a cosignature key.
    """
    if key.type is not NoteKeyType.COSIGNATURE:
        raise TypeError("expected a cosignature key, found a note key")
    return min(int.from_bytes(signature.blob[:8], "big") for signature in verify_note(note, key))


def _verify_signature(note: Note, signature: NoteSignature, key: VerifierKey) -> None:
    message, blob = note.text, signature.blob
    if key.type is NoteKeyType.COSIGNATURE:
        message, blob = _cosigned(note.text, int.from_bytes(blob[:8], "big")), blob[8:]
    try:
        key.public.verify(blob, message)
    except BadSignature as error:
        raise BadNoteSignature([Problem(sentence=sentences.BAD_NOTE_SIGNATURE, values={"name": key.name})]) from error


def _cosigned(text: bytes, seen_at: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % seen_at + text


def _signature_line(key: VerifierKey, blob: bytes) -> bytes:
    return f"\u2014 {key.name} {base64_strict.encode(key.key_id + blob)}\n".encode()


def _parse_signature(line: str) -> NoteSignature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if not match or not _NAME.fullmatch(match[1]):
        raise _invalid_note()
    try:
        blob = base64_strict.decode(match[2])
    except ValueError as error:
        raise _invalid_note() from error
    if len(blob) <= KEY_ID_BYTES:
        raise _invalid_note()
    return NoteSignature(name=match[1], key_id=blob[:KEY_ID_BYTES], blob=blob[KEY_ID_BYTES:])


def _invalid_note() -> InvalidNote:
    return InvalidNote([Problem(sentence=sentences.BAD_NOTE)])


def _invalid_verifier_key(found: str) -> InvalidVerifierKey:
    return InvalidVerifierKey([Problem(sentence=sentences.BAD_VERIFIER_KEY, values={"found": found})])
