"""The project's own source, as the architecture tests read it."""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "schemas/filiere_schemas",
    "schemas/filiere_witness",
    "connectors/filiere_connectors",
    "platform/filiere_platform",
)
EVERYTHING = (*PACKAGES, "tests", "benchmarks", "docs")


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One Python file: where it is, its text, its tree, which is made once and only for who looks at it."""

    path: Path
    text: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        """What it says, as Python reads it."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """Its path from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def length(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, at any depth."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@functools.cache
def source_files(folders: tuple[str, ...] = EVERYTHING) -> tuple[SourceFile, ...]:
    """Every Python file under some folders, migrations aside: those are history, written once."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(_read(path) for path in paths if "versions" not in path.parts)


@functools.cache
def _read(path: Path) -> SourceFile:
    return SourceFile(path=path, text=path.read_text(encoding="utf-8"))


def modules(package: str) -> Iterator[ModuleType]:
    """Import every module of a package, migrations aside."""
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        if "migrations" not in info.name:
            yield importlib.import_module(info.name)


def tracked_files() -> list[Path]:
    """The files that are or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def table_column(document: str, heading: str) -> list[str]:
    """The first column of the table under a heading of a document, without its back quotes."""
    text = (ROOT / document).read_text(encoding="utf-8")
    _, found, section = text.partition(f"\n## {heading}\n")
    if not found:
        raise AssertionError(f"{document} has no section '{heading}'")
    section = section.partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
