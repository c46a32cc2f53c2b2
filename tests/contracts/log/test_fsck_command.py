"""`filiere fsck` as an operator runs it: status 0 holds, 1 differs, 2 cannot be checked; nothing is changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts.log.conftest import Filled
from filiere_platform.cli.log import fsck


def run(filled: Filled, *arguments: str, folder: Path | None = None, language: str = "en") -> Result:
    environment = {"FILIERE_DATA_DIR": str(folder or filled.folder / "data"), "FILIERE_LANG": language}
    if filled.database_url:
        environment["FILIERE_DATABASE_URL"] = filled.database_url
    return CliRunner().invoke(fsck, arguments, env=environment)


@pytest.fixture
def damaged(filled: Filled, tmp_path: Path) -> Path:
    """A copy of the instance's folder with one tile damaged."""
    folder = tmp_path / "data"
    shutil.copytree(filled.folder / "data", folder)
    (folder / "log/tile/0/000").write_bytes(bytes(8192))
    return folder


def test_an_instance_that_holds_gives_status_0_and_what_was_read(filled: Filled) -> None:
    result = run(filled)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].split() == ["records", str(filled.size)]
    assert result.stdout.splitlines()[-1] == "holds"
    as_json = run(filled, "--json", "--deep")
    assert as_json.exit_code == 0
    assert json.loads(as_json.stdout) == {
        "holds": True,
        "records": filled.size,
        "erased": 0,
        "lost": {},
        "signatures": filled.size,
        "published": filled.size,
        "files": 5,
        "counts": {},
        "breaches": [],
    }


def test_a_damaged_tile_gives_status_1_and_its_name_in_both_languages(filled: Filled, damaged: Path) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in damaged.rglob("log*/**/*"))
    for language, said in (("en", "is not what the database gives"), ("fr", "n'est pas celui que donne la base")):
        result = run(filled, folder=damaged, language=language)
        assert result.exit_code == 1
        assert "log-file-differs /files/tile/0/000: " in result.stdout
        assert said in result.stdout
        assert result.stdout.splitlines()[-1] == "DIFFERS: 1"
    [breach] = json.loads(run(filled, "--json", folder=damaged).stdout)["breaches"]
    assert (breach["code"], breach["where"]) == ("log-file-differs", "/files/tile/0/000")
    assert sorted((path, path.stat().st_mtime_ns) for path in damaged.rglob("log*/**/*")) == before


def test_what_cannot_be_checked_gives_status_2_and_a_sentence(filled: Filled, tmp_path: Path) -> None:
    if filled.database_url:
        result = run(filled, folder=tmp_path)
        assert "cannot read the log key" in result.stderr
    else:
        result = run(filled, folder=tmp_path / "nowhere")
        assert "filiere init" in result.stderr
        assert not (tmp_path / "nowhere").exists()
    assert result.exit_code == 2
    assert result.stdout == ""
