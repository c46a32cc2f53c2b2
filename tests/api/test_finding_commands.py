"""`filiere finding`: the console sees every finding, and what it does with one is an act of the console."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from builders.findings import found_of
from builders.instance import Instance
from conftest import Backend
from filiere_platform.cli.main import filiere

Run = Callable[..., str]


@pytest.fixture
def run(instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)

    def ran(*words: str, refused: bool = False) -> str:
        result = CliRunner().invoke(filiere, ["finding", *words])
        assert (result.exit_code != 0) is refused, result.output
        return result.output

    return ran


def test_the_console_explains_closes_and_reopens(instance: Instance, run: Run) -> None:
    dairy = instance.admit("dairy")
    number = str(found_of(instance, dairy))
    run("close", number, "--reason", "x", refused=True)
    said = ("--reason", "agreed", "--text", "Convenu.")
    assert run("explain", number, *said, "--version", "0").startswith(f"explained {number}  event-hash-differs")
    assert number in run("list", "--state", "explained", "--level", "warning")
    assert run("list", "--state", "open") == ""
    run("take-back", number, "--version", "0", refused=True)
    assert run("take-back", number).startswith(f"open {number}")
    run("explain", number, *said)
    assert run("close", number, "--reason", "vu").startswith(f"closed {number}")
    assert run("reopen", number, "--reason", "encore").startswith(f"open {number}")
    shown: dict[str, Any] = json.loads(run("show", number))
    assert [step["step"] for step in shown["history"]] == ["explained", "taken-back", "explained", "closed", "reopened"]
    assert {step["by"] for step in shown["history"]} == {"console"}
    assert dairy.get(f"/api/v1/findings/{number}").json() == shown
    run("show", "987654", refused=True)
