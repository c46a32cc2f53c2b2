"""Back up a running instance: which files, of which moment, in which order.

1. The anchor, and with it the size of the log whose tiles are taken.
2. The tiles and bundles of that size: full ones never change, of partial ones their first hashes never do.
3. The statements that are kept beside them.
4. The database, last: it holds at least what the anchor promised. The other way round, a restored database could be
   behind the anchor of its own backup, and nothing would ever be signed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain.publication import ReadFile
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.merkle import HASH_SIZE
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    decode_entries,
    encode_entries,
    entries_path,
    tile_path,
)

ANCHOR: Final = "log.anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class TileOf:
    """One file of the log as it was at a size: its path below `/log/`, and its full one where it is partial."""

    name: str
    full: str
    width: int

    def read(self, read: ReadFile) -> bytes | None:
        """Read it; where a later run has replaced the partial file by the full one, the beginning of that."""
        content = read(self.name)
        if content is not None or self.width == TILE_WIDTH:
            return content
        later = read(self.full)
        if later is None:
            return None
        if self.name.startswith("tile/entries/"):
            return encode_entries(decode_entries(later)[: self.width])
        return later[: self.width * HASH_SIZE]


def signed_size(note: bytes | None) -> int:
    """Read the size under a signed head, unverified; 0 where there is none.

    Raises:
        Refusal: it is no checkpoint.
    """
    return parse_checkpoint_text(parse_note(note).text).size if note else 0


def tiles_at(size: int) -> Iterator[TileOf]:
    """List the files of the log of a size: bundles, then tiles level by level."""
    full, width = divmod(size, TILE_WIDTH)
    for number in range(full):
        yield TileOf(name=entries_path(number), full=entries_path(number), width=TILE_WIDTH)
    if width:
        yield TileOf(name=entries_path(full, width), full=entries_path(full), width=width)
    level = 0
    while size >> (TILE_HEIGHT * level):
        full, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
        for number in range(full):
            yield TileOf(name=tile_path(level, number), full=tile_path(level, number), width=TILE_WIDTH)
        if width:
            yield TileOf(name=tile_path(level, full, width), full=tile_path(level, full), width=width)
        level += 1
