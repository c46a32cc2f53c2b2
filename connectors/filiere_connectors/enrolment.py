"""Make a workspace, its key, and the instance's acceptance of that key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.client import Client
from filiere_connectors.known_keys import KnownKeys
from filiere_connectors.profile import note_profile
from filiere_connectors.signing_key import load_signing_key
from filiere_connectors.spool import open_spool
from filiere_connectors.workspace import (
    FILE,
    Workspace,
    lacking,
    open_workspace,
    sole_runner,
    write_private,
    write_whole,
)
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.keys import PrivateKey, PublicKey
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What the instance says of itself, and whether the key still waits for the registrar, who signs elsewhere."""

    instance: dict[str, Any]
    is_pending: bool


def waiting_token(workspace: Workspace) -> str | None:
    """The one-time token of an enrolment that waits for the registrar; None where none does."""
    if not workspace.enrolment_path.exists():
        return None
    return str(json.loads(workspace.enrolment_path.read_text(encoding="utf-8"))["token"])


def enrol(
    workspace: Workspace,
    *,
    enrolment_token: str,
    api_token: str | None,
    label: str = "",
    new_chain: bool = False,
) -> Enrolled:
    """Register the key with a one-time token, and note what the instance signs with; again while it is pending.

    `new_chain` is for a spool that was restored from a backup, and a key that was made anew for it.

    The instance's keys are taken from its own answer, over TLS: a sector body that hands out a trust file puts it in
    place of what is written here. Gives the instance's description.

    Raises:
        WorkspaceProblem: there is no key.
        ServerAway: the instance does not answer.
        ServerRefused: the token is used or unknown, or the key is another's.
        ServerOdd: the instance does not describe itself.
    """
    key = load_signing_key(workspace)
    with Client(workspace.url) as client:
        instance = client.instance()
        try:
            VerifierKey.parse(instance["logVerifierKey"])
            PublicKey.from_jwk(instance["receiptKey"])
            origin = str(instance["logOrigin"])
        except (KeyError, TypeError) as error:
            raise client.odd(error) from error
        proof = _proof(workspace, key, token=enrolment_token, origin=origin)
        is_pending = client.enrol(enrolment_token, proof, label=label).get("status") == "pending"
    if api_token is not None and workspace.token.startswith("file:"):
        path = workspace.folder / workspace.token.removeprefix("file:")
        path.unlink(missing_ok=True)
        write_private(path, api_token.encode())
    write_whole(workspace.trust_path, json.dumps(instance, indent=2).encode())
    note_profile(workspace, instance)
    known = KnownKeys.read(workspace)
    if not is_pending:
        known.kids.add(key.public.thumbprint)
        known.save(workspace)
        if new_chain:
            with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
                spool.begin_chain(key.public.thumbprint)
        workspace.enrolment_path.unlink(missing_ok=True)
    return Enrolled(instance=instance, is_pending=is_pending)


def _proof(workspace: Workspace, key: PrivateKey, *, token: str, origin: str) -> str:
    """Prove possession; the same proof again for the same key and token, whatever the key's signatures are like."""
    path = workspace.enrolment_path
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if (found["token"], found["kid"]) == (token, key.public.thumbprint):
            return str(found["proof"])
        path.unlink()
    digest = hashlib.sha256(token.encode()).digest()
    proof = sign_enrolment_proof(key=key, issuer=workspace.member, token_sha256=digest, origin=origin).decode()
    write_private(path, json.dumps({"token": token, "kid": key.public.thumbprint, "proof": proof}).encode())
    return proof
