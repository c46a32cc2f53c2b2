"""A statement about records, as it is kept beside the tiles: what a database that lost it is given back.

Kept are the entries of every kind but events and attested events: they hold no payload, there are few of them, and
nobody but the platform may have them: a refusal whose sender threw it away, a key's registration, an erasure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from filiere_schemas.provenance.entry import EntryKind

KEPT = frozenset(EntryKind) - {EntryKind.EVENT, EntryKind.RECEIPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement with its place; `member` is the URI of whose record it is, `kid` the key it speaks of."""

    index: int
    kind: EntryKind
    stored_at: int
    member: str | None
    kid: str | None
    body: bytes

    def as_line(self) -> str:
        """Write it as one line of JSON."""
        return json.dumps(
            {
                "index": self.index,
                "kind": self.kind.value,
                "stored": self.stored_at,
                "member": self.member,
                "kid": self.kid,
                "jws": self.body.decode("ascii"),
            },
            separators=(",", ":"),
        )


def read_line(line: str) -> Statement:
    """Read a line back.

    Raises:
        ValueError: it is no such line.
    """
    try:
        value = json.loads(line)
        return Statement(
            index=int(value["index"]),
            kind=EntryKind(value["kind"]),
            stored_at=int(value["stored"]),
            member=value["member"],
            kid=value["kid"],
            body=str(value["jws"]).encode("ascii"),
        )
    except (KeyError, TypeError) as error:
        msg = f"not a statement's line: {error}"
        raise ValueError(msg) from error
