"""The guide `docs/make-your-own-sector.md`: its files and its commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

GUIDE: Final = Path(__file__).parents[2] / "docs" / "make-your-own-sector.md"
_BLOCK: Final = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A file of the guide, or commands, whose `file` is empty."""

    file: str
    body: str


def blocks_of(text: str) -> Iterator[Block]:
    """Give the blocks of a guide in order."""
    return (Block(file, body) for _, file, body in _BLOCK.findall(text))


def write_guide(folder: Path) -> None:
    """Write the files of the guide into a folder, without running anything."""
    for block in blocks_of(GUIDE.read_text(encoding="utf-8")):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
