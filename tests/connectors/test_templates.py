"""A company fills in the workbook of its role and sends it with the connector's commands; nobody writes a flow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx

from builders.company import Company, ServedInstance
from builders.templates import fill, opened
from filiere_connectors.templates.plan import make_plan
from filiere_schemas.sectors.profile_files import find_sector

BOOK = "workbooks/mars.xlsx"
SHIPPED = {"event": "BL 1", "time": date(2026, 3, 4), "item": "TOMME", "lot": "T1", "quantity": 12, "unit": "kg (KGM)"}
TO = {"/destinationList/type=owning_party/destination": "00001004100010"}


def make_book(company: Company, *rows: dict[str, Any]) -> None:
    done = company.connect("template", "processor", "--sector", "food", "-o", BOOK)
    assert done.returncode == 0, done.stderr
    type_in(company, *rows)


def type_in(company: Company, *rows: dict[str, Any]) -> None:
    plan = make_plan(find_sector("food"), "processor")
    fill(company.folder / BOOK, plan, "fr", [("shipping", {**row, **TO}) for row in rows])


def lots_shipped(company: Company) -> list[str]:
    """The company's own lots in events of the instance, as the standard's interface gives them."""
    answer = httpx.get(
        f"{company.url}/epcis/events",
        params={"EQ_bizStep": "shipping", "perPage": 500},
        headers={"Authorization": f"Bearer {company.token}", "GS1-EPCIS-Version": "2.0.0"},
        timeout=10,
    ).raise_for_status()
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    mine = company.uri.replace(":party:", ":lot:")
    classes = [each["epcClass"] for event in events for each in event.get("quantityList", ())]
    return sorted(each.rpartition(":")[2] for each in classes if each.startswith(mine))


def test_from_an_empty_workbook_to_published_events_without_a_flow(company: Company, instance: ServedInstance) -> None:
    make_book(company, SHIPPED, {**SHIPPED, "event": "BL 2", "lot": "T2"})
    checked = company.connect("check")
    assert checked.returncode == 0, checked.stderr
    assert "mars.xlsx : 2 événements, 0 problèmes" in checked.stdout
    preview = company.connect("preview", "--json", BOOK)
    assert [json.loads(line)["standing"] for line in preview.stdout.splitlines()] == ["new", "new"]
    assert [json.loads(line)["key"] for line in preview.stdout.splitlines()] == [
        ["shipping", "BL 1"],
        ["shipping", "BL 2"],
    ]

    ran = company.connect("run", "--wait-published", "20")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert company.status()["published"] == 2
    assert lots_shipped(company) == ["T1", "T2"]
    assert instance.log_holds()

    again = company.connect("run", BOOK)
    assert "0 nouvelles, 2 connues" in again.stdout
    assert lots_shipped(company) == ["T1", "T2"]


def test_a_bad_row_waits_is_marked_in_a_copy_and_leaves_when_it_is_mended(company: Company) -> None:
    make_book(company, SHIPPED, {**SHIPPED, "event": "BL 2", "lot": "T2", "unit": "seau"})
    checked = company.connect("check", BOOK)
    assert checked.returncode == 1
    assert "expédition!I5 « unité » template-unknown-word" in checked.stderr
    ran = company.connect("run")
    assert ran.returncode == 3
    assert lots_shipped(company) == ["T1"]
    (copy,) = (company.folder / ".filiere" / "reports").glob("*-annote.xlsx")
    assert "template-unknown-word" in opened(copy)["expédition"]["I5"].comment.text
    assert company.connect("check", str(copy)).returncode == 1

    workbook = opened(company.folder / BOOK)
    workbook["expédition"]["I5"].value = "kg"
    workbook.save(company.folder / BOOK)
    replayed = company.connect("replay")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert lots_shipped(company) == ["T1", "T2"]
    assert company.status()["quarantined"] == 0


def test_a_workbook_of_another_version_keeps_back_nothing_but_itself(newcomer: Callable[[], Company]) -> None:
    company = newcomer()
    company.board()
    make_book(company, SHIPPED)
    old = company.folder / "workbooks" / "avril.xlsx"
    workbook = opened(company.folder / BOOK)
    for row in workbook["_filiere"].rows:
        if row[0].value == "version":
            row[1].value = "2025.1"
    workbook.save(old)
    assert company.connect("check").returncode == 1
    company.environment = {"FILIERE_LANG": "en"}
    ran = company.connect("run")
    assert ran.returncode == 3
    assert "template-other-version" in ran.stderr
    assert "filiere-connect template processor --sector food" in ran.stderr
    assert lots_shipped(company) == ["T1"]


def test_a_workbook_needs_no_flow_and_init_says_so(company: Company) -> None:
    make_book(company, SHIPPED)
    told = company.connect("init", "--from", BOOK)
    assert told.returncode == 0
    assert "n'a pas besoin de flux" in told.stdout
    assert not list((company.folder / "flows").glob("*.toml"))
