"""Mandates from the console: the same rules as everywhere, and each an act in the log about who is looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import Backend
from filiere_platform.cli import main as console
from filiere_platform.cli.main import filiere

DAIRY = "urn:filiere:party:siret:00001003300017"
SHOP = "urn:filiere:party:siret:00001004100010"
AUDITOR = "urn:filiere:party:duns:150483782"
BODY = "urn:filiere:party:duns:060704780"
LOT = "https://id.gs1.org/01/03012345678902/10/L1"

Run = Callable[..., Result]


@pytest.fixture
def run(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_LANG", "en")
    if backend.name == "production":
        monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(filiere, [str(each) for each in arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    run("init", "--origin", "log.test.example/filiere", "--body", BODY)
    for uri in (DAIRY, SHOP, AUDITOR):
        run("member", "add", uri, "--name", uri[-5:])
    return run


def give(run: Run, giver: str, *more: object) -> str:
    given = ("--by", giver, "--to", AUDITOR, "--purpose", "audit", "--reason", "yearly audit")
    return run("mandate", "give", *given, *more).output.strip()


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        console.main(arguments)
    assert ended.value.code == 1
    return capsys.readouterr().err


def listed(run: Run, *options: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("mandate", "list", "--json", *options).output.splitlines()]


def test_a_mandate_is_given_listed_and_revoked_and_each_is_an_act(run: Run) -> None:
    given = give(run, DAIRY, "--object", LOT, "--days", 10)
    (shown,) = listed(run, "--member", DAIRY)
    assert (shown["id"], shown["state"], shown["giver"], shown["holder"]) == (given, "in force", DAIRY, AUDITOR)
    assert shown["scope"] == {
        "members": [DAIRY],
        "products": [],
        "objects": [LOT],
        "eventFrom": None,
        "eventBefore": None,
    }
    assert listed(run, "--member", SHOP) == []
    run("mandate", "revoke", given)
    run("mandate", "revoke", given)  # a second time changes nothing
    assert listed(run)[0]["state"] == "revoked"
    acts = [json.loads(line) for line in run("audit", "list", "--member", DAIRY, "--json").output.splitlines()]
    told = [(act["act"], act["object"], act["member"]) for act in acts if act["act"].startswith("mandate.")]
    assert told == [("mandate.give", given, DAIRY), ("mandate.revoke", given, DAIRY)]
    assert "yearly audit" not in json.dumps(acts), "free text stays out of the log"


@pytest.mark.parametrize("member", [SHOP, AUDITOR])
def test_nobody_gives_a_mandate_over_somebody_elses_records(
    run: Run, capsys: pytest.CaptureFixture[str], member: str
) -> None:
    given = ("--by", DAIRY, "--to", AUDITOR, "--purpose", "audit", "--reason", "x", "--member", member)
    assert refusal(capsys, "mandate", "give", *given).startswith("mandate-not-yours")


def test_the_sector_body_gives_mandates_over_those_who_accepted_it_by_charter(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plain, with_mandates = tmp_path / "charter-1", tmp_path / "charter-2"
    plain.write_text("no word of mandates", encoding="utf-8")
    with_mandates.write_text("the sector body may give mandates", encoding="utf-8")
    given = ("--by", BODY, "--to", AUDITOR, "--purpose", "recall", "--reason", "x", "--member", DAIRY)
    assert refusal(capsys, "mandate", "give", *given).startswith("mandate-not-yours")
    run("charter", "publish", "1", plain)
    run("charter", "accept", DAIRY)
    assert refusal(capsys, "mandate", "give", *given).startswith("mandate-not-yours")
    run("charter", "publish", "2", with_mandates, "--mandates")
    assert refusal(capsys, "mandate", "give", *given).startswith("mandate-not-yours")
    run("charter", "accept", DAIRY)
    run("charter", "accept", DAIRY)
    give(run, BODY, "--all-accepting")
    assert [each["scope"]["members"] for each in listed(run)] == [[DAIRY]]  # type: ignore[index]
    # What a member accepted gives the sector body a right, and nobody else.
    assert refusal(capsys, "mandate", "give", "--by", SHOP, *given[2:]).startswith("mandate-not-yours")


def test_the_charter_in_force_says_whether_it_allows_mandates(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "charter"
    text.write_text("x", encoding="utf-8")
    run("charter", "publish", "1", text, "--mandates")
    assert "allows mandates" in run("charter", "show").output
    assert '"mandates": "allowed"' in run("audit", "list", "--json").output


def test_looks_are_listed_for_the_member_that_was_looked_at(run: Run) -> None:
    give(run, DAIRY, "--object", LOT)
    assert run("mandate", "looks", DAIRY).output == ""
    assert run("mandate", "looks", DAIRY, "--csv").output.startswith("seq,at,mandate,purpose,holder,by,")
