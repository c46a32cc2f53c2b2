"""One entry of the log: what kind of statement, and the digest of its bytes. Never the payload, never who.

The digest is written in lower-case hexadecimal, as `sha256sum` prints it: an auditor compares by eye.
The entry is canonical JSON by construction and is what the tree hashes as a leaf.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import sentences

DIGEST_SIZE = 32  # bytes of a SHA-256 digest

_ENTRY = re.compile(rb'\{"kind":"([a-z]+)","sha256":"([0-9a-f]{64})"\}')


class EntryKind(StrEnum):
    """What the digest of an entry stands for."""

    EVENT = "event"  # the compact JWS of a member's event, without disclosures
    RECEIPT = "receipt"  # the platform's attestation of an event that came unsigned
    REFUSED = "refused"  # the platform's signed refusal
    VOID = "void"  # a member's statement that it discarded an event before it was stored
    KEY = "key"  # a key registered, rotated or revoked
    ERASURE = "erasure"  # a payload or disclosures removed under a rule
    AUDIT = "audit"  # an act of the instance's own people
    RECALL = "recall"  # a recall opened, widened or closed
    CASE = "case"  # a step of a notice, a certificate or an order


class InvalidEntry(Refusal):
    """Bytes that are not a log entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A log entry as read; `sha256` is 32 bytes."""

    kind: EntryKind
    sha256: bytes


def log_entry(kind: EntryKind, sha256: bytes) -> bytes:
    """Write the entry of a statement's digest.

    Raises:
        ValueError: the digest is not 32 bytes.
    """
    if len(sha256) != DIGEST_SIZE:
        raise ValueError(f"expected a digest of {DIGEST_SIZE} bytes, found {len(sha256)}")
    return f'{{"kind":"{kind}","sha256":"{sha256.hex()}"}}'.encode()


def parse_entry(raw: bytes) -> LogEntry:
    """Read an entry back.

    Raises:
        InvalidEntry: the bytes are not exactly what `log_entry` writes for a known kind.
    """
    match = _ENTRY.fullmatch(raw)
    kind = match and _KINDS.get(match[1])
    if not match or not kind:
        raise InvalidEntry([Problem(sentence=sentences.BAD_LOG_ENTRY)])
    return LogEntry(kind=kind, sha256=bytes.fromhex(match[2].decode()))


_KINDS = {kind.value.encode(): kind for kind in EntryKind}
