"""Tiles: the log as small immutable files that anybody can serve and cache.

A tile at level L holds up to 256 hashes of the tree's level 8 * L; entry bundles hold the entries of a level-0
tile. Paths are relative to the log's address (`/log/`).

Source: C2SP tlog-tiles, v1 (paths, partial tiles, bundles).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from filiere_schemas.provenance.merkle import HASH_SIZE, GetNode, node_hash

TILE_HEIGHT: Final = 8  # levels of the tree in one tile
TILE_WIDTH: Final = 1 << TILE_HEIGHT  # hashes in a full tile
MAX_ENTRY_BYTES: Final = 0xFFFF  # an entry's length is a uint16
_LENGTH_BYTES: Final = 2
_GROUP: Final = 1000  # a number is written in groups of three digits

ReadTile = Callable[["Tile"], bytes]


class Tile(NamedTuple):
    """A tile's place: its level, its number from the left, and how many hashes it holds (256 when full)."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's address."""
        return tile_path(self.level, self.number, self.width)


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Give the path of a tile of hashes; a `width` below 256 names a partial tile.

    Raises:
        ValueError: a width outside 1 to 256, or a negative level or number.
    """
    if level < 0:
        raise ValueError(f"expected a level from 0 on, found {level}")
    return f"tile/{level}/{_numbered(number, width)}"


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """Give the path of an entry bundle; a `width` below 256 names a partial bundle.

    Raises:
        ValueError: a width outside 1 to 256, or a negative number.
    """
    return f"tile/entries/{_numbered(number, width)}"


def parse_tile_path(path: str) -> Tile | None:
    """Read the path of a tile of hashes; None unless it is exactly what `tile_path` writes."""
    head, _, rest = path.removeprefix("tile/").partition("/")
    if not head.isascii() or not head.isdigit():
        return None
    numbered = _parse_numbered(rest)
    tile = Tile(int(head), *numbered) if numbered else None
    return tile if tile and tile.path == path else None


def parse_entries_path(path: str) -> tuple[int, int] | None:
    """Read the path of an entry bundle as (number, width); None unless `entries_path` writes it so."""
    numbered = _parse_numbered(path.removeprefix("tile/entries/"))
    return numbered if numbered and entries_path(*numbered) == path else None


def tiles_of_growth(old: int, new: int) -> Iterator[Tile]:
    """List the tiles that a tree has at size `new` and did not have at size `old`, from level 0 upwards.

    Full tiles come first at each level, then the partial one if there is one. A partial tile is never hashed
    into the level above, so a level counts only what full tiles below it gave.
    """
    level = 0
    while new >> (TILE_HEIGHT * level):
        before, after = old >> (TILE_HEIGHT * level), new >> (TILE_HEIGHT * level)
        if after > before:
            for number in range(before // TILE_WIDTH, after // TILE_WIDTH):
                yield Tile(level, number)
            if after % TILE_WIDTH:
                yield Tile(level, after // TILE_WIDTH, after % TILE_WIDTH)
        level += 1


def tile_hashes(content: bytes, width: int = TILE_WIDTH) -> list[bytes]:
    """Split a tile into its hashes.

    Raises:
        ValueError: the tile has another length than its width says.
    """
    if len(content) != width * HASH_SIZE:
        raise ValueError(f"expected a tile of {width * HASH_SIZE} bytes, found {len(content)}")
    return [content[at : at + HASH_SIZE] for at in range(0, len(content), HASH_SIZE)]


def full_root(hashes: Sequence[bytes]) -> bytes:
    """Hash 2**n neighbours into the root of their full subtree: a full tile into its hash one level up.

    Raises:
        ValueError: their number is not a power of two.
    """
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise ValueError(f"expected a power of two of hashes, found {len(hashes)}")
    nodes = list(hashes)
    while len(nodes) > 1:
        nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    return nodes[0]


def node_reader(size: int, read_tile: ReadTile) -> GetNode:
    """Read the nodes of the tree of a size from its tiles, for proofs.

    Reads each tile once for as long as the reader lives: keep one per proof or per batch of proofs.
    """
    seen: dict[Tile, list[bytes]] = {}

    def get_node(level: int, number: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = number << height
        tile_number, offset = divmod(first, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * tile_level)) - tile_number * TILE_WIDTH)
        if offset + (1 << height) > width:
            raise ValueError(f"expected a node inside the tree of size {size}, found level {level}, number {number}")
        tile = Tile(tile_level, tile_number, width)
        if tile not in seen:
            seen[tile] = tile_hashes(read_tile(tile), width)
        return full_root(seen[tile][offset : offset + (1 << height)])

    return get_node


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Write an entry bundle: each entry behind its length, a big-endian uint16.

    Raises:
        ValueError: an entry is longer than 65,535 bytes.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError(f"expected an entry of at most {MAX_ENTRY_BYTES} bytes, found {len(entry)}")
        parts += (len(entry).to_bytes(_LENGTH_BYTES, "big"), entry)
    return b"".join(parts)


def decode_entries(bundle: bytes) -> list[bytes]:
    """Read an entry bundle.

    Raises:
        ValueError: it ends inside an entry.
    """
    entries = []
    at = 0
    while at < len(bundle):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise ValueError(f"expected a whole entry at byte {start}, found the end of the bundle")
        entries.append(bundle[start:at])
    return entries


def _numbered(number: int, width: int) -> str:
    """Write a tile's number, `x001/x234/067`, and its width if it is partial, `.p/12`."""
    if number < 0 or not 0 < width <= TILE_WIDTH:
        raise ValueError(f"expected a number from 0 on and a width from 1 to {TILE_WIDTH}, found {number} and {width}")
    groups = [f"{number % _GROUP:03d}"]
    while number := number // _GROUP:
        groups.append(f"x{number % _GROUP:03d}")
    path = "/".join(reversed(groups))
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def _parse_numbered(text: str) -> tuple[int, int] | None:
    """Read what `_numbered` writes, without checking that it is the only spelling."""
    path, partial, width = text.partition(".p/")
    digits = path.replace("x", "").replace("/", "")
    # 19 digits hold every size that a checkpoint may have; longer ones only cost time.
    if not all(t.isascii() and t.isdigit() and len(t) <= 19 for t in (digits, width or "0")):  # noqa: PLR2004 - see above
        return None
    found = int(digits), int(width) if partial and width else TILE_WIDTH
    return found if 0 < found[1] <= TILE_WIDTH else None
