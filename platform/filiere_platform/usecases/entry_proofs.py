"""Entries of the log with their bytes and their proofs, as verifiers take them."""

from __future__ import annotations

from collections.abc import Iterable

from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.log_reading import entries_of_keys, list_key_entries, read_tile
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_platform.usecases.reading import signed_bytes
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import EVENT_TYP
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.merkle import GetNode, inclusion_proof
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.signer_extra import ProvenEntry
from filiere_schemas.provenance.tiles import Tile, node_reader


def read_head(files: LogFiles) -> tuple[bytes | None, int]:
    """Read the log's signed head and the size that it covers; nothing and 0 before there is one."""
    note = files.read(CHECKPOINT_NAME)
    return (None, 0) if note is None else (note, parse_checkpoint_text(parse_note(note).text).size)


def logged(record: StoredEvent) -> LoggedEntry:
    """Give a record as an entry of the log; without bytes once it is erased."""
    body = None if record.body is None else signed_bytes(record)
    return LoggedEntry(index=record.log_index, kind=record.kind, sha256=record.sha256, body=body)


def key_entries(uow: UnitOfWork, records: Iterable[StoredEvent], *, before: int | None = None) -> list[LoggedEntry]:
    """Give what the log tells of the lives of the keys that signed some records.

    `before` leaves out what lies beyond a head. Ascending.
    """
    entries = [entry for entry in list_key_entries(uow) if before is None or entry.index < before]
    kids = {kid for record in records if (kid := _kid(record)) is not None}
    return [
        LoggedEntry(index=entry.index, kind=EntryKind.KEY, sha256=entry.sha256, body=entry.statement)
        for entry in entries_of_keys(entries, kids)
    ]


def nodes_of(files: LogFiles, size: int) -> GetNode:
    """Read the nodes of the tree of a size from its tiles; keep it for as many proofs as are made together."""
    return node_reader(size, lambda tile: _tile(files, tile))


def prove(entry: LoggedEntry, size: int, get_node: GetNode) -> ProvenEntry:
    """Give an entry with its own way to the root."""
    return ProvenEntry(entry=entry, hashes=tuple(inclusion_proof(entry.index, size, get_node)))


def _kid(record: StoredEvent) -> str | None:
    """The key that signed a record; None where the platform attested it, or its payload was erased."""
    if record.kind is not EntryKind.EVENT or record.body is None:
        return None
    kid: str = parse_jws(record.body, typ=EVENT_TYP).header["kid"]
    return kid


def _tile(files: LogFiles, tile: Tile) -> bytes:
    content = read_tile(files, tile.path)
    if content is None:
        raise ValueError(f"expected the tile {tile.path} of the log, found none")
    return content
