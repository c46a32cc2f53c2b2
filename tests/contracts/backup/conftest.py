"""An instance that is backed up and restored by its commands, on both storage columns."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders.events import an_object_event
from conftest import Backend
from filiere_platform.cli.main import filiere


@dataclass(frozen=True, kw_only=True)
class Console:
    """The commands, run as an operator runs them, on one data folder and one database."""

    folder: Path
    database_url: str

    def run(self, *arguments: str, **settings: str) -> Result:
        environment = {"FILIERE_DATA_DIR": str(self.folder / "data"), "FILIERE_LANG": "en", **settings}
        environment.setdefault("FILIERE_DATABASE_URL", self.database_url)
        return CliRunner().invoke(filiere, arguments, env=environment)

    def succeed(self, *arguments: str, **settings: str) -> Result:
        result = self.run(*arguments, **settings)
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    def fsck(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("fsck", "--json", *arguments).stdout)
        return found


@pytest.fixture
def console(backend: Backend) -> Console:
    return Console(folder=backend.folder, database_url=backend.database_url if backend.name == "production" else "")


@pytest.fixture
def elsewhere(backend: Backend, request: pytest.FixtureRequest, tmp_path: Path) -> Console:
    """Another machine, where nothing is yet."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    create: Callable[[], str] | None = (
        request.getfixturevalue("create_database") if backend.name == "production" else None
    )
    return Console(folder=folder, database_url=create() if create else "")


def numbered(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{n:012d}") for n in range(start, start + count)]


def manifest_of(file: Path) -> dict[str, Any]:
    with tarfile.open(file) as tar:
        content = tar.extractfile("manifest.json")
        assert content is not None
        manifest: dict[str, Any] = json.loads(content.read())
        return manifest
