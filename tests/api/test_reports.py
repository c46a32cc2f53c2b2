"""Reports are asked for over HTTP in the form that suits, by who may see what is in them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient

from builders.instance import Instance, Sender, open_instance
from builders.reports import examples, tables
from filiere_platform.domain.audience import SharingMode

DAY = {"from": "2029-03-05T00:00:00Z", "until": "2029-03-06T00:00:00Z"}
SLIP, FDA = "/api/v1/reports/slip-931", "/api/v1/reports/fda-sortable"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKED = tables("food")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder: Path = tmp_path_factory.mktemp("reports")
    with open_instance(folder) as instance:
        yield instance


@pytest.fixture(scope="module")
def farm(instance: Instance) -> Sender:
    farm = instance.admit("farm", sharing=SharingMode.PRIVATE)
    assert farm.send_events(*examples("food")).status_code == 200
    return farm


def test_the_reports_are_listed_in_the_language_of_who_asks(instance: Instance) -> None:
    answer = instance.client.get("/api/v1/reports", headers={"Accept-Language": "fr"}).json()
    assert (answer["sector"], len(answer["reports"])) == ("food", len({report for report, _ in WORKED}) + 1)
    (slip,) = [each for each in answer["reports"] if each["report"] == "slip-931"]
    assert slip["title"] == "fiche des denrées d'origine animale"
    assert slip["sheets"] == [{"sheet": "dispatches", "title": "expéditions"}]


def test_a_report_is_the_same_in_each_form_whether_named_or_accepted(instance: Instance, farm: Sender) -> None:
    header, *rows = WORKED["slip-931", "dispatches"]
    told = farm.get(SLIP, **DAY)
    assert (told.headers["content-type"], told.headers["cache-control"]) == ("application/json", "no-store")
    (sheet,) = told.json()["sheets"]
    assert [["" if cell is None else cell for cell in row.values()] for row in sheet["rows"]] == rows
    assert [column["column"] for column in sheet["columns"]] == header
    for form, kind in (("csv", "text/csv"), ("xlsx", WORKBOOK)):
        named = farm.get(SLIP, **DAY, format=form)
        asked = instance.client.get(SLIP, params=DAY, headers={**farm.headers, "Accept": kind})
        assert named.headers["content-disposition"] == f'attachment; filename="slip-931.{form}"'
        assert (
            named.headers["content-type"].partition(";")[0] == kind == asked.headers["content-type"].partition(";")[0]
        )
        assert form == "xlsx" or named.content == asked.content
    book = openpyxl.load_workbook(io.BytesIO(farm.get(SLIP, **DAY, format="xlsx").content))
    assert book.worksheets[0].max_row == len(rows) + 1


def test_of_a_report_of_several_sheets_csv_gives_the_one_that_is_named(farm: Sender) -> None:
    rows = farm.get(FDA, **DAY, format="csv", sheet="shipping").text.splitlines()
    assert len(rows) == len(WORKED["fda-sortable", "shipping"])
    for sheet in ({}, {"sheet": "nothing"}):
        refused = farm.get(FDA, **DAY, format="csv", **sheet)
        assert (refused.status_code, refused.json()["code"]) == (400, "report-sheet")


def test_nobody_is_shown_a_row_of_an_event_that_he_may_not_see(instance: Instance, farm: Sender) -> None:
    other = instance.admit("other")
    for answer in (other.get(FDA, **DAY), instance.client.get(FDA, params=DAY)):
        assert answer.status_code == 200
        assert [sheet["rows"] for sheet in answer.json()["sheets"]] == [[]] * len(answer.json()["sheets"])
    assert farm.get(FDA, **DAY).json()["events"]


@pytest.mark.parametrize(
    ("path", "changes", "status", "code"),
    [
        ("/api/v1/reports/nothing", {}, 404, "report-unknown"),
        (SLIP, {"until": DAY["from"]}, 400, "report-period"),
        (SLIP, {"from": "yesterday"}, 400, "query-parameter"),
        (SLIP, {"lot": "no lot"}, 400, "identifier-not-a-uri"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(
    farm: Sender, path: str, changes: dict[str, str], status: int, code: str
) -> None:
    refused = farm.get(path, **(DAY | changes))
    assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.fixture
def browser(instance: Instance, farm: Sender) -> TestClient:
    browser = TestClient(instance.client.app, base_url="https://testserver")
    assert browser.post("/sign-in", data={"token": farm.token}, follow_redirects=False).status_code == 303
    return browser


def test_the_page_shows_a_report_and_gives_it_as_the_files_that_the_api_gives(
    browser: TestClient, farm: Sender, instance: Instance
) -> None:
    asked = {"report": "fda-sortable", "from": "2029-03-05T00:00", "to": "2029-03-06T00:00", "lang": "en"}
    text = browser.get("/reports", params=asked).text
    rows = [row for (report, _), (_, *rows) in WORKED.items() if report == "fda-sortable" for row in rows]
    assert text.count("<tr><td>") == len(rows) + 2  # the product and the place that they name
    assert escape("https://maker.example/documents/42") in text
    (link, *_) = re.findall(r'<a href="(/reports[^"]*format=csv[^"]*shipping[^"]*)"', text)
    told = farm.get(FDA, **DAY, format="csv", sheet="shipping").content
    assert (
        browser.get(unescape(link)).content
        == instance.client.get(
            FDA, headers=farm.headers | {"Accept-Language": "en"}, params=DAY | {"format": "csv", "sheet": "shipping"}
        ).content
        != told
    )
    book = browser.get("/reports", params=asked | {"format": "xlsx"})
    assert book.headers["content-disposition"] == 'attachment; filename="fda-sortable.xlsx"'
    assert len(openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames) == 11


def test_the_page_asks_for_a_period_and_says_what_is_wrong_with_one(browser: TestClient) -> None:
    form = browser.get("/reports", params={"lang": "en"}).text
    assert all(f'name="{name}"' in form for name in ("report", "from", "to", "object"))
    assert 'value="mass-balance"' in form
    for wrong in ({"from": ""}, {"to": "2029-03-05T00:00"}, {"report": "nothing"}):
        asked = {"report": "slip-931", "from": "2029-03-05T00:00", "to": "2029-03-06T00:00"} | wrong
        assert browser.get("/reports", params=asked).status_code in {400, 404}
