"""Who signs the log now, and who must have seen what is signed before it is served."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from filiere_platform.blobs.log_keys import LogKeyFiles
from filiere_platform.outbound.witnesses import reach, read_policy
from filiere_platform.usecases.publish import Signer
from filiere_platform.usecases.witnessing import NO_WITNESSES, Witnesses
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import Policy


class LogSigning:
    """The log's keys as they are at each moment, and the witnesses of its policy; nobody where there is none."""

    def __init__(self, *, origin: str, keys: LogKeyFiles, policy: str) -> None:
        """Name the log, its keys and the path of its policy, empty where there is none."""
        self._origin = origin
        self._keys = keys
        self._policy = policy

    @functools.cached_property
    def policy(self) -> Policy:
        """Read who must have seen a head.

        Raises:
            InvalidPolicy: it cannot be read, or is none.
        """
        return read_policy(Path(self._policy)) if self._policy else Policy()

    @functools.cached_property
    def witnesses(self) -> Witnesses:
        """Reach the witnesses; nobody is asked yet.

        Raises:
            InvalidPolicy: the policy is about other logs, or its quorum is out of reach.
        """
        return reach(self.policy, self._own) if self._policy else NO_WITNESSES

    def verifiers(self) -> tuple[VerifierKey, ...]:
        """Give the public keys of who signs now."""
        return self._own().verifiers

    def signer(self) -> Signer:
        """Give who signs checkpoints now; cheap where nothing has changed since the last time."""
        return replace(self._own(), witnesses=self.witnesses)

    def _own(self) -> Signer:
        keys = self._keys.read()
        return Signer(origin=self._origin, key=keys.key, next_key=keys.next_key)
