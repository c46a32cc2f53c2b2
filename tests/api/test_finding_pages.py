"""The pages of findings: who may explain is shown the form, who may decide the other, and a stale page is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from builders.findings import explain, found_of
from builders.house import Browser, House, open_house
from builders.instance import Sender
from conftest import Backend
from filiere_platform.domain.principal import Role


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def dairy(house: House) -> Sender:
    return house.instance.admit("Laiterie")


@pytest.fixture
def number(house: House, dairy: Sender) -> int:
    return found_of(house.instance, dairy)


def version_of(page: str) -> str:
    return page.partition('name="version" value="')[2].partition('"')[0]


def say(browser: Browser, number: int, where: str, act: str, **form: str) -> int:
    """Post a form of the page as it was shown last."""
    version = version_of(browser.get(f"/findings/{number}").text)
    return browser.post(f"/findings/{where}", finding=str(number), version=version, act=act, **form).status_code


def test_quality_explains_and_a_supervisor_decides(house: House, dairy: Sender, number: int) -> None:
    quality = house.person("q@example.org", Role.QUALITY, member=dairy.uri)
    chief = house.person("s@example.org", Role.SUPERVISOR, member=dairy.uri)
    assert say(quality, number, "explanation", "explain", reason="data-late", text="<b>La suite\narrive.</b>") == 303
    page = quality.get(f"/findings/{number}").text
    assert "&lt;b&gt;La suite<br>arrive.&lt;/b&gt;" in page
    assert "/findings/decision" not in page
    assert (
        quality.post("/findings/decision", finding=str(number), version="1", act="close", reason="x").status_code == 403
    )
    assert "expliqué" in chief.get("/findings?state=explained").text
    assert say(chief, number, "decision", "close", reason="=1+1") == 303
    assert "Rouvrir" in chief.get(f"/findings/{number}").text
    (row,) = csv.DictReader(io.StringIO(chief.get("/findings.csv?state=closed").text[1:], newline=""), delimiter=";")
    assert (row["id"], row["closedBy"][:7]) == (str(number), "person:")
    assert say(chief, number, "decision", "reopen", reason="pas encore") == 303
    assert say(quality, number, "explanation", "explain", reason="other", text="Encore.") == 303
    assert say(quality, number, "explanation", "take-back") == 303
    assert dairy.get(f"/api/v1/findings/{number}").json()["version"] == 5


def test_a_page_that_was_read_before_somebody_else_explained_is_refused(
    house: House, dairy: Sender, number: int
) -> None:
    quality = house.person("q@example.org", Role.QUALITY, member=dairy.uri)
    version = version_of(quality.get(f"/findings/{number}").text)
    explain(dairy, number)
    said = {"act": "explain", "reason": "other", "text": "x"}
    refused = quality.post("/findings/explanation", finding=str(number), version=version, **said)
    assert refused.status_code == 409
    assert "« explained »" in refused.text


def test_a_form_without_the_mark_of_its_page_changes_nothing(house: House, dairy: Sender, number: int) -> None:
    quality = house.person("q@example.org", Role.QUALITY, member=dairy.uri)
    said = {"finding": str(number), "version": "0", "act": "explain", "reason": "other", "text": "x"}
    assert quality.post("/findings/explanation", **said, mark="0" * 64).status_code == 403
    assert dairy.get(f"/api/v1/findings/{number}").json()["state"] == "open"


def test_who_only_reads_is_shown_no_form(house: House, dairy: Sender, number: int) -> None:
    operator = house.person("o@example.org", Role.OPERATOR, member=dairy.uri)
    page = operator.get(f"/findings/{number}").text
    assert "/findings/explanation" not in page
    assert "event-hash-differs" in page


def test_the_list_is_had_as_csv_by_whoever_accepts_that_alone(dairy: Sender, number: int) -> None:
    def ask(accept: str, **query: str) -> str:
        answer = dairy.client.get("/api/v1/findings", params=query, headers={**dairy.headers, "Accept": accept})
        assert answer.headers["Vary"] == "Accept"
        kind: str = answer.headers["content-type"]
        return kind if kind == "application/json" else answer.text

    assert ask("*/*") == ask("application/json, text/csv") == "application/json"
    (row,) = csv.DictReader(io.StringIO(ask("text/csv"), newline=""))
    assert (row["id"], row["state"], row["rule"]) == (str(number), "open", "event-hash-differs")
    assert ask("text/csv", csv="fr").startswith("\ufeffid;rule;")
    assert ask("text/csv", state="explained").count("\r\n") == 1
