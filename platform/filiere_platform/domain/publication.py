"""How the log grows: from its right edge and new entries to the tiles that become full and the new root.

A tiled log never changes what it has published: only the rightmost tile of each level, and the last entry bundle,
are not full yet. That right edge is all one needs to append, and to compute the root.

Source: C2SP tlog-tiles (Merkle tree, partial tiles, entry bundles); RFC 6962, section 2.1 (hashes).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from filiere_schemas.provenance import merkle
from filiere_schemas.provenance.merkle import HASH_SIZE, Frontier, leaf_hash
from filiere_schemas.provenance.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    decode_entries,
    encode_entries,
    entries_path,
    full_root,
    node_reader,
    tile_hashes,
    tile_path,
)

TILE_BYTES = TILE_WIDTH * HASH_SIZE

ReadFile = Callable[[str], bytes | None]


class LogFile(NamedTuple):
    """A file to write: its path below `/log/` and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The right edge of a tree: what is in its tiles that are not full yet.

    `levels[n]` are the hashes of the rightmost tile at level n, concatenated, at most 255 of them; `entries` are the
    entries of the last bundle, as many as `levels[0]` has hashes.
    """

    size: int
    levels: tuple[bytes, ...]
    entries: tuple[bytes, ...]

    def width(self, level: int) -> int:
        """How many hashes the rightmost tile of a level holds."""
        return (self.size >> (TILE_HEIGHT * level)) % TILE_WIDTH


EMPTY_EDGE = Edge(size=0, levels=(), entries=())


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHead:
    """A head of this log that somebody else keeps, as a witness does: nothing may be signed that contradicts it.

    `root` is None where only the size is known, as from a witness that answered that it has seen a greater head.
    """

    name: str  # who keeps it, for the sentence that says so
    size: int
    root: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What appending makes: the new edge, the files that are full from now on, the leaf hashes appended."""

    edge: Edge
    full: tuple[LogFile, ...]
    leaves: bytes


class EdgeUnreadable(Exception):  # noqa: N818 - a state of the files, which the caller repairs or reports
    """The tiles of the right edge are absent or contradict each other; the message names the file."""


