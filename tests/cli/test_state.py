"""`filiere state` says in a terminal what the API says, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from builders.events import CHEESE_LOT, MILK_LOT, a_transformation_event, an_object_event
from builders.instance import Sender, open_instance
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.identifiers import canonical_key

Run = Callable[..., Result]


@pytest.fixture
def dairy(backend: Backend) -> Iterator[Sender]:
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        dairy = instance.admit("dairy", sharing=SharingMode.PRIVATE)
        milk = an_object_event(eventTime="2026-06-11T05:40:00.000Z", disposition="unavailable")
        assert dairy.send_events(milk, a_transformation_event()).status_code == 200
        yield dairy


@pytest.fixture
def run(dairy: Sender, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments), catch_exceptions=False)


def test_the_lines_and_the_json_say_what_the_api_says(run: Run, dairy: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("state", MILK_LOT, CHEESE_LOT, "--at", "2026-06-20T00:00:00Z", "--as", dairy.uri)
    answered = dairy.get("/api/v1/state", object=[MILK_LOT, CHEESE_LOT], at="2026-06-20T00:00:00Z").json()
    assert json.loads(run(*asked, "--json").output) == answered
    lines = run(*asked).output.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [canonical_key(MILK_LOT), canonical_key(CHEESE_LOT)]
    assert "  left         200 LTR" in lines
    assert "  blocked      yes" in lines
    monkeypatch.setenv("FILIERE_LANG", "fr")
    assert "  bloqué       oui" in run(*asked).output.splitlines()


def test_a_member_that_there_is_not_and_a_time_that_is_none_are_refused(run: Run) -> None:
    assert run("state", MILK_LOT, "--as", "urn:filiere:party:duns:000000000").exit_code == 2
    assert "never mentioned" in run("state", MILK_LOT, "urn:epc:class:lgtin:9521001.000017.NO").output
