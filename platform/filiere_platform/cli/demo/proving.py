"""Prove a lot in one file, and show that the proof can fail: a flipped byte, a trust file of somebody else."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import KnownLog, Policy
from filiere_schemas.provenance.trust import Trust, write_trust
from filiere_schemas.provenance.verify_cli import verify

_RECORD_LINE: Final = re.compile(r" {4,}\d")  # of which there are hundreds; steps are indented less


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The files, and the exit status of `filiere-verify` on each: 0 holds, 1 does not hold."""

    bundle: Path
    trust: Path
    holds: int
    altered: int
    wrong_trust: int
    said: str  # by filiere-verify, without its line for each record

    @property
    def is_convincing(self) -> bool:
        """Whether the true one holds and the false ones do not."""
        return (self.holds, self.altered, self.wrong_trust) == (0, 1, 1)


def prove(content: bytes, trust: Trust, folder: Path) -> Proof:
    """Write the bundle and the trust file, verify them, and verify the two false ones."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle, altered = folder / "lot.zip", folder / "lot-altered.zip"
    trusted, stranger = folder / "trust.txt", folder / "trust-of-a-stranger.txt"
    bundle.write_bytes(content)
    altered.write_bytes(_one_byte_else(content))
    trusted.write_bytes(write_trust(trust))
    other = VerifierKey(trust.origin, SigningKey.generate().public)
    stranger.write_bytes(write_trust(replace(trust, policy=Policy(logs=(KnownLog(key=other),)))))
    holds, said = _verify(bundle, trusted)
    return Proof(
        bundle=bundle,
        trust=trusted,
        holds=holds,
        altered=_verify(altered, trusted)[0],
        wrong_trust=_verify(bundle, stranger)[0],
        said=said,
    )


def _one_byte_else(content: bytes) -> bytes:
    """Change one bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _verify(bundle: Path, trust: Path) -> tuple[int, str]:
    """Run `filiere-verify`; gives its exit status and what it said."""
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        status = verify([str(bundle), "--trust", str(trust)])
    lines = said.getvalue().splitlines()
    return status, "\n".join(line for line in lines if not _RECORD_LINE.match(line))
