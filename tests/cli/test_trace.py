"""`filiere trace` draws a tree or gives the API's JSON, as the operator or as a member sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders.events import CHEESE_LOT, MILK_LOT, a_transformation_event, an_object_event
from builders.instance import Sender, open_instance
from conftest import Backend
from filiere_platform.cli import main as console
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.identifiers import canonical_key

Run = Callable[..., Result]
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "trace.md"


@pytest.fixture
def dairy(backend: Backend) -> Iterator[Sender]:
    """A dairy whose milk became cheese: the milk shared with the sector, the cheese with nobody."""
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        farm = instance.admit("farm", sharing=SharingMode.SECTOR)
        dairy = instance.admit("dairy", sharing=SharingMode.PRIVATE)
        assert farm.send_events(an_object_event(eventTime="2026-06-11T05:40:00.000Z")).status_code == 200
        assert dairy.send_events(a_transformation_event()).status_code == 200
        yield dairy


@pytest.fixture
def run(dairy: Sender, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments), catch_exceptions=False)


def test_the_tree_shows_what_the_milk_became_with_its_amount(run: Run) -> None:
    drawn = run("trace", MILK_LOT, "--down").output.splitlines()
    assert drawn[0] == canonical_key(MILK_LOT)
    assert drawn[2] == "DOWNSTREAM (where to)"
    assert drawn[3] == f"└─ transformed 2026-06-12 05:40 1000 LTR: {canonical_key(CHEESE_LOT)}"


def test_the_json_is_the_api_s(run: Run, dairy: Sender) -> None:
    for ways in ("up", "down", "both"):
        printed = json.loads(run("trace", CHEESE_LOT, f"--{ways}", "--json", "--as", dairy.uri).output)
        assert printed == dairy.get("/api/v1/trace", object=CHEESE_LOT, direction=ways).json()
        assert printed["nodes"]


@pytest.mark.parametrize("form", ["json", "graphml", "nodes.csv", "edges.csv", "epcis"])
def test_every_form_is_the_api_s(run: Run, dairy: Sender, form: str) -> None:
    printed = run("trace", CHEESE_LOT, "--format", form, "--csv", "fr", "--as", dairy.uri).stdout_bytes
    answered = dairy.get("/api/v1/trace", object=CHEESE_LOT, format=form, csv="fr").content
    if form in {"json", "epcis"}:
        both = [json.loads(text) for text in (printed, answered)]
        assert [each.pop("creationDate", None) is None for each in both] == [form == "json"] * 2
        assert both[0] == both[1]
    else:
        assert printed == answered


def test_a_member_sees_what_is_granted_to_it_and_learns_of_nothing_that_nobody_told_it(run: Run, dairy: Sender) -> None:
    farm = json.loads(run("member", "list", "--json").output)[1]["uri"]
    seen = json.loads(run("trace", MILK_LOT, "--json", "--as", farm).output)
    # What the dairy made of it is its own affair: no record of somebody else told the farm of it (docs/visibility.md).
    assert [(node["key"], node["hidden_events"]) for node in seen["nodes"]] == [(canonical_key(MILK_LOT), 0)]
    assert len(json.loads(run("trace", MILK_LOT, "--json").output)["nodes"]) == 2


def test_as_of_before_the_cheese_there_is_none(run: Run) -> None:
    whole = json.loads(run("trace", MILK_LOT, "--json").output)
    made = max(event["index"] for event in whole["events"])
    before = json.loads(run("trace", MILK_LOT, "--json", "--as-of", str(made)).output)
    assert [node["key"] for node in before["nodes"]] == [canonical_key(MILK_LOT)]


def test_an_object_that_nobody_mentioned_is_a_refusal_and_no_empty_tree(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        console.main(["trace", "urn:epc:class:lgtin:9521001.000017.NEVER"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("not-found")


def test_every_member_of_the_answer_is_documented(run: Run) -> None:
    documented = DOCUMENTATION.read_text(encoding="utf-8")
    answer = json.loads(run("trace", CHEESE_LOT, "--json").output)
    assert {name for name in _names(answer) if f"`{name}`" not in documented and f'"{name}"' not in documented} == set()


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_names(item) for item in value))
    if isinstance(value, dict):
        return set(value).union(*(_names(item) for name, item in value.items() if name != "directions"))
    return set()
