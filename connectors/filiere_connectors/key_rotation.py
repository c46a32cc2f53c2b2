"""Replace the connector's key by a new one: signed by both, without asking anybody, whole at any crash.

    secrets/key.pem          signs
    secrets/key.pem.next     will sign
    .filiere/rotation.json   the statement that is being sent: while it is there nothing else may sign

1. Nothing that the old key signed waits. 2. The new key and the statement are on disk. 3. The instance admits the
statement; the same bytes again get the same answer. 4. The spool begins the new key's chain. 5. The new key's file
takes the place of the old one's, which is kept aside. Each step is done again where a crash came before the next.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from filiere_connectors import key_sentences as say
from filiere_connectors.client import Client
from filiere_connectors.delivery import Clock, microseconds
from filiere_connectors.known_keys import KnownKeys
from filiere_connectors.signing_key import load_signing_key, write_signing_key
from filiere_connectors.spool import open_spool
from filiere_connectors.workspace import Workspace, lacking, sole_runner, write_whole
from filiere_schemas.provenance.key_statements import sign_key_rotation
from filiere_schemas.provenance.keys import Algorithm, PublicKey, SigningKey


def rotate_key(workspace: Workspace, client: Client, *, clock: Clock, algorithm: Algorithm | None = None) -> PublicKey:
    """Replace the key, or finish what a crash has left; gives the new key.

    Raises:
        WorkspaceProblem: the workspace lacks something, another run holds it, or records of the old key wait.
        ServerAway: nothing is lost; run it again.
        ServerRefused: the instance does not admit it: the key has ended, or its member is suspended.
    """
    trust = workspace.trust()
    next_path = following_path(workspace)
    with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
        if not workspace.rotation_path.exists():
            waiting = spool.counts()["queued"]
            if waiting:
                raise lacking(say.ROTATION_WAITS, count=waiting)
            previous = load_signing_key(workspace)
            spool.identify(member=workspace.member, kid=previous.public.thumbprint, origin=trust.origin)
            following = _following(workspace, next_path, algorithm or previous.public.alg)
            statement = sign_key_rotation(
                previous=previous,
                following=following,
                issuer=workspace.member,
                origin=trust.origin,
                rotated_at=microseconds(clock()),
            )
            _begin(workspace, statement, following.public.thumbprint)
        statement, kid = _begun(workspace)
        known = KnownKeys.read(workspace)
        known.note_statement(statement)  # before it is sent: a watch beside must not take it for a thief's
        known.save(workspace)
        client.rotate(statement.decode())
        known.kids.add(kid)
        known.save(workspace)
        spool.begin_chain(kid)
        _put_in_place(workspace, next_path, kid)
        workspace.rotation_path.unlink()
    return load_signing_key(workspace).public


def following_path(workspace: Workspace) -> Path:
    """Where the key that follows lies until it is in place."""
    return workspace.key_path.with_name(f"{workspace.key_path.name}.next")


def _following(workspace: Workspace, path: Path, algorithm: Algorithm) -> SigningKey:
    if not path.exists():
        write_signing_key(workspace, path, SigningKey.generate(algorithm))
    return load_signing_key(workspace, path)


def _begin(workspace: Workspace, statement: bytes, kid: str) -> None:
    document = {"kid": kid, "statement": statement.decode("ascii")}
    write_whole(workspace.rotation_path, json.dumps(document).encode())


def _begun(workspace: Workspace) -> tuple[bytes, str]:
    found = json.loads(workspace.rotation_path.read_text(encoding="utf-8"))
    return found["statement"].encode(), found["kid"]


def _put_in_place(workspace: Workspace, next_path: Path, kid: str) -> None:
    if not next_path.exists():  # a crash came after
        return
    ended = workspace.key_path.parent / "ended"
    ended.mkdir(mode=0o700, exist_ok=True)
    kept = ended / f"before-{kid}.pem"
    kept.unlink(missing_ok=True)
    os.link(workspace.key_path, kept)
    next_path.replace(workspace.key_path)
