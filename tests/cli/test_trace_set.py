"""`filiere trace` of several objects, `ancestors`, `difference` and `presence` say in a terminal what the API says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from builders.events import CHEESE_LOT, CREAM_LOT, MILK_LOT, a_transformation_event, an_object_event
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
        milk = an_object_event(eventTime="2026-06-11T05:40:00.000Z")
        assert dairy.send_events(milk, a_transformation_event()).status_code == 200
        yield dairy


@pytest.fixture
def run(dairy: Sender, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments), catch_exceptions=False)


def test_the_console_says_what_the_api_says(run: Run, dairy: Sender) -> None:
    mine = ("--json", "--as", dairy.uri)

    def post(path: str, **body: object) -> object:
        return dairy.client.post(path, json=body, headers=dairy.headers).json()

    both = [MILK_LOT, CREAM_LOT]
    assert json.loads(run("trace", *both, "--down", *mine).output) == post(
        "/api/v1/trace", objects=both, direction="down"
    )
    ranked = post("/api/v1/trace/ancestors", objects=[CHEESE_LOT], sound=[CREAM_LOT])
    assert json.loads(run("ancestors", CHEESE_LOT, "--sound", CREAM_LOT, *mine).output) == ranked
    size = dairy.get("/api/v1/trace", object=MILK_LOT).json()["as_of"] - 1
    changed = dairy.get("/api/v1/trace/difference", object=MILK_LOT, as_of=size).json()
    assert json.loads(run("difference", MILK_LOT, "--as-of", str(size), *mine).output) == changed
    there = dairy.get("/api/v1/trace/presence", object=MILK_LOT, member=dairy.uri).json()
    assert json.loads(run("presence", MILK_LOT, dairy.uri, *mine).output) == there


def test_lines_say_it_in_words(run: Run, dairy: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run("trace", MILK_LOT, CREAM_LOT, "--down").output.splitlines()
    assert lines[:2] == [canonical_key(MILK_LOT), canonical_key(CREAM_LOT)]
    assert f"  {canonical_key(CHEESE_LOT)}: 2/2" in lines
    assert f"  {canonical_key(MILK_LOT)}: 1 of 1 suspect(s), 1 surely, score 1" in run("ancestors", CHEESE_LOT).output
    size = dairy.get("/api/v1/trace", object=MILK_LOT).json()["as_of"] - 1
    made = f"  + {canonical_key(CHEESE_LOT)}: event(s) {size}"
    assert made in run("difference", MILK_LOT, "--as-of", str(size)).output.splitlines()
    assert run("presence", MILK_LOT, dairy.uri).output.startswith("yes (certain)")
    monkeypatch.setenv("FILIERE_LANG", "fr")
    nobody = run("presence", MILK_LOT, "urn:filiere:party:duns:000000000").output
    assert nobody.startswith("non, pour autant que vous puissiez le savoir")


def test_several_objects_are_written_in_every_form(run: Run) -> None:
    table = run("trace", MILK_LOT, CREAM_LOT, "--down", "--format", "nodes.csv").output.splitlines()
    assert table[0].endswith(",roots")
    assert sorted(line.rpartition(",")[2] for line in table[1:] if "/10/" in line) == ["0", "0 1", "1"]
    assert "<graphml" in run("trace", MILK_LOT, CREAM_LOT, "--format", "graphml").output
    about = json.loads(run("trace", MILK_LOT, CREAM_LOT, "--format", "epcis").output)["filiere:trace"]
    assert about["filiere:objects"] == [canonical_key(MILK_LOT), canonical_key(CREAM_LOT)]


def test_where_an_incident_comes_from_is_scored_as_over_http(
    run: Run, dairy: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"objects": [CHEESE_LOT], "weights": [{"event": 0, "weight": 2}, {"place": "urn:x:nowhere"}]}
    answer = dairy.client.post("/api/v1/trace/investigation", json=asked, headers=dairy.headers).json()
    words = ("investigate", CHEESE_LOT, "--weight", "event=0=2", "--weight", "place=urn:x:nowhere")
    told = json.loads(run(*words, "--as", dairy.uri, "--json").output)
    assert told == answer
    lines = run(*words).output.splitlines()
    assert lines[0] == "SITES"
    assert "weight no. 2: in no delivery" in lines
    monkeypatch.setenv("FILIERE_LANG", "fr")
    assert "poids n° 2 : dans aucune livraison" in run(*words).output.splitlines()
    for wrong in (("--weight", "city=Paris"), ("--weight", "event=x"), ("--weight", "event=0", "--cross", ",")):
        assert run("investigate", CHEESE_LOT, *wrong).exit_code == 2
