"""End the connector's own key, by its own signature: at once, without asking anybody, and for ever.

.filiere/revocation.json   the statement that is being sent; the same bytes again get the same answer

It takes no place in the key's chain, so that it does not wait for a run that is under way.
"""

from __future__ import annotations

import json

from filiere_connectors import key_sentences as say
from filiere_connectors.client import Client, ServerRefused
from filiere_connectors.delivery import Clock, microseconds
from filiere_connectors.known_keys import KnownKeys
from filiere_connectors.signing_key import load_signing_key
from filiere_connectors.workspace import Workspace, lacking, write_whole
from filiere_schemas.provenance.key_statements import RevocationReason, sign_key_revocation


def revoke_own_key(
    workspace: Workspace, client: Client, *, reason: RevocationReason, suspect_from: int | None, clock: Clock
) -> tuple[str, int]:
    """Revoke the key that signs here; gives its thumbprint and the index of the log's entry that says so.

    Where a crash, or an instance that was away, has left a revocation of this key, that one is sent.

    Raises:
        WorkspaceProblem: the workspace lacks something, or its key is being replaced.
        ServerAway: the statement is kept; run it again.
        ServerRefused: the instance does not admit it: the key has ended already.
    """
    if workspace.rotation_path.exists():
        raise lacking(say.ROTATION_UNFINISHED)
    origin = workspace.trust().origin
    key = load_signing_key(workspace)
    kid = key.public.thumbprint
    path = workspace.state / "revocation.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if kept.get("kid") == kid:
        statement = str(kept["statement"]).encode()
    else:
        statement = sign_key_revocation(
            kid=kid,
            issuer=workspace.member,
            reason=reason,
            suspect_from=suspect_from,
            key=key,
            origin=origin,
            revoked_at=microseconds(clock()),
        )
        write_whole(path, json.dumps({"kid": kid, "statement": statement.decode("ascii")}).encode())
    known = KnownKeys.read(workspace)
    known.note_statement(statement)  # before it is sent: a watch beside must not take it for a stranger's
    known.save(workspace)
    try:
        index = int(client.revoke(statement.decode())["index"])
    except ServerRefused:
        path.unlink()  # it will never be admitted, and another one may be
        raise
    path.unlink()
    return kid, index
