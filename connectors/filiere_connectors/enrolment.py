"""Make a workspace, its key, and the instance's acceptance of that key."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.client import Client
from filiere_connectors.profile import note_profile
from filiere_connectors.workspace import FILE, Workspace, lacking, open_workspace, write_private, write_whole
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.statements import sign_enrolment_proof

_TEMPLATE = """\
# {comment}
member = {member}
url = {url}
token = "file:secrets/token"      # file:... | env:...
key = "file:secrets/key.pem"
"""
_COMMENTS = "L'espace de travail du connecteur. Aucun secret ici : seulement où ils se trouvent."


def make_workspace(folder: Path, *, member: str, url: str) -> Workspace:
    """Write `filiere.toml` and the folders beside it.

    Raises:
        InvalidIdentifier: the member's URI is not one.
        WorkspaceProblem: there is a workspace already.
        InvalidFlow: the address is not one that a connector may send to.
    """
    canonical_key(member)
    path = folder / FILE
    if path.exists():
        raise lacking(sentences.WORKSPACE_EXISTS, file=str(path))
    text = _TEMPLATE.format(comment=_COMMENTS, member=json.dumps(member), url=json.dumps(url))
    write_whole(path, text.encode())
    try:
        workspace = open_workspace(folder)
    except Exception:
        path.unlink()
        raise
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    return workspace


def make_key(workspace: Workspace) -> PublicKey:
    """Make the signing key; an existing one is never replaced.

    Raises:
        WorkspaceProblem: there is one already.
    """
    key = SigningKey.generate()
    try:
        write_private(workspace.key_path, key.to_pem())
    except FileExistsError as error:
        raise lacking(sentences.KEY_EXISTS, file=workspace.key_path.name) from error
    return key.public


def enrol(workspace: Workspace, *, enrolment_token: str, api_token: str | None) -> dict[str, Any]:
    """Register the key with a one-time token, and note what the instance signs with.

    The instance's keys are taken from its own answer, over TLS: a sector body that hands out a trust file puts it in
    place of what is written here. Gives the instance's description.

    Raises:
        WorkspaceProblem: there is no key.
        ServerAway: the instance does not answer.
        ServerRefused: the token is used or unknown, or the key is another's.
        ServerOdd: the instance does not describe itself.
    """
    path = workspace.key_path
    if not path.exists():
        raise lacking(sentences.NO_KEY, file=path.name)
    key = SigningKey.from_pem(path.read_bytes())
    with Client(workspace.url) as client:
        instance = client.instance()
        try:
            VerifierKey.parse(instance["logVerifierKey"])
            PublicKey.from_jwk(instance["receiptKey"])
            origin = str(instance["logOrigin"])
        except (KeyError, TypeError) as error:
            raise client.odd(error) from error
        digest = hashlib.sha256(enrolment_token.encode()).digest()
        proof = sign_enrolment_proof(key=key, issuer=workspace.member, token_sha256=digest, origin=origin)
        client.enrol(enrolment_token, proof.decode())
    if api_token is not None and workspace.token.startswith("file:"):
        path = workspace.folder / workspace.token.removeprefix("file:")
        path.unlink(missing_ok=True)
        write_private(path, api_token.encode())
    write_whole(workspace.trust_path, json.dumps(instance, indent=2).encode())
    note_profile(workspace, instance)
    return instance
