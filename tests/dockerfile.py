"""platform/Dockerfile, read far enough to run its build stage without a container engine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "platform" / "Dockerfile"


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction: its word, its arguments as written, and the stage that it belongs to."""

    stage: str
    word: str
    arguments: str

    @property
    def words(self) -> list[str]:
        """The arguments, split as a shell splits them."""
        return shlex.split(self.arguments)


def instructions(text: str | None = None) -> Iterator[Instruction]:
    """Every instruction of the file, with continued lines joined and comments left out."""
    lines = (text if text is not None else FILE.read_text(encoding="utf-8")).splitlines()
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in lines if not line.lstrip().startswith("#")))
    stage = ""
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, arguments = line.partition(" ")
        if word == "FROM":
            stage = arguments.rpartition(" AS ")[2]
        yield Instruction(stage=stage, word=word, arguments=arguments.strip())
