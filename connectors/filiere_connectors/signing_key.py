"""The connector's private key: a file of its owner alone, or a key that never leaves its token.

key = "file:secrets/key.pem"
passphrase = "env:NAME" | "file:PATH" | "prompt"        in filiere.toml; left out: the file is not encrypted

key = "pkcs11:token=NAME;object=NAME"
pkcs11_module = "/usr/lib/..."                          where the address has no ?module-path=
pkcs11_pin = "env:NAME" | "file:PATH" | "prompt"
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from filiere_connectors import key_sentences, token_sentences
from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.token_uri import SCHEME, TokenUri
from filiere_connectors.workspace import Workspace, lacking, write_private
from filiere_schemas.provenance.keys import Algorithm, PrivateKey, SigningKey, UnreadablePrivateKey

if TYPE_CHECKING:
    from filiere_connectors.token_key import TokenAccess

_OTHERS = 0o077


def is_on_token(reference: str) -> bool:
    """Whether a reference to a key is the address of one on a token."""
    return reference.startswith(SCHEME)


def load_signing_key(workspace: Workspace, reference: str | None = None) -> PrivateKey:
    """Open the workspace's key, or the one at another reference.

    Raises:
        WorkspaceProblem: it is absent, others may read it, it does not open, or its token does not answer.
    """
    reference = reference or workspace.key
    if not is_on_token(reference):
        return _read_file(workspace, reference)
    from filiere_connectors.token_key import open_token_key

    return open_token_key(TokenUri.parse(reference), token_access(workspace))


def make_key(workspace: Workspace, *, reference: str | None = None, algorithm: Algorithm | None = None) -> PrivateKey:
    """Make a signing key where the workspace's is, or at another reference; an existing one is never replaced.

    Without an algorithm it is Ed25519 in a file, and ES256 on a token.

    Raises:
        WorkspaceProblem: there is one already, the passphrase is absent, the token does not answer, or it has no
            such algorithm.
    """
    reference = reference or workspace.key
    if is_on_token(reference):
        if algorithm not in {None, Algorithm.ES256}:
            raise lacking(token_sentences.TOKEN_ALGORITHM, found=algorithm)
        from filiere_connectors.token_key import make_token_key

        return make_token_key(TokenUri.parse(reference), token_access(workspace))
    key = SigningKey.generate(algorithm or Algorithm.ED25519)
    path = workspace.key_path(reference)
    try:
        write_private(path, key.to_pem(passphrase_of(workspace)))
    except FileExistsError as error:
        raise lacking(sentences.KEY_EXISTS, file=path.name) from error
    return key


def has_key(workspace: Workspace, reference: str) -> bool:
    """Say whether there is a key at a reference, or on a token anything of its name.

    Raises:
        WorkspaceProblem: the token does not answer.
    """
    if not is_on_token(reference):
        return workspace.key_path(reference).exists()
    from filiere_connectors.token_key import has_token_key

    return has_token_key(TokenUri.parse(reference), token_access(workspace))


def passphrase_of(workspace: Workspace) -> bytes | None:
    """Resolve the reference to the passphrase; None where the workspace names none.

    Raises:
        WorkspaceProblem: what it refers to is absent or empty.
    """
    return _secret(workspace, workspace.passphrase, "passphrase: ").encode() if workspace.passphrase else None


def token_access(workspace: Workspace) -> TokenAccess:
    """Gather what opens the tokens of a workspace.

    Raises:
        WorkspaceProblem: the workspace does not say where the PIN is, or it is absent there.
    """
    from filiere_connectors.token_key import TokenAccess

    reference = workspace.pkcs11_pin
    if not reference:
        raise lacking(token_sentences.PIN_UNNAMED)
    pin = _secret(workspace, reference, "PIN: ")
    return TokenAccess(module=workspace.pkcs11_module, pin=pin, pin_reference=reference)


def _read_file(workspace: Workspace, reference: str) -> SigningKey:
    path = workspace.key_path(reference)
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


def _secret(workspace: Workspace, reference: str, question: str) -> str:
    kind, _, name = reference.partition(":")
    found = ""
    if kind == "env":
        found = os.environ.get(name, "")
    elif kind == "file":
        path = workspace.folder / name
        found = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    elif sys.stdin.isatty():
        from getpass import getpass

        found = getpass(question)
    if not found:
        raise lacking(sentences.SECRET_ABSENT, reference=reference)
    return found
