"""A log in memory: as many entries as one likes, signed heads of any size, proofs between them, and forks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from filiere_schemas.provenance.add_checkpoint import format_request
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import consistency_proof, leaf_hash, root
from filiere_schemas.provenance.note import VerifierKey

ORIGIN = "log.example.org/sector"
LOG_KEY = SigningKey.from_seed(b"l" * 32)
LOG = VerifierKey(ORIGIN, LOG_KEY.public)


@dataclass
class GrowingLog:
    """Entry n is `n` up to `common`, and of this branch's own making from there on."""

    branch: str = ""
    common: int = 2**62
    key: SigningKey = LOG_KEY
    origin: str = ORIGIN
    leaves: list[bytes] = field(default_factory=list)

    def head(self, size: int) -> bytes:
        self._grow(size)
        return sign_checkpoint(self.origin, size, root(self.leaves[:size]), self.key)

    def proof(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(old, new, self._node_of(new))

    def request(self, old: int, new: int) -> bytes:
        return format_request(old, self.proof(old, new), self.head(new))

    def _grow(self, size: int) -> None:
        for number in range(len(self.leaves), size):
            self.leaves.append(leaf_hash(f"{number}{self.branch if number >= self.common else ''}".encode()))

    def _node_of(self, size: int) -> Callable[[int, int], bytes]:
        self._grow(size)
        return lambda level, number: root(self.leaves[number << level : (number + 1) << level])
