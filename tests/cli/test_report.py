"""`filiere report` writes what its reader may see of a period, in each form, and leaves nothing out in silence."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from builders.instance import Instance, Sender, open_instance
from builders.reports import examples, tables
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import OPERATOR, SharingMode
from filiere_platform.usecases.report import Reporting, ReportQuestion, work_out_report
from filiere_schemas.problems import Refusal
from filiere_schemas.sectors.checked_profile import load_profile, ready_profile
from filiere_schemas.sectors.profile_files import find_sector

Run = Callable[..., Result]
DAY = ("--from", "2029-03-05", "--until", "2029-03-06")
FDA = ("report", "fda-sortable", *DAY, "--format")
WORKED = tables("food")
THINGS = {"products", "locations"}  # sheets of what master data says: tests/api/test_reports_of_things.py


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        yield instance


@pytest.fixture
def farm(instance: Instance) -> Sender:
    """Somebody who has sent every example of the food sector, and shares them with nobody."""
    farm = instance.admit("farm", sharing=SharingMode.PRIVATE)
    assert farm.send_events(*examples("food")).status_code == 200
    return farm


@pytest.fixture
def run(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = instance.platform.settings
    monkeypatch.setenv("FILIERE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments), catch_exceptions=False)


def sheets_of(result: Result) -> dict[str, list[dict[str, Any]]]:
    return {each["sheet"]: each["rows"] for each in json.loads(result.output)["sheets"]}


def as_text(cell: object) -> str:
    return "" if cell is None else "true" if cell is True else str(cell)


def test_every_form_holds_what_was_worked_by_hand(farm: Sender, run: Run, tmp_path: Path) -> None:
    worked = {sheet: table for (report, sheet), table in WORKED.items() if report == "fda-sortable"}
    answer = json.loads(run(*FDA, "json", "--member", farm.uri).output)
    assert (answer["report"], answer["sector"], answer["withheld"], answer["erased"]) == ("fda-sortable", "food", 0, 0)
    told = {each["sheet"]: each for each in answer["sheets"]}
    titles = {name: [column["title"] for column in each["columns"]] for name, each in told.items()}
    assert told.keys() - worked.keys() == THINGS
    assert {
        name: [list(each["rows"][0]), *([as_text(cell) for cell in row.values()] for row in each["rows"])]
        for name, each in told.items()
        if name not in THINGS
    } == worked
    assert run(*FDA, "csv", "--as", farm.uri, "-o", str(tmp_path / "fda.csv")).exit_code == 0
    for name, (_, *rows) in worked.items():
        written = (tmp_path / f"fda-{name}.csv").read_bytes().decode()
        read = list(csv.reader(io.StringIO(written, newline="")))
        assert [[cell.removeprefix("'") for cell in row] for row in read] == [titles[name], *rows]
    assert run(*FDA, "xlsx", "--as", farm.uri, "-o", str(tmp_path / "fda.xlsx")).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "fda.xlsx")
    assert book.sheetnames[-4:] == ["products", "locations", "glossary", "about"]
    for sheet, (name, (_, *rows)) in zip(book, worked.items(), strict=False):
        read = [[as_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert [[cell.removeprefix("'") for cell in row] for row in read] == [titles[name], *rows]
    assert isinstance(book["shipping"]["C2"].value, int)


def test_a_report_shows_what_its_reader_may_see_alone(farm: Sender, instance: Instance, run: Run) -> None:
    other = instance.admit("other")
    assert [*sheets_of(run(*FDA, "json", "--as", other.uri)).values()] == [[]] * 9
    assert sheets_of(run(*FDA, "json")) == sheets_of(run(*FDA, "json", "--as", farm.uri)) != {}


def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(farm: Sender, run: Run) -> None:
    slip = ("report", "slip-931", "--as", farm.uri)
    at, after = "2029-03-05T08:00:00Z", "2029-03-05T08:00:00.000001Z"
    assert sheets_of(run(*slip, "--from", at, "--until", after))["dispatches"]
    assert not sheets_of(run(*slip, "--from", after, "--until", "2030-01-01"))["dispatches"]
    assert not sheets_of(run(*slip, "--from", "2029-01-01", "--until", at))["dispatches"]
    with pytest.raises(Refusal, match="report-period"):
        run(*slip, "--from", at, "--until", at)


def test_what_was_declared_erroneous_or_erased_makes_no_row_and_the_erased_is_counted(
    farm: Sender, instance: Instance, run: Run
) -> None:
    by_id = {event["eventID"]: event for event in examples("food")}
    wrong = by_id["urn:example:shipping"]
    error = {"declarationTime": "2029-03-06T08:00:00Z", "reason": "incorrect_data"}
    assert farm.send_events(wrong | {"errorDeclaration": error}).status_code == 200
    index = farm.get("/epcis/events/urn:example:harvesting").status_code
    assert index == 200
    rows = sheets_of(run(*FDA, "json", "--as", farm.uri))
    assert wrong["eventID"] not in [row["event"] for row in rows["shipping"]]
    assert len(rows["shipping"]) == len(WORKED["fda-sortable", "shipping"]) - 2
    harvested = [at for at, each in enumerate(by_id) if each == "urn:example:harvesting"]
    start = instance.log_size() - 1 - len(by_id)
    instance.erase(start + harvested[0])
    answer = json.loads(run(*FDA, "json", "--as", farm.uri).output)
    assert answer["erased"] == 1
    shown = {each["sheet"]: each["rows"] for each in answer["sheets"]}["harvesting"]
    assert len(shown) == len(WORKED["fda-sortable", "harvesting"]) - 2


def test_a_report_of_too_much_is_refused_and_not_cut(farm: Sender, instance: Instance) -> None:
    folder = find_sector("food")
    reporting = Reporting.of(load_profile(folder), ready_profile(folder))
    asked = {"report": reporting.report("slip-931"), "start": 0, "stop": 1 << 52}
    with instance.platform.database.unit_of_work() as uow:
        assert work_out_report(uow, OPERATOR, reporting, ReportQuestion(**asked)).events == 4
        for bound in ({"most_events": 3}, {"most_rows": 3}):
            with pytest.raises(Refusal, match="report-too-large"):
                work_out_report(uow, OPERATOR, reporting, ReportQuestion(**asked, **bound))


def test_no_text_of_a_member_is_computed_by_who_opens_a_report(instance: Instance, run: Run, tmp_path: Path) -> None:
    farm = instance.admit("farm")
    (event,) = [each for each in examples("food") if each["eventID"] == "urn:example:shipping"]
    lots = [event["quantityList"][0] | {"quantity": 0.1}]
    assert farm.send_events(event | {"food:productDescription": "=1+1\x07", "quantityList": lots}).status_code == 200
    assert run(*FDA, "xlsx", "-o", str(tmp_path / "fda.xlsx")).exit_code == 0
    sheet = openpyxl.load_workbook(tmp_path / "fda.xlsx")["shipping"]
    description, quantity = sheet["E2"], sheet["C2"]
    assert (description.value, description.data_type, quantity.value) == ("'=1+1", "s", 0.1)
    assert ",'=1+1\x07," in run(*FDA, "csv", "--sheet", "shipping").output
    assert ";0,1;" in run(*FDA, "csv", "--sheet", "shipping", "--csv", "fr").output


def test_reports_are_listed_and_one_that_there_is_not_is_refused_with_those_that_there_are(run: Run) -> None:
    listed = run("report", "--list", "--sector", "food").output
    assert listed == run("report", "--list").output
    assert "slip-931\tslip for food of animal origin\tdispatches" in listed.splitlines()
    with pytest.raises(Refusal, match="report-unknown"):
        run("report", "nothing", *DAY)
    with pytest.raises(Refusal, match="report-sheet"):
        run(*FDA, "csv")
    assert run("report", "slip-931").exit_code == run(*FDA, "xlsx").exit_code == 2


def test_completeness_says_of_each_sender_which_data_are_there_and_which_are_missing(
    instance: Instance, run: Run
) -> None:
    farm, shop = instance.admit("farm"), instance.admit("shop")
    by_id = {event["eventID"].removeprefix("urn:example:"): event for event in examples("food")}
    count, destroyed = by_id["stock-count"], by_id["destruction"]
    nowhere = {name: value for name, value in count.items() if name != "readPoint"} | {"eventID": "urn:example:nowhere"}
    assert farm.send_events(count, nowhere, destroyed).status_code == 200
    assert shop.send_events(count).status_code == 200
    sheets = sheets_of(run("report", "kde-completeness", *DAY))
    counted = {
        row["sender"]: [row[name] for name in ("events", "judged", "present", "missing", "complete")]
        for row in sheets["senders"]
    }
    assert counted == {farm.uri: ["3", "3", "5", "1", "83.33"], shop.uri: ["1", "1", "2", "0", "100.00"]}
    missing = {(row["sender"], row["kde"]): row["missing"] for row in sheets["data"]}
    assert missing == {
        (farm.uri, "stock-count.quantity"): "0",
        (farm.uri, "stock-count.place"): "1",
        (farm.uri, "destruction.quantity"): "0",
        (farm.uri, "destruction.certificate"): "0",
        (shop.uri, "stock-count.quantity"): "0",
        (shop.uri, "stock-count.place"): "0",
    }
