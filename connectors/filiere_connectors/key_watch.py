"""See whether anybody else signs in the member's name: every key entry of ours in the log, against what is known here.

1. The head is signed by the log's key, and extends the last one that was seen.
2. The entries tell a history of keys that holds, under the registrar's key (`filiere_schemas...key_history`).
3. Each published entry of ours is in the log under that head, at its index.
4. Each entry of ours is one that was asked for here, or that a person accepted; and none of them is gone.

What this cannot see is an entry that the instance leaves out of `/log/keys/` for us alone. Whoever verifies a record
needs the entry of its key, from there or from a bundle, so that it is shown to somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from filiere_connectors import key_sentences as say
from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.client import Client, ServerRefused
from filiere_connectors.delivery import Disbelieved
from filiere_connectors.known_keys import KnownKeys
from filiere_connectors.workspace import Trust, Workspace
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.checkpoint import Checkpoint, verify_checkpoint
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import digest_of
from filiere_schemas.provenance.key_history import KeyHistory, read_key_history
from filiere_schemas.provenance.key_statements import REVOKE, ROTATE, KeyChange, read_key_change
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.tiles import node_reader


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One entry of our member's, verified; not yet published, it stands at its index by the instance's word alone."""

    index: int
    change: KeyChange
    statement: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What the log says of the member's keys, and what nobody here asked for."""

    history: KeyHistory
    ours: tuple[KeyEntry, ...]
    alarms: tuple[Problem, ...]


def watch_keys(workspace: Workspace, client: Client, trust: Trust) -> KeyReport:
    """Look once, steps 1 to 4, and remember the head that was seen.

    Raises:
        ServerAway: the instance does not answer.
        Disbelieved: steps 1 to 3: the log contradicts itself or what was seen before.
    """
    known = KnownKeys.read(workspace)
    listed = client.key_entries()
    try:
        history = read_key_history(listed, registrar=PublicKey.from_jwk(trust.registrar_key), origin=trust.origin)
        ours = tuple(_ours(listed, workspace.member))
        _verify_places(ours, client, trust, known)
    except (ValueError, ServerRefused) as error:
        raise _disbelieved(client, error) from error
    except Disbelieved:
        raise
    except Refusal as refused:
        if hasattr(refused, "retry_after"):  # the instance went away meanwhile
            raise
        raise _disbelieved(client, refused.problems[0]) from refused
    known.save(workspace)
    return KeyReport(history=history, ours=ours, alarms=tuple(_alarms(ours, known)))


def accept_key(workspace: Workspace, report: KeyReport, kid: str) -> int:
    """Know every entry of a key, as a person says; gives how many there are."""
    known = KnownKeys.read(workspace)
    accepted = [entry for entry in report.ours if kid in {entry.change.kid, entry.change.previous}]
    for entry in accepted:
        known.note_statement(entry.statement)
        known.kids.add(entry.change.kid)
    known.save(workspace)
    return len(accepted)


def _ours(listed: Sequence[tuple[int, bytes]], member: str) -> Iterator[KeyEntry]:
    for index, statement in listed:
        change = read_key_change(statement)
        if change.issuer == member:
            yield KeyEntry(index=index, change=change, statement=statement)


def _verify_places(ours: Sequence[KeyEntry], client: Client, trust: Trust, known: KnownKeys) -> None:
    raw = client.checkpoint()
    if raw is None:
        return
    head = verify_checkpoint(raw, VerifierKey.parse(trust.log_key))
    get_node = node_reader(head.size, lambda tile: client.log_file(tile.path))
    if known.size:
        if head.size < known.size:
            raise _disbelieved(client, f"{head.size} < {known.size}")
        proof = consistency_proof(known.size, head.size, get_node) if known.size < head.size else []
        verify_consistency(old=known.size, new=head.size, old_root=known.root, new_root=head.root, proof=proof)
    for entry in ours:
        if entry.index < head.size:
            _verify_place(entry, head, inclusion_proof(entry.index, head.size, get_node))
    known.size, known.root = head.size, head.root


def _verify_place(entry: KeyEntry, head: Checkpoint, proof: Sequence[bytes]) -> None:
    leaf = leaf_hash(log_entry(EntryKind.KEY, digest_of(entry.statement)))
    verify_inclusion(index=entry.index, size=head.size, leaf=leaf, proof=proof, root=head.root)


def _alarms(ours: Sequence[KeyEntry], known: KnownKeys) -> Iterator[Problem]:
    sentence_of = {ROTATE: say.ROTATION_NOT_OURS, REVOKE: say.REVOCATION_NOT_OURS}
    for entry in ours:
        change = entry.change
        is_known = known.knows(entry.statement) or (change.operation not in sentence_of and change.kid in known.kids)
        if not is_known:
            values = {"kid": change.kid, "index": entry.index}
            yield Problem(sentence=sentence_of.get(change.operation, say.KEY_NOT_OURS), values=values)
    shown = {entry.change.kid for entry in ours}
    for kid in sorted(known.kids - shown):
        yield Problem(sentence=say.KEY_VANISHED, values={"kid": kid})


def _disbelieved(client: Client, reason: object) -> Disbelieved:
    return Disbelieved([Problem(sentence=sentences.LOG_WRONG, values={"url": client.url, "reason": reason})])
