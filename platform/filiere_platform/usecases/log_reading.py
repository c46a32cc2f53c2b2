"""Read what the log serves to everybody: tiles and bundles under the signed head, and the entries of keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from filiere_platform.domain.record import RecordRow
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.log_state import read_published_size
from filiere_schemas.provenance.key_statements import read_key_change
from filiere_schemas.provenance.merkle import HASH_SIZE
from filiere_schemas.provenance.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    decode_entries,
    encode_entries,
    entries_path,
    parse_entries_path,
    parse_tile_path,
    tile_path,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """A key entry of the log: which key, for whom, and the signed statement, which says all of it."""

    index: int
    sha256: bytes
    operation: str
    kid: str  # the key that begins or, at a revocation, ends
    issuer: str
    previous: str | None  # of a rotation: the key that ends
    statement: bytes  # compact JWS


def read_tile(files: LogFiles, path: str) -> bytes | None:
    """Read a tile of hashes by its path below `/log/`; None where the path is none, or beyond the signed head.

    Any width under the head is answered: a partial tile that a full one has replaced is its beginning.
    """
    tile = parse_tile_path(path)
    if tile is None or not _is_published(files, tile.level, tile.number, tile.width):
        return None
    content = files.read(path)
    if content is None:
        full = files.read(tile_path(tile.level, tile.number))
        content = full[: tile.width * HASH_SIZE] if full else None
    return content


def read_entries_bundle(files: LogFiles, path: str) -> bytes | None:
    """Read an entry bundle by its path below `/log/`; None where the path is none, or beyond the signed head."""
    parsed = parse_entries_path(path)
    if parsed is None or not _is_published(files, 0, *parsed):
        return None
    number, width = parsed
    content = files.read(path)
    if content is None:
        full = files.read(entries_path(number))
        content = encode_entries(decode_entries(full)[:width]) if full else None
    return content


def list_key_entries(unit: UnitOfWork, *, kid: str | None = None) -> list[KeyEntry]:
    """List the entries of all keys, or of one, in log order. Readable by everybody.

    A member who finds a key here that it has not enrolled knows that somebody may sign in its name.
    """
    entries = [_key_entry(row, row.body) for row in unit.log.key_entries() if row.body is not None]
    return [entry for entry in entries if kid is None or kid in {entry.kid, entry.previous}]


def entries_of_keys(entries: Sequence[KeyEntry], kids: Collection[str]) -> list[KeyEntry]:
    """Choose the entries that tell the lives of some keys: theirs, and those of the keys that they were rotated from.

    A revocation of an earlier key may end what followed it, so that a life is known with its predecessors alone.
    """
    predecessors = {entry.kid: entry.previous for entry in entries if entry.previous is not None}
    wanted = set(kids)
    for kid in kids:
        before = predecessors.get(kid)
        while before is not None:
            wanted.add(before)
            before = predecessors.get(before)
    # A rotation that ends a wanted key tells of it too; what became of the key that follows is told elsewhere.
    return [entry for entry in entries if wanted & {entry.kid, entry.previous}]


def _is_published(files: LogFiles, level: int, number: int, width: int) -> bool:
    """Whether a tile's hashes are under the served checkpoint: what lies beyond may still be written otherwise."""
    return number * TILE_WIDTH + width <= read_published_size(files) >> (TILE_HEIGHT * level)


def _key_entry(row: RecordRow, statement: bytes) -> KeyEntry:
    change = read_key_change(statement)
    return KeyEntry(
        index=row.log_index,
        sha256=row.sha256,
        operation=change.operation,
        kid=change.kid,
        issuer=change.issuer,
        previous=change.previous,
        statement=statement,
    )
