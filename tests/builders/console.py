"""The operator at the console of an instance that a test has open."""

from __future__ import annotations

import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from builders.instance import Instance
from filiere_platform.cli.main import filiere


class Console:
    """Types commands of `filiere`; its settings are the instance's."""

    def __init__(self, instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = instance.platform.settings
        monkeypatch.setenv("FILIERE_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("FILIERE_LANG", "en")
        if settings.database_url:
            monkeypatch.setenv("FILIERE_DATABASE_URL", settings.database_url)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Type a command that ends with a code; gives what it says."""
        done = CliRunner().invoke(filiere, [*arguments])
        assert done.exit_code == code, done.output
        return done.output

    def export(self, member: str, path: Path) -> ZipFile:
        """Write what a member takes along, once the log is published."""
        command, deadline = ["member", "export", member, "-o", str(path)], time.monotonic() + 20
        while (done := CliRunner().invoke(filiere, command)).exit_code != 0:
            assert time.monotonic() < deadline, done.output
            time.sleep(0.1)
        return ZipFile(path)
