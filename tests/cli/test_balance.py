"""`filiere balance` and `filiere dilution` say in a terminal what the API says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from builders.events import DAIRY, MILK_LOT, a_transformation_event, an_object_event
from builders.instance import Sender, open_instance
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.identifiers import canonical_key

Run = Callable[..., Result]
JUNE = ("--from", "2026-06-01T00:00:00Z", "--to", "2026-07-01T00:00:00Z")


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


def test_the_console_says_what_the_api_says(run: Run, dairy: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = ("--as", dairy.uri)
    whole = dairy.get("/api/v1/balance", object=MILK_LOT).json()
    assert json.loads(run("balance", MILK_LOT, "--json", *mine).output) == whole
    site = dairy.get("/api/v1/balance", site=DAIRY, **dict(zip(("from", "to"), JUNE[1::2], strict=True))).json()
    assert json.loads(run("balance", "--site", DAIRY, *JUNE, "--json", *mine).output) == site
    diluted = dairy.get("/api/v1/balance/dilution", object=MILK_LOT).json()
    assert json.loads(run("dilution", MILK_LOT, "--json", *mine).output) == diluted
    lines = run("balance", MILK_LOT).output.splitlines()
    assert lines[:3] == [
        canonical_key(MILK_LOT),
        "  made 1200, used 1000, left 200 LTR",
        "  open (nothing counted)",
    ]
    assert "ALL TOGETHER" in run("balance", "--site", DAIRY, *JUNE).output
    # Litres and kilos do not compare, so that at the worst all of the cheese is suspect; its share is that of the milk.
    assert run("dilution", MILK_LOT).output.splitlines()[1].endswith("share 98.77 %, at the worst 100.00 %")
    monkeypatch.setenv("FILIERE_LANG", "fr")
    assert "  ouvert (rien de compté)" in run("balance", MILK_LOT).output


def test_objects_or_a_site_with_its_period(run: Run) -> None:
    for wrong in ((), (MILK_LOT, "--site", DAIRY), ("--site", DAIRY)):
        assert run("balance", *wrong).exit_code == 2
