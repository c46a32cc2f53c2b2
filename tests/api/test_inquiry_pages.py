"""The pages of states, balances and sets say what the API says, to whom it may be said; without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from builders.instance import Instance, Sender, open_instance
from filiere_platform.domain.audience import SharingMode

MILK, CHEESE, TANK = (f"urn:filiere:lot:duns:150483782:{name}" for name in ("LAIT:L1", "TOMME:T1", "TOMME:T2"))
SECRET = "urn:filiere:lot:duns:150483782:RECETTE:S1"
SITE = "urn:epc:id:sgln:9521001.00001.0"
DAY = "2026-03-0{day}T10:00:00.000Z"
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld", {"filiere": "urn:filiere:ns:"}]


def event(kind: str, day: int, **members: object) -> dict[str, object]:
    at = {"eventTime": DAY.format(day=day), "eventTimeZoneOffset": "+00:00", "readPoint": {"id": SITE}}
    return {"@context": CONTEXT, "type": kind, **at, "bizStep": "commissioning", **members}


def of(lot: str, quantity: float, uom: str = "KGM") -> list[dict[str, object]]:
    return [{"epcClass": lot, "quantity": quantity, "uom": uom}]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with open_instance(tmp_path_factory.mktemp("inquiry")) as opened:
        yield opened


@pytest.fixture(scope="module")
def dairy(instance: Instance) -> Sender:
    """Milk becomes two cheeses, more than there was; the first is blocked on the fourth; a recipe is secret."""
    sender = instance.admit("dairy", sharing=SharingMode.PUBLIC)
    made = [*of(CHEESE, 60), *of(TANK, 30)]
    held = {"action": "OBSERVE", "bizStep": "holding", "bizLocation": {"id": SITE}, "quantityList": of(CHEESE, 60)}
    told = sender.send_events(
        event("ObjectEvent", 1, action="ADD", quantityList=of(MILK, 100)),
        event("TransformationEvent", 2, inputQuantityList=of(MILK, 130), outputQuantityList=made),
        event("ObjectEvent", 4, **held),
        event("ObjectEvent", 1, action="ADD", quantityList=of(SECRET, 1)) | {"filiere:sharing": "private"},
    )
    assert told.status_code == 200, told.text
    return sender


@pytest.fixture
def browser(instance: Instance, dairy: Sender) -> TestClient:
    """Nobody in particular: what is public is open to everybody."""
    del dairy
    return instance.client


def terms(text: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text, re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", value).strip() for name, value in found}


def test_the_state_stands_on_the_lots_page_now_and_at_a_time(browser: TestClient) -> None:
    now = terms(browser.get("/lot", params={"object": CHEESE, "lang": "en"}).text)
    assert now["Blocked"].startswith("yes")
    assert now["Quantity left"] == "60 kg"
    assert "9521001" in now["Where"]
    then = terms(browser.get("/lot", params={"object": CHEESE, "lang": "en", "state_at": "2026-03-03T12:00"}).text)
    assert not then["Blocked"].startswith("yes")
    before = terms(browser.get("/lot", params={"object": CHEESE, "lang": "en", "state_at": "2026-03-01T12:00"}).text)
    assert "kg" not in before["Quantity left"]
    assert browser.get("/lot", params={"object": CHEESE, "state_at": "noon"}).status_code == 400


def test_the_balance_of_a_lot_has_its_residual_its_evidence_and_its_dilution(browser: TestClient) -> None:
    page = browser.get("/balance", params={"object": MILK, "dilution": "on", "lang": "en"}).text
    answer = browser.get("/api/v1/balance", params={"object": MILK}).json()["objects"][0]
    assert answer["verdict"] == "over-consumption"
    assert "more went out than came in" in page
    assert terms(page)["Residual"] == f"{answer['residual']} kg"
    assert {int(index) for index in re.findall(r'/record/(\d+)"', page)} >= {line["event"] for line in answer["lines"]}
    rows = browser.get("/api/v1/balance/dilution", params={"object": MILK}).json()["objects"]
    assert page.count("<tr><th") >= len(rows)


def test_the_balance_of_a_site_and_period_names_its_lots(browser: TestClient) -> None:
    asked = {"site": SITE, "from": "2026-03-01T00:00", "to": "2026-03-09T00:00", "unit": "KGM", "lang": "fr"}
    page = browser.get("/balance", params=asked).text
    assert "plus sorti qu&#39;entré" in page or "plus sorti qu'entré" in page
    assert "T1" in page
    assert browser.get("/balance", params=asked | {"from": ""}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"ask": "trace", "direction": "up"}, "3 objects and 2 steps, from 2 objects"),
        ({"ask": "ancestors"}, ">L1</a>"),
        ({"ask": "difference", "direction": "up"}, ">T2</a>"),
        ({"ask": "presence", "member": "{member}"}, "yes"),
    ],
)
def test_what_is_pasted_is_answered_as_the_api_does(
    browser: TestClient, dairy: Sender, asked: dict[str, str], shown: str
) -> None:
    form = {name: value.format(member=dairy.uri) for name, value in asked.items()}
    pasted = browser.post("/sets?lang=en", data=form | {"objects": f"{CHEESE}\r\n{TANK};{CHEESE}\r\n"})
    assert pasted.status_code == 200
    assert shown in pasted.text


@pytest.mark.parametrize(
    ("asked", "header", "holds"),
    [
        ({"ask": "trace", "direction": "up"}, "object,depth,certainty,reached_from", CHEESE),
        ({"ask": "ancestors"}, "what,key,score,suspects,sound,certain", "ancestor,"),
        ({"ask": "difference", "direction": "up"}, "change,what,from,to,because", "removed,"),
        ({"ask": "presence", "member": "{member}"}, "object,member,present,certainty,reasons,events", ",yes,"),
    ],
)
def test_a_question_has_an_address_and_its_answer_is_a_file_too(
    browser: TestClient, dairy: Sender, asked: dict[str, str], header: str, holds: str
) -> None:
    form = {name: value.format(member=dairy.uri) for name, value in asked.items()} | {"objects": f"{CHEESE}\r\n{TANK}"}
    posted = browser.post("/sets?lang=en", data=form).text
    (address,) = re.findall(r'href="(/sets\?ask=[^"]+)"', posted)
    opened = browser.get(f"{unescape(address)}&lang=en").text
    assert answer_of(opened) == answer_of(posted)
    file = browser.post("/sets?lang=en", data=form | {"format": "csv"})
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == f'attachment; filename="{form["ask"]}.csv"'
    assert file.text.startswith(header + "\r\n")
    assert holds in file.text
    assert browser.get(f"{unescape(address)}&lang=en&format=csv").text == file.text


def answer_of(page: str) -> str:
    return page[page.index('<section aria-labelledby="result">') : page.index("</section>")]


def test_hundreds_of_objects_have_no_address_but_a_file(browser: TestClient) -> None:
    many = "\n".join([CHEESE, *(f"{CHEESE}-{number}" for number in range(400))])
    page = browser.post("/sets?lang=en", data={"objects": many, "ask": "trace"}).text
    assert "/sets?ask=" not in page
    assert "keep the list" in page
    rows = browser.post("/sets?lang=en", data={"objects": many, "ask": "trace", "format": "csv"}).text.splitlines()
    assert sum(",unknown," in row for row in rows) == 400


def test_hundreds_are_pasted_and_what_one_may_not_know_is_unknown_as_what_never_was(browser: TestClient) -> None:
    many = "\n".join([CHEESE, SECRET, *(f"{CHEESE}-{number}" for number in range(400))])
    page = browser.post("/sets?lang=en", data={"objects": many, "ask": "trace"}).text
    assert "401 unknown, or not to you" in page
    assert browser.post("/sets", data={"objects": SECRET}).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"objects": ""},
        {"objects": "<b>"},
        {"objects": "\n".join(f"{CHEESE}-{number}" for number in range(501))},
        {"objects": CHEESE, "ask": "difference"},
        {"objects": CHEESE, "ask": "presence"},
        {"objects": CHEESE, "as_of": "yesterday"},
    ],
)
def test_what_is_no_question_is_refused_with_a_page(browser: TestClient, form: dict[str, str]) -> None:
    refused = browser.post("/sets", data=form)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
