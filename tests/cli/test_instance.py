"""The console founds an instance, admits members and hands out credentials; it explains what it refuses."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import Backend
from filiere_platform.cli import main as console
from filiere_platform.cli.main import COMMANDS, filiere

DAIRY = "urn:filiere:party:siret:00001003300017"

Run = Callable[..., Result]


@pytest.fixture
def run(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_LANG", "en")
    if backend.name == "production":
        monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments))


def exits(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run as the program does, with its own explanation of refusals."""
    with pytest.raises(SystemExit) as ended:
        console.main(arguments)
    return int(str(ended.value.code)), capsys.readouterr().err


def test_an_instance_is_founded_once(run: Run, backend: Backend) -> None:
    first = run("init", "--origin", "log.example.org/dairy", "--sector", "food")
    assert first.exit_code == 0, first.output
    assert "log.example.org/dairy+" in first.output  # the verifier key of the log
    again = run("init")
    assert again.exit_code == 0
    assert "unchanged" in again.output
    assert [line for line in again.output.splitlines() if "verifier" in line] == [
        line for line in first.output.splitlines() if "verifier" in line
    ]
    for key in ("log", "receipt", "registrar"):
        mode = (backend.folder / "data" / "keys" / f"{key}.pem").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


def test_the_origin_of_a_log_never_changes(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "--origin", "log.example.org/dairy")
    code, said = exits(capsys, "init", "--origin", "log.example.org/other")
    assert code == 1
    assert said.startswith("log-origin-fixed")


@pytest.mark.parametrize("origin", ["with space", "UPPER.example", "a+b", "-x", "https://log.example"])
def test_an_origin_that_cannot_name_a_log_is_refused(run: Run, capsys: pytest.CaptureFixture[str], origin: str) -> None:
    code, said = exits(capsys, "init", f"--origin={origin}")
    assert code == 1
    assert said.startswith("bad-log-origin")


def test_the_sector_body_is_a_member_whose_identifier_is_chosen_once(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"body       {DAIRY}" in run("init", "--body", DAIRY).output
    assert f"body       {DAIRY}" in run("init").output
    assert exits(capsys, "init", "--body", "urn:filiere:party:siret:00001004100010")[1].startswith("sector-body-fixed")
    assert len(json.loads(run("member", "list", "--json").output)) == 1


def test_members_are_admitted_listed_and_suspended(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init")
    added = run("member", "add", DAIRY, "--name", "Laiterie", "--identifier", "urn:epc:id:pgln:9521234.00001")
    assert added.exit_code == 0, added.output
    body, listed = json.loads(run("member", "list", "--json").output)
    assert (body["uri"], body["is_sector_body"], listed["is_sector_body"]) == ("https://localhost/filiere", True, False)
    assert (listed["uri"], listed["status"]) == (DAIRY, "active")
    assert any(key.startswith("https://id.gs1.org/417/") for key in listed["identifiers"])
    assert exits(capsys, "member", "add", DAIRY, "--name", "Again")[1].startswith("member-exists")
    taken = ("member", "add", "urn:filiere:party:siret:00001004100010", "--name", "B")
    assert exits(capsys, *taken, "--identifier", "urn:epc:id:pgln:9521234.00001")[1].startswith("identifier-taken")
    assert run("member", "suspend", DAIRY).exit_code == 0
    assert json.loads(run("member", "list", "--json").output)[1]["status"] == "suspended"
    assert run("member", "resume", DAIRY).exit_code == 0
    assert "active" in run("member", "list").output


def test_a_refusal_speaks_the_terminals_language(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    assert "does not exist" in exits(capsys, "member", "suspend", DAIRY)[1]
    monkeypatch.setenv("FILIERE_LANG", "fr")
    assert "n'existe pas" in exits(capsys, "member", "suspend", DAIRY)[1]


def test_tokens_are_shown_once_and_kept_as_digests(run: Run, backend: Backend) -> None:
    run("init")
    run("member", "add", DAIRY, "--name", "Laiterie")
    token = run("token", "create", DAIRY, "--scope", "read", "--days", "30").output.strip()
    enrolment = run("token", "create", DAIRY, "--enrolment").output.strip()
    assert token.startswith("fil_")
    assert enrolment != token
    if backend.name == "embedded":
        stored = b"".join(path.read_bytes() for path in (backend.folder / "data").glob("filiere.db*"))
        assert token.rpartition("_")[2].encode() not in stored
        assert enrolment.encode() not in stored


def test_an_instance_that_was_not_founded_is_named_as_such(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("migrate")
    code, said = exits(capsys, "events", "tail", "--no-follow")
    assert code == 1
    assert "filiere init" in said


def test_an_unreachable_database_is_explained(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILIERE_DATABASE_URL", "postgresql://nobody:s3cr3t-word@127.0.0.1:1/none")
    code, said = exits(capsys, "member", "list")
    assert code == 1
    assert "FILIERE_DATABASE_URL" in said
    assert "s3cr3t-word" not in said


def test_a_key_that_others_may_read_is_not_used(run: Run, backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    run("init")
    path: Path = backend.folder / "data" / "keys" / "log.pem"
    path.chmod(0o644)
    code, said = exits(capsys, "init")
    assert code == 1
    assert "chmod 600" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(filiere, [command, "--help"])
    assert shown.exit_code == 0, shown.output
    assert len(shown.output.splitlines()) > 3
