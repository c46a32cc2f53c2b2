"""The instance's own signing keys, one PEM file each, readable by their owner alone.

Three keys with three duties: the log's signs checkpoints, the receipt key signs what the platform states (receipts,
refusals, attestations), the registrar's registers members' keys and may stay offline. None stands in for another.
"""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path

from filiere_schemas.provenance.keys import PublicKey, SigningKey

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


def load_public(folder: Path, duty: Duty) -> PublicKey | None:
    """Load the public part of one key: of the key itself, or as a backup gave it; None where neither is here.

    Raises:
        KeyFileError: others than its owner may read the key.
    """
    if is_here(folder, duty):
        return load_key(folder, duty).public
    try:
        return PublicKey.from_jwk(json.loads(_public_path(folder, duty).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_public(folder: Path, duty: Duty, public: PublicKey) -> None:
    """Keep the public part of a key whose private part is elsewhere."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _public_path(folder, duty).write_text(json.dumps(public.jwk, sort_keys=True), encoding="utf-8")


def put_back(path: Path, content: bytes) -> None:
    """Put a key file of a backup back where none is, byte for byte, its owner's alone.

    Raises:
        FileExistsError: one is there: a key is never replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def paths(folder: Path) -> list[Path]:
    """List every key file of a folder, those that follow and those that have ended included."""
    return sorted(folder.rglob("*.pem"))


def path_of(folder: Path, duty: Duty) -> Path:
    """Where one key lies."""
    return _path(folder, duty)


def _public_path(folder: Path, duty: Duty) -> Path:
    return folder / f"{duty}.pub.json"


def _path(folder: Path, duty: Duty) -> Path:
    return folder / f"{duty}.pem"
