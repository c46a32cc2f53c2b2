"""Witnesses of the log, as publishing needs them: who must have seen a head before it is served.

A head that its witnesses have not seen is signed and kept in the anchor, and shown to nobody else: what it covers stays
*stored* until enough of them have cosigned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from filiere_platform.domain.publication import KnownHead, ReadFile
from filiere_schemas.problems import Refusal


class Unwitnessed(Refusal):
    """Too few witnesses answer, or have cosigned: publication waits for them."""


class Witnesses(Protocol):
    """Those who cosign the log's heads (`outbound.witnesses.PolicyWitnesses`)."""

    def known_heads(self) -> Sequence[KnownHead]:
        """Give the heads of this log that they have kept; nothing that contradicts one may be signed.

        Raises:
            Unwitnessed: too few have answered to know that no greater head was served.
        """

    def suffice(self, note: bytes) -> bool:
        """Say whether enough of them have cosigned a signed head."""

    def cosign(self, note: bytes, read: ReadFile) -> bytes:
        """Give a signed head with the cosignatures of enough of them; `read` reads the tiles that prove it.

        Raises:
            Unwitnessed: too few have cosigned it by now.
        """


class NoWitnesses:
    """Nobody has to have seen a head: no policy is set."""

    def known_heads(self) -> Sequence[KnownHead]:
        """Give none."""
        return ()

    def suffice(self, note: bytes) -> bool:  # noqa: ARG002 - nobody is asked about it
        """Say yes."""
        return True

    def cosign(self, note: bytes, read: ReadFile) -> bytes:  # noqa: ARG002 - nothing has to be proved
        """Give the head as it is."""
        return note


NO_WITNESSES = NoWitnesses()
