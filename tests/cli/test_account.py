"""`filiere account` shows what a counter keeps, as whom and as known when it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders.instance import Instance
from builders.wood import delivered, felled, named, open_wood
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode

Run = Callable[..., Result]


@pytest.fixture
def instance(backend: Backend, tmp_path: Path) -> Iterator[Instance]:
    with open_wood(backend.folder, backend.database_url, tmp_path / "sectors") as opened:
        yield opened


@pytest.fixture
def run(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = instance.platform.settings
    monkeypatch.setenv("FILIERE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("FILIERE_SECTOR_DIR", str(tmp_path / "sectors"))
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, ["account", *arguments])


def test_an_account_is_told_to_the_operator_and_to_members_as_each_may_see_it(instance: Instance, run: Run) -> None:
    forester = instance.admit("Forester", sharing=SharingMode.PRIVATE)
    other = instance.admit("Sawmill")
    first = forester.send_events(felled(1, 12), felled(2, 900, uom="KGM"))
    assert first.status_code == 200
    size = instance.log_size()
    assert forester.send_events(delivered(3, 13)).status_code == 200
    told = json.loads(run("certified-credit", "C-1", "--json").output)
    assert [(line["eventID"], line["balance"]) for line in told["lines"]] == [(named(1), "12"), (named(3), "-1")]
    as_forester = {"Accept-Language": "en"} | forester.headers
    assert told == instance.client.get(
        "/api/v1/accounts/certified-credit", params={"subject": "C-1"}, headers=as_forester
    ).json() | {"as_of": told["as_of"]}
    shown = run("certified-credit", "C-1").output
    assert "= -1 MTQ  below the least, 0" in shown
    assert "BALANCE  -1 MTQ" in shown
    assert f"not counted (sealed, or does not convert): no {told['uncounted'][0]}" in shown
    assert json.loads(run("certified-credit", "C-1", "--json", "--as-of", str(size)).output)["balance"] == "12"
    assert "no line" in run("certified-credit", "C-1", "--as", other.uri).output


def test_the_counters_are_listed(run: Run) -> None:
    assert run("--list").output == "certified-credit\tcredit of certified wood\tMTQ\n"


def test_what_cannot_be_answered_is_refused(run: Run) -> None:
    assert run("certified-credit").exit_code == 2
    assert run("nothing", "C-1").exception.problems[0].code == "counter-unknown"
