"""The instance's own signing keys, one PEM file each, readable by their owner alone.

Three keys with three duties: the log's signs checkpoints, the receipt key signs what the platform states (receipts,
refusals, attestations), the registrar's registers members' keys and may stay offline. None stands in for another.

Where the registrar's key is elsewhere its public part stays, `registrar.pub.json`: with it the instance verifies what
was signed there, and never makes a second registrar.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.keys import PublicKey, SigningKey, UnreadablePrivateKey
from filiere_schemas.provenance.strict_json import strict_loads

OWNER_ONLY = 0o600
OTHERS = 0o077


class Duty(StrEnum):
    """What one of the instance's keys signs."""

    LOG = "log"
    RECEIPT = "receipt"
    REGISTRAR = "registrar"


class KeyFileError(Exception):
    """A key file is missing or unsafe; the message says which and what to do."""


class KeyFileExistsError(KeyFileError):
    """A key file that was to be written is there already."""


def create_keys(folder: Path, *, passphrase: bytes | None = None) -> list[Duty]:
    """Create the keys that are missing, and say which; an existing key is never replaced.

    With a passphrase they are encrypted (PKCS #8). A registrar whose public part is here is elsewhere, and not missing.

    Raises:
        KeyFileError: the registrar's key was taken elsewhere, and its public part with it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The registrar's first: where the log's key is here and no registrar is, it was taken elsewhere.
    public = _public_path(folder, Duty.REGISTRAR)
    if is_here(folder, Duty.LOG) and not (is_here(folder, Duty.REGISTRAR) or public.exists()):
        msg = f"no registrar in {folder}: give the public part of its key with `filiere init --registrar FILE`"
        raise KeyFileError(msg)
    created = []
    for duty in (Duty.REGISTRAR, Duty.LOG, Duty.RECEIPT):
        if duty is Duty.REGISTRAR and public.exists():
            continue
        try:
            # O_EXCL: two `filiere init` at once cannot give the instance two keys for one duty.
            write_key_file(_path(folder, duty), SigningKey.generate(), passphrase=passphrase)
        except KeyFileExistsError:
            continue
        created.append(duty)
    if not public.exists():
        write_public(folder, Duty.REGISTRAR, load_key(folder, Duty.REGISTRAR, passphrase=passphrase).public)
    return sorted(created, key=list(Duty).index)


def trust_registrar(folder: Path, public: PublicKey, *, passphrase: bytes | None = None) -> None:
    """Keep the registrar's public part; repeating it changes nothing.

    Raises:
        KeyFileError: another registrar is kept already.
    """
    found = load_public(folder, Duty.REGISTRAR, passphrase=passphrase)
    if found is None or found == public:
        write_public(folder, Duty.REGISTRAR, public)
    else:
        msg = f"the registrar of {folder} is {found.thumbprint}, not {public.thumbprint}: it never changes"
        raise KeyFileError(msg)


def read_public_key(raw: bytes) -> PublicKey:
    """Read a public key from the text of a JWK.

    Raises:
        InvalidJson: it is no JSON.
        InvalidKey: it is no public key.
    """
    found = strict_loads(raw)
    return PublicKey.from_jwk(found if isinstance(found, dict) else {})


def is_here(folder: Path, duty: Duty) -> bool:
    """Say whether a key is kept in this folder, readable or not."""
    return _path(folder, duty).exists()


def load_key(folder: Path, duty: Duty, *, passphrase: bytes | None = None) -> SigningKey:
    """Load one key.

    Raises:
        KeyFileError: it is missing, others than its owner may read it, or it does not open with this passphrase.
    """
    return load_key_file(_path(folder, duty), duty=duty, passphrase=passphrase)


def load_key_file(path: Path, *, duty: Duty, passphrase: bytes | None = None) -> SigningKey:
    """Load a key from a file of any name, as the registrar's on a machine of its own.

    Raises:
        KeyFileError: as `load_key`.
    """
    try:
        mode = path.stat().st_mode
        pem = path.read_bytes()
    except OSError as error:
        msg = f"cannot read the {duty} key {path}: {error.strerror}; `filiere init` creates it"
        raise KeyFileError(msg) from None
    if mode & OTHERS:
        msg = f"{path} may be read by others (mode {mode & 0o777:o}); `chmod 600 {path}` and consider it stolen"
        raise KeyFileError(msg)
    # A key that was written before a passphrase was set opens without one.
    is_encrypted = b"ENCRYPTED PRIVATE KEY" in pem
    try:
        return SigningKey.from_pem(pem, passphrase if is_encrypted else None)
    except UnreadablePrivateKey:
        hint = "set FILIERE_KEYS_PASSPHRASE_FILE" if passphrase is None else "it opens with another passphrase"
        msg = f"cannot open the {duty} key {path}: {hint if is_encrypted else 'it is no private key'}"
        raise KeyFileError(msg) from None


def write_key_file(path: Path, key: SigningKey, *, passphrase: bytes | None) -> None:
    """Write a new key file, its owner's alone.

    Raises:
        KeyFileExistsError: there is a file already.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        msg = f"{path} is there already: a key is never replaced"
        raise KeyFileExistsError(msg) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.to_pem(passphrase))
        file.flush()
        os.fsync(file.fileno())


def load_public(folder: Path, duty: Duty, *, passphrase: bytes | None = None) -> PublicKey | None:
    """Load the public part of one key: of the key itself, or as it was kept beside; None where neither is here.

    Raises:
        KeyFileError: others than its owner may read the key, it does not open, or the public part is damaged.
    """
    if is_here(folder, duty):
        return load_key(folder, duty, passphrase=passphrase).public
    path = _public_path(folder, duty)
    if not path.exists():
        return None
    try:
        return read_public_key(path.read_bytes())
    except (OSError, Refusal) as error:
        msg = f"cannot read the {duty}'s public key {path}: {error}"
        raise KeyFileError(msg) from None


def write_public(folder: Path, duty: Duty, public: PublicKey) -> None:
    """Keep the public part of a key, for when its private part is elsewhere."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _public_path(folder, duty)
    part = path.with_suffix(".part")
    part.write_bytes(canonicalize(public.jwk) + b"\n")
    part.replace(path)


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
