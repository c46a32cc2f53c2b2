"""The instance's own keys, and everything that is built of them alone."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

from filiere_platform.api import instance as instance_routes
from filiere_platform.blobs import key_files
from filiere_platform.blobs.key_files import Duty
from filiere_platform.blobs.log_keys import LogKeyFiles
from filiere_platform.blobs.own_keys import OwnKeys
from filiere_platform.domain.instance import Instance
from filiere_platform.settings import Settings
from filiere_platform.usecases.capture import Clock
from filiere_platform.worker.signing import LogSigning
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import KnownLog
from filiere_schemas.provenance.trust import Trust


@dataclass(frozen=True, kw_only=True)
class InstanceKeys:
    """What an open instance does with its own keys; the platform adds all the rest."""

    settings: Settings
    instance: Instance
    clock: Clock

    def key(self, duty: Duty) -> SigningKey:
        """Load one of the instance's own keys."""
        return self.own_keys.load(duty)

    @functools.cached_property
    def own_keys(self) -> OwnKeys:
        """The instance's own keys."""
        return OwnKeys(folder=self.settings.keys_dir, passphrase=self.settings.passphrase)

    def public_key(self, duty: Duty) -> PublicKey:
        """Load the public part of one of the instance's own keys; a scratch copy has no other."""
        return self.own_keys.require_public(duty)

    def trust(self) -> Trust:
        """Give what somebody who verifies needs; of the log both keys, while one follows the other."""
        logs = tuple(KnownLog(key=verifier) for verifier in self.log_verifiers())
        return Trust(
            policy=replace(self.log_signing.policy, logs=logs),
            registrar=self.public_key(Duty.REGISTRAR),
            receipt=self.public_key(Duty.RECEIPT),
        )

    @functools.cached_property
    def log_keys(self) -> LogKeyFiles:
        """The log's key, and the one that follows it during an overlap."""
        return self.own_keys.log_files()

    @functools.cached_property
    def log_signing(self) -> LogSigning:
        """Who signs the log, and who must have seen what is signed."""
        return LogSigning(origin=self.instance.origin, keys=self.log_keys, policy=self.settings.witness_policy)

    def log_verifiers(self) -> tuple[VerifierKey, ...]:
        """Give the public keys of the log; a scratch copy has the one that was first when its backup was made."""
        if key_files.is_here(self.settings.keys_dir, Duty.LOG):
            return self.log_signing.verifiers()
        return (VerifierKey(self.instance.origin, self.public_key(Duty.LOG)),)

    def _public_keys(self) -> instance_routes.PublicKeys:
        log_key, receipt_key = (self.own_keys.held(duty) for duty in (Duty.LOG, Duty.RECEIPT))
        return instance_routes.PublicKeys(
            log_verifier=str(VerifierKey(self.instance.origin, log_key.public)) if log_key else None,
            receipt=receipt_key.public if receipt_key else None,
            registrar=self.own_keys.public(Duty.REGISTRAR),
        )

    def _held_trust(self) -> Trust | None:
        """Give the public keys that a verifier needs; None where one of them is not on this machine."""
        return self.trust() if self.own_keys.can_be_trusted() else None
