"""The instance's own keys as one process has them: some are here, some are kept elsewhere."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from filiere_platform.blobs import key_files
from filiere_platform.blobs.key_files import Duty
from filiere_platform.blobs.log_keys import LogKeyFiles
from filiere_platform.domain.session import session_secret
from filiere_platform.usecases.keys import Registrar
from filiere_schemas.provenance.keys import PublicKey, SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """A folder of keys, with what opens them."""

    folder: Path
    passphrase: bytes | None

    def load(self, duty: Duty) -> SigningKey:
        """Load a key.

        Raises:
            KeyFileError: it is missing, unsafe, or does not open.
        """
        return key_files.load_key(self.folder, duty, passphrase=self.passphrase)

    def held(self, duty: Duty) -> SigningKey | None:
        """Load a key; None where it is kept elsewhere."""
        return self.load(duty) if key_files.is_here(self.folder, duty) else None

    def public(self, duty: Duty) -> PublicKey | None:
        """Give the public part of a key, wherever the key is; None where nothing of it is here."""
        return key_files.load_public(self.folder, duty, passphrase=self.passphrase)

    def require_public(self, duty: Duty) -> PublicKey:
        """Give the public part of a key.

        Raises:
            KeyFileError: nothing of it is here.
        """
        return self.public(duty) or self.load(duty).public

    def log_files(self) -> LogKeyFiles:
        """Give the log's key, and the one that follows it during an overlap; it remembers what it has opened."""
        load = functools.partial(key_files.load_key, duty=Duty.LOG, passphrase=self.passphrase)
        return LogKeyFiles(self.folder, load)

    def registrar(self) -> Registrar | None:
        """Give whose signature admits keys, with the key where it is on this machine; None where nobody is known."""
        public = self.public(Duty.REGISTRAR)
        return None if public is None else Registrar(public=public, key=self.held(Duty.REGISTRAR))

    def can_be_trusted(self) -> bool:
        """Whether every public key that a verifier needs is here."""
        return all(self.public(duty) for duty in Duty)

    def session_secret(self) -> bytes | None:
        """Derive what seals the pages' sessions from the receipts' key; None where it is kept elsewhere."""
        key = self.held(Duty.RECEIPT)
        return None if key is None else session_secret(key.to_pem())
