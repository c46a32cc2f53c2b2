"""Replace the connector's key by a new one: signed by both, without asking anybody, whole at any crash.

    secrets/key.pem          signs; or a key on a token, as `key` in filiere.toml says
    secrets/key.pem.next     will sign; or a key on a token, as .filiere/following.txt says
    .filiere/rotation.json   the statement that is being sent: while it is there nothing else may sign

1. Nothing that the old key signed waits. 2. The new key and the statement are on disk, or the key on its token. 3. The
instance admits the statement; the same bytes again get the same answer. 4. The spool begins the new key's chain. 5. The
new key's file takes the place of the old one's, which is kept aside; or filiere.toml names the new key, and the old one
stays on its token. Each step is done again where a crash came before the next.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

from filiere_connectors import key_sentences as say
from filiere_connectors import token_sentences
from filiere_connectors.client import Client
from filiere_connectors.delivery import Clock, microseconds
from filiere_connectors.key_reference import following_uri, set_key_reference
from filiere_connectors.known_keys import KnownKeys
from filiere_connectors.signing_key import has_key, is_on_token, load_signing_key, make_key
from filiere_connectors.spool import open_spool
from filiere_connectors.token_uri import TokenUri
from filiere_connectors.workspace import Workspace, lacking, sole_runner, write_whole
from filiere_schemas.provenance.key_statements import sign_key_rotation
from filiere_schemas.provenance.keys import Algorithm, PrivateKey, PublicKey

_NEXT: Final = ".next"
_ID_SIZE: Final = 8  # bytes of CKA_ID: nothing else on the token has it


def rotate_key(
    workspace: Workspace,
    client: Client,
    *,
    clock: Clock,
    algorithm: Algorithm | None = None,
    onto: TokenUri | None = None,
) -> PublicKey:
    """Replace the key, or finish what a crash has left; gives the new key.

    The new key is made where the old one is, or on the token `onto`.

    Raises:
        WorkspaceProblem: the workspace lacks something, another run holds it, records of the old key wait, or a
            token does not answer.
        ServerAway: nothing is lost; run it again.
        ServerRefused: the instance does not admit it: the key has ended, or its member is suspended.
    """
    trust = workspace.trust()
    with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
        if not workspace.rotation_path.exists():
            waiting = spool.counts()["queued"]
            if waiting:
                raise lacking(say.ROTATION_WAITS, count=waiting)
            previous = load_signing_key(workspace)
            spool.identify(member=workspace.member, kid=previous.public.thumbprint, origin=trust.origin)
            reference, following = _following(workspace, previous, algorithm, onto)
            statement = sign_key_rotation(
                previous=previous,
                following=following,
                issuer=workspace.member,
                origin=trust.origin,
                rotated_at=microseconds(clock()),
            )
            _begin(workspace, statement, following.public.thumbprint, reference)
        statement, kid, reference = _begun(workspace)
        known = KnownKeys.read(workspace)
        known.note_statement(statement)  # before it is sent: a watch beside must not take it for a thief's
        known.save(workspace)
        client.rotate(statement.decode())
        known.kids.add(kid)
        known.save(workspace)
        spool.begin_chain(kid)
        workspace = _put_in_place(workspace, reference, kid)
        _note_path(workspace).unlink(missing_ok=True)
        workspace.rotation_path.unlink()
    return load_signing_key(workspace).public


def _following(
    workspace: Workspace, previous: PrivateKey, algorithm: Algorithm | None, onto: TokenUri | None
) -> tuple[str, PrivateKey]:
    """Make the key that follows, or take the one that a crash has left; gives its reference, too.

    On a token, what was chosen is noted before it is made: an object of that name could be another connector's.
    """
    note = _note_path(workspace)
    if note.exists():
        reference = note.read_text(encoding="utf-8")
    elif onto is None and not is_on_token(workspace.key):
        reference = f"{workspace.key}{_NEXT}"
    else:
        chosen = onto or following_uri(workspace, TokenUri.parse(workspace.key))
        if has_key(workspace, str(chosen)):
            raise lacking(token_sentences.TOKEN_KEY_EXISTS, uri=chosen)
        reference = str(replace(chosen, id=chosen.id or secrets.token_bytes(_ID_SIZE)))
        write_whole(note, reference.encode())
    if has_key(workspace, reference):
        return reference, load_signing_key(workspace, reference)
    same = None if is_on_token(reference) else previous.public.alg
    return reference, make_key(workspace, reference=reference, algorithm=algorithm or same)


def _note_path(workspace: Workspace) -> Path:
    """What was chosen of the key that follows, on a token."""
    return workspace.state / "following.txt"


def _begin(workspace: Workspace, statement: bytes, kid: str, reference: str) -> None:
    document = {"kid": kid, "statement": statement.decode("ascii"), "key": reference}
    write_whole(workspace.rotation_path, json.dumps(document).encode())


def _begun(workspace: Workspace) -> tuple[bytes, str, str]:
    found = json.loads(workspace.rotation_path.read_text(encoding="utf-8"))
    return found["statement"].encode(), found["kid"], found.get("key", f"{workspace.key}{_NEXT}")


def _put_in_place(workspace: Workspace, reference: str, kid: str) -> Workspace:
    if is_on_token(reference):
        if not is_on_token(workspace.key) and workspace.key_path().exists():  # else a crash came after
            workspace.key_path().replace(_kept_aside(workspace, kid))
        return set_key_reference(workspace, reference)
    next_path = workspace.key_path(reference)
    if next_path.exists():  # else a crash came after
        kept = _kept_aside(workspace, kid)
        kept.unlink(missing_ok=True)
        os.link(workspace.key_path(), kept)
        next_path.replace(workspace.key_path())
    return workspace


def _kept_aside(workspace: Workspace, kid: str) -> Path:
    """Where the file of a key stays when it has ended."""
    ended = workspace.key_path().parent / "ended"
    ended.mkdir(mode=0o700, exist_ok=True)
    return ended / f"before-{kid}.pem"
