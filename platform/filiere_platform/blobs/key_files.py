"""The instance's own signing keys, one PEM file each, readable by their owner alone.

Three keys with three duties: the log's signs checkpoints, the receipt key signs what the platform states (receipts,
refusals, attestations), the registrar's registers members' keys and may stay offline. None stands in for another.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from filiere_schemas.provenance.keys import SigningKey

OWNER_ONLY = 0o600
OTHERS = 0o077


class Duty(StrEnum):
    """What one of the instance's keys signs."""

    LOG = "log"
    RECEIPT = "receipt"
    REGISTRAR = "registrar"


class KeyFileError(Exception):
    """A key file is missing or unsafe; the message says which and what to do."""


def create_keys(folder: Path) -> list[Duty]:
    """Create the keys that are missing, and say which; an existing key is never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    created = []
    for duty in Duty:
        try:
            # O_EXCL: two `filiere init` at once cannot give the instance two keys for one duty.
            descriptor = os.open(_path(folder, duty), os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(SigningKey.generate().to_pem())
            file.flush()
            os.fsync(file.fileno())
        created.append(duty)
    return created


def is_here(folder: Path, duty: Duty) -> bool:
    """Say whether a key is kept in this folder, readable or not."""
    return _path(folder, duty).exists()


def load_key(folder: Path, duty: Duty) -> SigningKey:
    """Load one key.

    Raises:
        KeyFileError: it is missing, or others than its owner may read it.
    """
    path = _path(folder, duty)
    try:
        mode = path.stat().st_mode
        pem = path.read_bytes()
    except OSError as error:
        msg = f"cannot read the {duty} key {path}: {error.strerror}; `filiere init` creates it"
        raise KeyFileError(msg) from None
    if mode & OTHERS:
        msg = f"{path} may be read by others (mode {mode & 0o777:o}); `chmod 600 {path}` and consider it stolen"
        raise KeyFileError(msg)
    return SigningKey.from_pem(pem)


def _path(folder: Path, duty: Duty) -> Path:
    return folder / f"{duty}.pem"
