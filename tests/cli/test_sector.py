"""`filiere sector` lets a sector body write, check and compare profiles, in its language and without an instance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filiere_platform.cli.main import filiere
from filiere_schemas.sectors.checked_profile import InvalidProfile
from filiere_schemas.sectors.profile_files import UnknownSector

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_SECTOR_DIR", str(tmp_path))
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, ["sector", *arguments], catch_exceptions=False)


def test_a_new_profile_is_written_checked_listed_and_compared(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(tmp_path / "wood") in run("new", "wood").output
    checked = run("check", "wood")
    assert (checked.exit_code, checked.output.splitlines()[-1]) == (
        0,
        "wood 2026.1: 2 CTEs, 7 rules, 11 cases of examples; rules exercised: 7",
    )
    assert "  making.quantity  1" in checked.output.splitlines()
    assert "wood\t2026.1\tNew sector\t2 CTE" in run("list").output.splitlines()
    later = tmp_path / "later"
    run("new", "wood", "--in", str(later))
    path = later / "wood" / "profile.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("2026.1", "2026.2"), encoding="utf-8")
    assert run("diff", "wood", str(later / "wood")).output == '~ profile.toml version: "2026.1" -> "2026.2"\n'
    monkeypatch.setenv("FILIERE_LANG", "fr")
    assert "règles exercées : 7" in run("check", "wood").output


def test_a_mistake_is_said_with_its_place_and_the_command_fails(run: Run, tmp_path: Path) -> None:
    run("new", "wood")
    path = tmp_path / "wood" / "ctes.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('["shipping"]', '["shiping"]', 1), encoding="utf-8")
    failed = run("check", str(tmp_path / "wood"))
    assert failed.exit_code == 1
    assert failed.output.startswith("error profile-unknown-word: ctes.toml, cte.shipping.steps: 'shiping'")
    (problem,) = json.loads(run("check", "wood", "--json").output)["problems"]
    assert (problem["file"], problem["key"], problem["level"]) == ("ctes.toml", "cte.shipping.steps", "error")


def test_a_profile_that_there_is_not_or_that_has_another_form_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UnknownSector):
        run("check", "nothing-such")
    run("new", "wood")
    (tmp_path / "wood" / "profile.toml").write_text("format = 1\n")
    with pytest.raises(InvalidProfile):
        run("diff", "wood", "wood")
