"""A log as a database gives it to the publisher, in memory, and one run of a publisher over it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from filiere_platform.domain.publication import KnownHead
from filiere_platform.domain.record import LogHead
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.publish import Published, Signer, gather, publish
from filiere_platform.usecases.resume import resume
from filiere_schemas.provenance.keys import SigningKey

SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
SIGNER = Signer(origin="log.example.org/sector", key=SigningKey.from_seed(SEED))
KINDS = (1, 2, 5)


@dataclass
class StoredLog:
    """A log as a database would give it; `capture` appends, the rest of it is what goes wrong with databases."""

    rows: list[tuple[int, bytes]] = field(default_factory=list)

    def capture(self, count: int, *, branch: str = "main") -> None:
        for index in range(len(self.rows), len(self.rows) + count):
            self.rows.append((KINDS[index % 3], hashlib.sha256(f"{branch} {index}".encode()).digest()))

    def head(self) -> LogHead:
        """The head; like a real one, it tells two histories of one size apart by the time of the last commit."""
        size = len(self.rows)
        return LogHead(size=size, grants=size, nodes=0, directory_version=1, stored_at=hash(tuple(self.rows[-1:])))

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, int, bytes]]:
        for index, (kind, sha256) in enumerate(self.rows[start:stop], start):
            yield index, kind, sha256


def run(
    log: StoredLog,
    files: TileFolder,
    last: Published | None = None,
    *,
    known: Sequence[KnownHead] = (),
    signer: Signer = SIGNER,
) -> Published:
    """One run of a publisher: as the worker does it."""
    with files.exclusive() as holds:
        assert holds
        last = last or resume(log, files, signer, known)
        gathered = gather(log, last, signer)
        return publish(gathered, last, files, signer) if gathered else last
