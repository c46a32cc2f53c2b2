"""The demo tells the truth: what it traces is what was worked out by hand, and a record that was altered fails it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from filiere_platform.cli import demo as demo_module
from filiere_platform.cli.demo_chain import CHEESE, COMPANIES, DOWNSTREAM, UPSTREAM, chain
from filiere_platform.cli.main import filiere


def run(*arguments: str) -> Any:
    return CliRunner().invoke(filiere, ["demo", "--once", *arguments])


def test_the_demo_traces_the_lot_and_verifies_every_record() -> None:
    shown = run("--json")
    assert shown.exit_code == 0, shown.output
    (line,) = shown.output.splitlines()
    story = json.loads(line)
    assert story["object"] == CHEESE
    assert set(story["upstream"]) == UPSTREAM
    assert set(story["downstream"]) == DOWNSTREAM
    assert story["records"] == story["verified"] == len(list(chain())) + len(COMPANIES)
    assert story["findings"] == []
    assert story["seconds"] > 0


def test_the_demo_explains_itself_to_people() -> None:
    shown = run()
    assert shown.exit_code == 0, shown.output
    assert CHEESE in shown.output
    assert "21 of 21 records" in shown.output


def test_an_altered_record_fails_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same demo, with one byte of one signed event changed in the database before the auditor looks."""
    verify = demo_module.verify_log

    def verify_altered(client: Any, auditor: Any, **arguments: Any) -> tuple[int, int]:
        (database,) = opened
        with sqlite3.connect(database) as connection:
            body = connection.execute("SELECT body FROM record WHERE log_index = 8").fetchone()[0]
            altered = body[:-4] + (b"AAAA" if body[-4:] != b"AAAA" else b"BBBB")
            connection.execute("UPDATE record SET body = ? WHERE log_index = 8", (altered,))
        return verify(client, auditor, **arguments)

    opened: list[Path] = []
    read = demo_module.read_settings

    def read_noting(**settings: Any) -> Any:
        opened.append(settings["data_dir"] / "filiere.db")
        return read(**settings)

    monkeypatch.setattr(demo_module, "read_settings", read_noting)
    monkeypatch.setattr(demo_module, "verify_log", verify_altered)
    shown = run("--json")
    assert shown.exit_code != 0
