"""The demo tells the truth: what it traces is what was worked out by hand in docs/demo.md, whatever it runs on."""

from __future__ import annotations

import json
import re
import sqlite3
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from click.testing import CliRunner

from codebase import ROOT
from conftest import Backend
from filiere_connectors.flow import read_flow
from filiere_platform.cli.demo import command, plan, story
from filiere_platform.cli.demo.boarding import FLOWS
from filiere_platform.cli.demo.companies import COMPANIES, DAIRY, FARMS, TANKER
from filiere_platform.cli.demo.words import _WORDS
from filiere_platform.cli.main import filiere
from filiere_schemas.provenance.envelope import parse_envelope

CHEESE, PACK, MELTED = (f"https://id.gs1.org/01/{gtin}/10/" for gtin in (plan.CHEESE, plan.PACK, plan.MELTED))
DAYS = ("0302", "0303", "0304", "0305", "0306")
UPSTREAM = {
    *(farm.lot("LAIT", f"L{day}") for farm in FARMS for day in DAYS),
    *(TANKER.lot("CITERNE", f"CIT{day}") for day in DAYS),
    *(DAIRY.lot("TANK", f"TK{day}") for day in DAYS),
}
PACKS = ("P0306A", "P0306B", "PF0312A", "PF0312B")
FINDINGS = {
    "more-used-than-made": f"{CHEESE}F0306",
    "shipment-not-received": f"{PACK}P0306B",
    "declared-late": FARMS[2].lot("LAIT", "L0305"),
    "event-withdrawn": f"{PACK}P0306A",
    "doubtful-steps": None,
}


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner(env=environment).invoke(filiere, ["demo", "--once", *arguments])


@pytest.fixture
def environment(backend: Backend) -> dict[str, str]:
    if backend.broker_url is None:
        return {}
    return {
        "FILIERE_DATABASE_URL": backend.database_url,
        "FILIERE_BROKER_URL": backend.broker_url,
        "FILIERE_BROKER_PREFIX": backend.prefix,
    }


def test_the_demo_answers_as_the_pencil_did(environment: dict[str, str]) -> None:
    shown = run("--json", **environment)
    assert shown.exit_code == 0, shown.output
    (line,) = shown.output.splitlines()
    told = json.loads(line)
    pallets = {pallet.lot: f"https://id.gs1.org/00/{pallet.sscc}" for pallet in plan.pallets()}
    assert told["object"] == f"{CHEESE}F0306"
    assert set(told["upstream"]) == UPSTREAM
    assert set(told["downstream"]) == {
        *(f"{PACK}{lot}" for lot in PACKS),
        *(pallets[lot] for lot in PACKS),
        f"{MELTED}FF0312",
    }
    expected = {**FINDINGS, "container-used-again": pallets["P0306A"]}
    assert {finding["code"]: finding["object"] for finding in told["findings"]} == expected
    assert len(told["findings"]) == len(expected)
    assert told["members"] >= 8
    assert told["records"] == told["verified"] >= 300 + told["members"]
    assert told["bundle"] == {"holds": 0, "altered": 1, "wrong_trust": 1}
    assert told["seconds"] > 0


def test_the_pencil_and_the_page_agree() -> None:
    """The page's figures, derived again from the rules; a lot that it names is one of the plan."""
    page = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    for tank in list(plan.tank_days())[:5]:
        assert f"| {plan.code('TK', tank.day)}: {tank.content:,} |" in page
        assert f"= {tank.load:,} | {tank.left}" in page
    by_lot = {cheese.lot: cheese for cheese in plan.cheeses()}
    assert by_lot["F0306"].kilograms == Decimal(256)
    assert by_lot["F0306"].shipped == Decimal(241)
    (order,) = (order for order in plan.cuts() if order.order == "OC-P0306")
    assert order.inputs == ((plan.CHEESE, "F0306", Decimal(251)),)
    assert order.outputs == (("P0306A", 602), ("P0306B", 402))
    reused = [pallet.lot for pallet in plan.pallets() if [p.sscc for p in plan.pallets()].count(pallet.sscc) > 1]
    assert reused == ["P0306A", "P0312A"]
    made = {lot for order in plan.cuts() for lot, _ in order.outputs} | set(by_lot)
    assert set(re.findall(r"\b(?:P?F?F03|P03)\d\d[AB]?\b", page)) <= made | {"PF0312A", "PF0312B"}