def grow(edge: Edge, entries: Sequence[bytes]) -> Growth:
    """Append entries: three hashes and one copy per entry, whatever the size of the tree."""
    full: list[LogFile] = []
    bundle = list(edge.entries)
    levels = [bytearray(hashes) for hashes in edge.levels]
    leaves = bytearray()
    size = edge.size
    for entry in entries:
        bundle.append(entry)
        leaf = leaf_hash(entry)
        leaves += leaf
        size += 1
        _push(levels, 0, leaf)
        if size % TILE_WIDTH == 0:
            full.append(LogFile(entries_path(size // TILE_WIDTH - 1), encode_entries(bundle)))
            bundle.clear()
            full.extend(_close_tiles(levels, size))
    grown = Edge(size=size, levels=tuple(bytes(hashes) for hashes in levels), entries=tuple(bundle))
    return Growth(edge=grown, full=tuple(full), leaves=bytes(leaves))


def partial_files(edge: Edge) -> tuple[LogFile, ...]:
    """Write out the edge: the partial tile of each level that has one, and the partial bundle.

    Source: C2SP tlog-tiles, "Partial Tiles": served for every size for which a checkpoint was signed.
    """
    files = [
        LogFile(tile_path(level, edge.size >> (TILE_HEIGHT * (level + 1)), edge.width(level)), hashes)
        for level, hashes in enumerate(edge.levels)
        if hashes
    ]
    if edge.entries:
        name = entries_path(edge.size // TILE_WIDTH, edge.width(0))
        files.insert(0, LogFile(name, encode_entries(edge.entries)))
    return tuple(files)


def edge_root(edge: Edge) -> bytes:
    """Compute the root of the tree that ends in this edge: at most 256 hashes per level.

    What is not full at one level is the smaller last subtree beside the full ones of the level above: RFC 6962
    splits at the largest power of two, so that it does not matter at which level one starts.
    """
    nodes: list[bytes] = []
    for hashes in edge.levels:
        below = [merkle.root(nodes)] if nodes else []
        nodes = tile_hashes(hashes, len(hashes) // HASH_SIZE) + below
    return merkle.root(nodes)


def root_at(size: int, whole: int, read: ReadFile) -> bytes:
    """Compute the root that a tree of `whole` entries had at a smaller size, from its tiles: a few reads.

    Raises:
        EdgeUnreadable: a tile is absent or too short.
    """
    node = node_reader(whole, lambda tile: _read_tile(tile.level, tile.number, tile.width, read))
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return Frontier(size, tuple(node(level, (size >> level) - 1) for level in levels)).root


def read_edge(size: int, read: ReadFile) -> Edge:
    """Read the right edge of the tree of a size back from its files.

    That the tiles belong to a signed head is for the caller to see: `edge_root` must be the head's.

    Raises:
        EdgeUnreadable: a file is absent or too short, or the last bundle's entries are not what its tile says.
    """
    levels: list[bytes] = []
    level = 0
    while size >> (TILE_HEIGHT * level):
        width = (size >> (TILE_HEIGHT * level)) % TILE_WIDTH
        levels.append(_read_tile(level, size >> (TILE_HEIGHT * (level + 1)), width, read) if width else b"")
        level += 1
    entries = _read_last_bundle(size, read) if size % TILE_WIDTH else ()
    if levels and b"".join(leaf_hash(entry) for entry in entries) != levels[0]:
        raise EdgeUnreadable(f"{entries_path(size // TILE_WIDTH)} does not hash to its tile")
    return Edge(size=size, levels=tuple(levels), entries=entries)


def superseded_partials(before: int, after: int) -> tuple[str, ...]:
    """List the folders of partial tiles and bundles that full ones replace as the tree grows.

    Source: C2SP tlog-tiles, "Partial Tiles": a log may delete them once the full tile is available.
    """
    folders: list[str] = []
    level = 0
    while before >> (TILE_HEIGHT * level):
        first = before >> (TILE_HEIGHT * (level + 1))
        # Only the tile that was partial before has partial files: those after it were filled at once.
        if first < after >> (TILE_HEIGHT * (level + 1)) and (before >> (TILE_HEIGHT * level)) % TILE_WIDTH:
            folders.append(tile_path(level, first) + ".p")
            if level == 0:
                folders.append(entries_path(first) + ".p")
        level += 1
    return tuple(folders)


def _push(levels: list[bytearray], level: int, node: bytes) -> None:
    if level == len(levels):
        levels.append(bytearray())
    levels[level] += node


def _close_tiles(levels: list[bytearray], size: int) -> list[LogFile]:
    """Turn each level's tile that has become full into a file, and hash it into the level above."""
    closed = []
    level = 0
    while level < len(levels) and len(levels[level]) == TILE_BYTES:
        tile = bytes(levels[level])
        closed.append(LogFile(tile_path(level, (size >> (TILE_HEIGHT * (level + 1))) - 1), tile))
        levels[level].clear()
        level += 1
        _push(levels, level, full_root(tile_hashes(tile)))
    return closed


def _read_tile(level: int, number: int, width: int, read: ReadFile) -> bytes:
    # The full tile may be there already, written by a run that did not come to sign; the partial one may be gone then.
    content = read(tile_path(level, number, width)) or read(tile_path(level, number))
    if content is None or len(content) < width * HASH_SIZE:
        raise EdgeUnreadable(f"{tile_path(level, number, width)} is absent or too short")
    return content[: width * HASH_SIZE]


def _read_last_bundle(size: int, read: ReadFile) -> tuple[bytes, ...]:
    number, width = divmod(size, TILE_WIDTH)
    content = read(entries_path(number, width)) or read(entries_path(number))
    try:
        entries = decode_entries(content or b"")
    except ValueError as error:
        raise EdgeUnreadable(f"{entries_path(number, width)} is not a bundle") from error
    if len(entries) < width:
        raise EdgeUnreadable(f"{entries_path(number, width)} is absent or too short")
    return tuple(entries[:width])
