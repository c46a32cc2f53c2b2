"""Write docs/errors.md from the sentences of the code: `make docs`.

The page is for who calls the platform: every code that an answer, a report or a finding may carry, with its sentence
in both languages. A test compares the page with the code.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from filiere_schemas.problems import Sentence

PACKAGES = ("filiere_schemas", "filiere_witness", "filiere_connectors", "filiere_platform")
FOLDERS = (
    "schemas/filiere_schemas",
    "schemas/filiere_witness",
    "connectors/filiere_connectors",
    "platform/filiere_platform",
)
PAGE = Path(__file__).resolve().parent / "errors.md"
INTRODUCTION = """\
# Errors

Generated from the code by `make docs`; do not edit.

Every refusal and warning carries one of these codes. Clients switch on the code: it never changes its meaning. The
sentence follows `Accept-Language`, its values are in braces here, and `pointer` (RFC 6901) says where in the input.
Over HTTP a refusal is a problem document (RFC 9457) whose `errors` list holds every problem that was found.
"""


def sentences() -> list[Sentence]:
    """Every sentence that a module of the project defines at its top level, sorted by code.

    One object that several modules import counts once; two objects with one code count twice.
    """
    found = {id(value): value for module in _modules() for value in _held_by(module)}
    return sorted(found.values(), key=lambda sentence: sentence.code)


def render(catalogue: Sequence[Sentence]) -> str:
    """The page, as markdown."""
    rows = [f"| `{s.code}` | {_cell(s.fr)} | {_cell(s.en)} |" for s in catalogue]
    return "\n".join([INTRODUCTION, "| code | français | English |", "|---|---|---|", *rows, ""])


def _held_by(module: ModuleType) -> Iterator[Sentence]:
    for value in vars(module).values():
        if isinstance(value, Sentence):
            yield value
        elif isinstance(value, dict):
            yield from (held for held in value.values() if isinstance(held, Sentence))
        elif isinstance(value, tuple | list | set | frozenset):
            yield from (held for held in value if isinstance(held, Sentence))


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield root
        for info in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
            if ".migrations" not in info.name and not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(render(sentences()), encoding="utf-8")