def test_the_demo_explains_itself_to_people(tmp_path: Path) -> None:
    shown = run("--keep", str(tmp_path / "kept"), FILIERE_LANG="en")
    assert shown.exit_code == 0, shown.output
    assert "11 companies aboard" in shown.output
    assert "266 KGM used or removed of 256 KGM declared" in shown.output
    assert re.search(r"verified   (\d+) of \1 records", shown.output)
    assert re.search(r"page       http://127\.0\.0\.1:\d+/lot\?object=", shown.output)
    assert "file_" not in shown.output
    assert (tmp_path / "kept/companies/laiterie/fabrication.csv").exists()
    assert (tmp_path / "kept/auditor/lot.zip").exists()
    again = run("--keep", str(tmp_path / "kept"))
    assert again.exit_code == 2
    assert "not empty" in again.output


def test_the_demo_is_not_told_into_an_instance_that_holds_records(
    environment: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if not environment:
        environment = {"FILIERE_DATABASE_URL": f"sqlite:///{request.getfixturevalue('tmp_path')}/one.db"}
    assert run("--json", **environment).exit_code == 0
    again = run("--json", **environment)
    assert again.exit_code == 1
    assert "needs an empty one" in again.output


def test_the_demo_says_everything_in_both_languages() -> None:
    for name, texts in _WORDS.items():
        fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in texts]
        assert fields[0] == fields[1], name
    shown = run(FILIERE_LANG="fr")
    assert "11 entreprises à bord" in shown.output
    assert "266 KGM utilisés ou retirés pour 256 KGM déclarés" in shown.output


def test_every_company_has_flows_and_every_flow_a_company() -> None:
    assert {folder.name for folder in FLOWS.iterdir()} == {company.key for company in COMPANIES}
    for path in FLOWS.glob("*/*.toml"):
        assert read_flow(path).name == path.stem.lower()


def altered(monkeypatch: pytest.MonkeyPatch, statement: str) -> Any:
    """Tell the story while a statement alters the database just before the auditor looks."""
    verify, read = story.verify_log, command.read_settings
    opened: list[Path] = []

    def read_noting(**settings: Any) -> Any:
        opened.append(settings["data_dir"] / "filiere.db")
        return read(**settings)

    def verify_altered(*arguments: Any, **named: Any) -> tuple[int, int]:
        with sqlite3.connect(opened[0]) as connection:
            assert connection.execute(statement).rowcount == 1
        return verify(*arguments, **named)

    monkeypatch.setattr(command, "read_settings", read_noting)
    monkeypatch.setattr(story, "verify_log", verify_altered)
    return run("--json")


def test_an_altered_record_fails_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four characters of one signature."""
    other = "CASE WHEN substr(body, -4) = x'41414141' THEN x'42424242' ELSE x'41414141' END"
    statement = f"UPDATE record SET body = substr(body, 1, length(body) - 4) || {other} WHERE log_index = 100"
    assert altered(monkeypatch, statement).exit_code != 0


def test_records_that_changed_places_fail_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both signatures hold; the log says that they are elsewhere."""
    statement = "UPDATE record SET body = (SELECT body FROM record WHERE log_index = 101) WHERE log_index = 100"
    assert altered(monkeypatch, statement).exit_code != 0


def test_a_mistyped_sale_is_taken_back_and_said_again(tmp_path: Path) -> None:
    """The warehouse's correction is an error declaration and a new event, never a silent change."""
    assert run("--keep", str(tmp_path / "kept")).exit_code == 0
    with sqlite3.connect(tmp_path / "kept/instance/filiere.db") as connection:
        rows = connection.execute(
            "SELECT body FROM record WHERE log_index >= ? ORDER BY log_index", (len(COMPANIES),)
        ).fetchall()
    events = [json.loads(parse_envelope(bytes(body)).payload) for (body,) in rows]
    told = [
        (event["quantityList"][0]["quantity"], "errorDeclaration" in event)
        for event in events
        if event.get("bizStep") == "shipping" and f"{PACK}P0306A" in json.dumps(event)
    ]
    assert told == [(480, False), (480, True), (48, False)]
