"""The connector's private key: a file of its owner alone, encrypted where a passphrase is named.

key = "file:secrets/key.pem"
passphrase = "env:NAME" | "file:PATH" | "prompt"        in filiere.toml; left out: the file is not encrypted
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from filiere_connectors import key_sentences
from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.workspace import Workspace, lacking, write_private
from filiere_schemas.provenance.keys import Algorithm, PublicKey, SigningKey, UnreadablePrivateKey

_OTHERS = 0o077


def load_signing_key(workspace: Workspace, path: Path | None = None) -> SigningKey:
    """Open the workspace's key, or another key file of it.

    Raises:
        WorkspaceProblem: it is absent, others may read it, or it does not open.
    """
    path = path or workspace.key_path
    if not path.exists():
        raise lacking(sentences.NO_KEY, file=path.name)
    mode = stat.S_IMODE(path.stat().st_mode)
    if sys.platform != "win32" and mode & _OTHERS:
        raise lacking(key_sentences.KEY_READABLE, file=path.name, mode=f"{mode:o}")
    pem = path.read_bytes()
    try:
        return SigningKey.from_pem(pem, passphrase_of(workspace) if b"ENCRYPTED PRIVATE KEY" in pem else None)
    except UnreadablePrivateKey as error:
        raise lacking(key_sentences.KEY_LOCKED, file=path.name) from error


def write_signing_key(workspace: Workspace, path: Path, key: SigningKey) -> None:
    """Write a new key file, encrypted where the workspace names a passphrase.

    Raises:
        FileExistsError: there is one already.
        WorkspaceProblem: the passphrase is absent.
    """
    write_private(path, key.to_pem(passphrase_of(workspace)))


def make_key(workspace: Workspace, *, algorithm: Algorithm = Algorithm.ED25519) -> PublicKey:
    """Make the signing key; an existing one is never replaced.

    Raises:
        WorkspaceProblem: there is one already, or the passphrase is absent.
    """
    key = SigningKey.generate(algorithm)
    try:
        write_signing_key(workspace, workspace.key_path, key)
    except FileExistsError as error:
        raise lacking(sentences.KEY_EXISTS, file=workspace.key_path.name) from error
    return key.public


def passphrase_of(workspace: Workspace) -> bytes | None:
    """Resolve the reference to the passphrase; None where the workspace names none.

    Raises:
        WorkspaceProblem: what it refers to is absent or empty.
    """
    kind, _, name = workspace.passphrase.partition(":")
    if not kind:
        return None
    found = ""
    if kind == "env":
        found = os.environ.get(name, "")
    elif kind == "file":
        path = workspace.folder / name
        found = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    elif sys.stdin.isatty():
        from getpass import getpass

        found = getpass("passphrase: ")
    if not found:
        raise lacking(sentences.SECRET_ABSENT, reference=workspace.passphrase)
    return found.encode()
