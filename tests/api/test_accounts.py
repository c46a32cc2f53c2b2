"""Accounts of counters are worked out over what the asker may see: of a lot, of a certificate, as known then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from builders.instance import Instance, Sender, open_instance
from builders.wood import delivered, felled, named, open_wood
from conftest import Backend
from filiere_platform.bootstrap.sector import sector_reporting
from filiere_platform.domain.audience import OPERATOR, SharingMode
from filiere_platform.usecases.account import AccountQuestion, work_out_account
from filiere_schemas.problems import Refusal
from filiere_schemas.sectors.balance import NO_RULES

CREDIT = "/api/v1/accounts/certified-credit"


@pytest.fixture
def instance(backend: Backend, tmp_path: Path) -> Iterator[Instance]:
    with open_wood(backend.folder, backend.database_url, tmp_path / "sectors") as opened:
        yield opened


@pytest.fixture
def forester(instance: Instance) -> Sender:
    return instance.admit("Forester", sharing=SharingMode.PRIVATE)


def send(sender: Sender, *events: dict[str, Any]) -> list[int]:
    sent = sender.send_events(*events)
    assert sent.status_code == 200, sent.text
    return [each["index"] for each in sent.json()["records"]]


def account(sender: Sender, certificate: str = "C-1", **asked: Any) -> dict[str, Any]:
    answer = sender.get(CREDIT, subject=certificate, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_credit_of_a_certificate_is_what_was_felled_less_what_was_delivered_on_it(forester: Sender) -> None:
    send(
        forester, felled(1, 12), felled(2, 3, "C-2"), delivered(3, 5), felled(4, 500, uom="DMQ"), delivered(5, 1, "C-2")
    )
    told = account(forester)
    assert [(line["eventID"], line["amount"], line["balance"]) for line in told["lines"]] == [
        (named(1), "12", "12"),
        (named(3), "-5", "7"),
        (named(4), "0.5", "7.5"),
    ]
    assert (told["balance"], told["unit"], told["complete"], told["breaches"]) == ("7.5", "MTQ", True, [])
    assert account(forester, "C-2")["balance"] == "2"
    assert account(forester, "C-3")["lines"] == []


def test_a_delivery_beyond_the_credit_is_a_breach_wherever_it_stands_in_the_log(forester: Sender) -> None:
    send(forester, delivered(2, 13), felled(1, 12))
    (breach,) = account(forester)["breaches"]
    assert (breach["eventID"], breach["limit"], breach["bound"], breach["balance"]) == (named(2), "least", "0", "-1")
    send(forester, felled(1, 1) | {"eventID": named(9)})
    assert account(forester)["breaches"] == []


def test_an_account_as_known_then_leaves_out_what_came_later_and_what_was_taken_back_later(forester: Sender) -> None:
    send(forester, felled(1, 12), felled(2, 3))
    then = account(forester)["as_of"]
    error = {"errorDeclaration": {"declarationTime": "2027-04-01T00:00:00Z"}}
    send(forester, felled(2, 3, **error), delivered(3, 5))
    assert account(forester)["balance"] == "7"
    assert account(forester, as_of=then)["balance"] == "15"


def test_nobody_is_told_of_what_he_may_not_see(instance: Instance, forester: Sender) -> None:
    send(forester, felled(1, 12))
    other = instance.admit("Sawmill")
    for told in (account(other), instance.client.get(CREDIT, params={"subject": "C-1"}).json()):
        assert (told["lines"], told["balance"], told["complete"], told["erased"]) == ([], "0", True, 0)


def test_what_does_not_convert_is_named_beside_the_account(forester: Sender) -> None:
    send(forester, felled(1, 12), felled(2, 900, uom="KGM"))
    told = account(forester)
    assert (told["balance"], told["complete"]) == ("12", False)
    (index,) = told["uncounted"]
    assert forester.get(f"/api/v1/records/{index}").json()["eventID"] == named(2)


def test_a_counter_of_others_is_worked_out_over_their_events_each_counted_once(
    forester: Sender, tmp_path: Path
) -> None:
    counters = tmp_path / "sectors" / "wood" / "counters.toml"
    whole = {"name": "whole", "unit": "DMQ", "of": ["certified-credit", "felled-credit"], "fr": "tout", "en": "whole"}
    part = {"name": "felled-credit", "unit": "MTQ", "adds": ["felling"], "amount": ["/quantityList/*/quantity"]}
    per = {"per": ["/ilmd/wood:certificate", "/wood:certificate"]}
    with counters.open("a", encoding="utf-8") as file:
        for each in (part | per | {"fr": "abattu", "en": "felled"}, whole | per):
            file.write("\n[[counter]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in each.items()))
    send(forester, felled(1, 12), delivered(2, 5))
    told = forester.get("/api/v1/accounts/whole", subject="C-1").json()
    assert [(line["counter"], line["amount"], line["balance"]) for line in told["lines"]] == [
        ("certified-credit", "12000", "12000"),
        ("felled-credit", "12000", "24000"),
        ("certified-credit", "-5000", "19000"),
    ]


def test_the_counters_are_listed_in_the_language_of_who_asks(instance: Instance) -> None:
    answer = instance.client.get("/api/v1/accounts", headers={"Accept-Language": "fr"}).json()
    (counter,) = answer["counters"]
    assert (answer["sector"], counter["counter"], counter["title"]) == (
        "wood",
        "certified-credit",
        "crédit de bois certifié",
    )
    assert (counter["per"], counter["least"], counter["most"]) == (
        ["/ilmd/wood:certificate", "/wood:certificate"],
        "0",
        None,
    )


def test_an_instance_of_no_sector_has_neither_counters_nor_reports(tmp_path: Path) -> None:
    with open_instance(tmp_path, sector="") as opened:
        for what in ("accounts", "reports"):
            listed = opened.client.get(f"/api/v1/{what}").json()
            assert (listed["sector"], [*listed.values()][-1]) == ("", [])
        assert "has no counter" in opened.client.get("/accounts", params={"lang": "en"}).text
        assert "has no report" in opened.client.get("/reports", params={"lang": "en"}).text
        refused = opened.client.get(CREDIT, params={"subject": "C-1"})
        assert (refused.status_code, refused.json()["code"]) == (404, "counter-unknown")


@pytest.mark.parametrize(
    ("path", "asked", "status", "code"),
    [
        ("/api/v1/accounts/nothing", {"subject": "C-1"}, 404, "counter-unknown"),
        (CREDIT, {"subject": "C-1", "as_of": "yesterday"}, 400, "query-parameter"),
        (CREDIT, {"subject": "C-1", "as_of": "1000000"}, 400, "as-of-beyond-log"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(
    forester: Sender, path: str, asked: dict[str, str], status: int, code: str
) -> None:
    refused = forester.get(path, **asked)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_an_account_of_more_events_than_are_read_is_refused_and_not_cut(instance: Instance, forester: Sender) -> None:
    send(forester, felled(1, 12), felled(2, 3))
    reporting = sector_reporting(instance.platform.settings, "wood")
    counter = reporting.counter("certified-credit")

    def balance(most: int) -> Fraction:
        question = AccountQuestion(counter=counter, subject="C-1", most_events=most)
        with instance.platform.database.unit_of_work() as uow:
            return work_out_account(uow, OPERATOR, reporting, question, rules=NO_RULES).account.balance

    assert balance(most=2) == 15
    with pytest.raises(Refusal) as refused:
        balance(most=1)
    assert refused.value.problems[0].code == "account-too-large"


def test_the_page_shows_the_account_and_what_is_beyond_its_bounds_or_beside_it(
    instance: Instance, forester: Sender
) -> None:
    first, last, beside = send(forester, felled(1, 12), delivered(2, 13.5), felled(3, 900, uom="KGM"))
    browser = TestClient(instance.client.app, base_url="https://testserver")
    assert browser.post("/sign-in", data={"token": forester.token}, follow_redirects=False).status_code == 303
    asked = {"counter": "certified-credit", "subject": "C-1"}
    text = browser.get("/accounts", params=asked | {"lang": "fr"}).text
    rows = re.findall(
        r"<tr><td>[^<]*</td><td><a href=\"/record/(\d+)\">[^<]*</a></td><td>(.*?)</td><td>(.*?)</td>", text
    )
    assert rows == [(str(first), "12 m³", "12 m³"), (str(last), "-13,5 m³", "-1,5 m³ (sous le minimum)")]
    assert "Solde : -1,5 m³" in unescape(text).replace("\u202f", " ").replace("\xa0", " ")
    assert f'/record/{beside}"' in text
    assert 'value="certified-credit" selected' in text
    assert "Balance: 12 m³" in browser.get("/accounts", params=asked | {"as_of": str(last), "lang": "en"}).text
    wrong = browser.get("/accounts", params={"counter": "nothing", "subject": "C-1", "lang": "en"})
    assert (wrong.status_code, "has no counter “nothing”" in wrong.text) == (400, True)
    nobody = TestClient(instance.client.app, base_url="https://testserver")
    assert "12 m³" not in nobody.get("/accounts", params=asked).text
