"""What a record's proof adds for whoever knows only the trust file: the log's entries on the key that signed.

It travels in the `extra` line of a `.tlog-proof`, which programs of others skip. Canonical JSON:

    {"keys": [{"index": 3, "proof": ["<hexadecimal>", ...], "statement": "<compact JWS>"}, ...]}

An attested record needs none: the platform's key is in the trust file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from filiere_schemas.provenance import fields
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import digest_of
from filiere_schemas.provenance.strict_json import strict_loads


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """An entry and its own way to the root."""

    entry: LoggedEntry
    hashes: tuple[bytes, ...]


def write_signer_extra(keys: Sequence[ProvenEntry]) -> bytes:
    """Write the entries of a key, ascending."""
    lines = [
        {
            "index": each.entry.index,
            "proof": [node.hex() for node in each.hashes],
            "statement": (each.entry.body or b"").decode("ascii"),
        }
        for each in keys
    ]
    return canonicalize({"keys": lines})


def read_signer_extra(raw: bytes) -> tuple[ProvenEntry, ...]:
    """Read the entries of a key; nothing of them is verified.

    Raises:
        InvalidJson: it is no JSON with a single reading.
        InvalidStatement: it is JSON of another form.
    """
    payload = strict_loads(raw)
    return fields.each(payload if type(payload) is dict else {}, "keys", _entry)


def _entry(line: Mapping[str, Any]) -> ProvenEntry:
    body = fields.text(line, "statement").encode()
    hashes = line.get("proof")
    nodes = hashes if type(hashes) is list else [""]
    proof = tuple(fields.digest({"proof": node}, "proof") for node in nodes)
    entry = LoggedEntry(index=fields.whole(line, "index"), kind=EntryKind.KEY, sha256=digest_of(body), body=body)
    return ProvenEntry(entry=entry, hashes=proof)
