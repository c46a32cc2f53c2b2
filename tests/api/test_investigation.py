"""Where incidents come from, over HTTP: from events as members send them, and no more than the asker may know."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from builders.events import ABSENT, a_transformation_event, an_object_event
from builders.house import Browser
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.usecases.investigation import MOST_WEIGHTS
from filiere_schemas.identifiers import canonical_key

MINE, IMPORTER, KITCHEN, SHOP, SCHOOL = (
    f"urn:example:site:{name}" for name in ("mine", "importer", "kitchen", "shop", "school")
)
DAY = "2026-06-{day:02d}T08:00:00.000Z"


def lot_of(name: str) -> str:
    return f"urn:epc:class:lgtin:9521001.000017.{name}"


def key_of(name: str) -> str:
    return canonical_key(lot_of(name))


def site(uri: str) -> str:
    return canonical_key(uri)


def send(sender: Sender, event: dict[str, Any]) -> int:
    stored = sender.send_events(event)
    assert stored.status_code == 200, stored.text
    return int(stored.json()["records"][0]["index"])


def lots(*names: str) -> list[dict[str, Any]]:
    return [{"epcClass": lot_of(name), "quantity": 10, "uom": "KGM"} for name in names]


def make(sender: Sender, name: str, place: str, day: int) -> int:
    told = {"quantityList": lots(name), "eventTime": DAY.format(day=day), "ilmd": ABSENT, "readPoint": {"id": place}}
    return send(sender, an_object_event(**told))


def move(sender: Sender, name: str, way: tuple[str, str], day: int, step: str = "shipping") -> int:
    source, target = way
    told = {
        "quantityList": lots(name),
        "eventTime": DAY.format(day=day),
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": "in_transit" if step == "shipping" else "in_progress",
        "readPoint": {"id": source if step == "shipping" else target},
        "sourceList": [{"type": "location", "source": source}],
        "destinationList": [{"type": "location", "destination": target}],
        "ilmd": ABSENT,
        "bizLocation": ABSENT,
    }
    return send(sender, an_object_event(**told))


def cook(sender: Sender, inputs: tuple[str, ...], output: str, place: str, day: int) -> int:
    told = {
        "inputQuantityList": lots(*inputs),
        "outputQuantityList": lots(output),
        "eventTime": DAY.format(day=day),
        "readPoint": {"id": place},
        "bizLocation": ABSENT,
        "transformationID": ABSENT,
    }
    return send(sender, a_transformation_event(**told))


def ask(sender: Sender, **asked: Any) -> Any:
    return sender.client.post("/api/v1/trace/investigation", json=asked, headers=sender.headers)


@pytest.fixture
def chain(instance: Instance) -> tuple[Sender, dict[str, int]]:
    """Spice and salt come to a kitchen; soup goes to a shop, salt to a school as well."""
    sender = instance.admit("kitchens", sharing=SharingMode.PRIVATE)
    make(sender, "SPICE", IMPORTER, 1)
    make(sender, "SALT", MINE, 1)
    told = {
        "spice": move(sender, "SPICE", (IMPORTER, KITCHEN), 2),
        "spice in": move(sender, "SPICE", (IMPORTER, KITCHEN), 3, "receiving"),
        "salt": move(sender, "SALT", (MINE, KITCHEN), 2),
        "school": move(sender, "SALT", (MINE, SCHOOL), 2),
    }
    cook(sender, ("SPICE", "SALT"), "SOUP", KITCHEN, 4)
    told["soup"] = move(sender, "SOUP", (KITCHEN, SHOP), 5)
    return sender, told


def scores(answer: Any, part: str = "stations") -> dict[str, str]:
    return {each["key"]: each["score"] for each in answer[part]}


def test_an_incident_is_followed_back_and_what_is_sound_counts_against_it(
    chain: tuple[Sender, dict[str, int]],
) -> None:
    sender, told = chain
    weights = [{"place": SHOP}, {"place": SCHOOL, "weight": -0.5}]
    response = ask(sender, objects=[lot_of("SOUP")], weights=weights)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert scores(answer) == {
        site(IMPORTER): "1",
        site(KITCHEN): "1",
        site(SHOP): "1",
        site(MINE): "0.5",
        site(SCHOOL): "-0.5",
    }
    assert scores(answer, "lots") == {key_of("SPICE"): "1", key_of("SOUP"): "1", key_of("SALT"): "0.5"}
    best = answer["deliveries"][0]
    by_way = {(each["object"], each["from"], each["to"]): each for each in answer["deliveries"]}
    spice = by_way[key_of("SPICE"), site(IMPORTER), site(KITCHEN)]
    assert spice["events"] == [told["spice"], told["spice in"]]
    assert (spice["departed"], spice["arrived"]) == ([DAY.format(day=2)] * 2, [DAY.format(day=3)] * 2)
    salt = by_way[key_of("SALT"), site(MINE), site(KITCHEN)]
    assert salt["arrived"] == [DAY.format(day=2), None]
    assert salt["possible"]["arrived"] == [DAY.format(day=2), DAY.format(day=5)]
    assert [answer["deliveries"][at]["to"] for at in spice["leads_to"]] == [site(SHOP)]
    assert (best["score"], best["in_order"], best["inferred"]) == ("1", True, False)
    assert answer["totals"] == {"stations": 5, "lots": 3, "deliveries": 4}
    assert (answer["unmet"], answer["hidden_events"], answer["cut"]) == ([], 0, None)


def test_weights_of_events_and_members_and_killed_contamination(chain: tuple[Sender, dict[str, int]]) -> None:
    sender, told = chain
    by_event = ask(sender, objects=[lot_of("SOUP")], weights=[{"event": told["school"]}]).json()
    assert {name for name, score in scores(by_event).items() if score != "0"} == {site(MINE)}
    by_member = ask(sender, objects=[lot_of("SOUP")], weights=[{"member": sender.uri}]).json()
    assert set(scores(by_member).values()) == {"1", "0"}
    soup = {"objects": [lot_of("SOUP")], "weights": [{"place": SHOP}, {"place": "urn:x:nowhere"}, {"event": 2**40}]}
    killed = ask(sender, **soup, kill_contamination=[{"event": told["spice"]}]).json()
    assert killed["unmet"] == [1, 2]
    assert scores(killed)[site(IMPORTER)] == "0"
    assert scores(killed)[site(MINE)] == scores(killed)[site(SHOP)] == "0.333333333333333"
    assert scores(ask(sender, **soup, kill_contamination=[{"place": KITCHEN}]).json())[site(MINE)] == "0"


def test_a_member_that_only_was_delivered_to_is_a_station_by_its_own_name(instance: Instance) -> None:
    maker, shop = instance.admit("maker"), instance.admit("shop")
    given = [{"type": "owning_party", "source": maker.uri}], [{"type": "owning_party", "destination": shop.uri}]
    told = {"action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "ilmd": ABSENT}
    event = an_object_event(quantityList=lots("SOUP"), sourceList=given[0], destinationList=given[1], **told)
    send(maker, event | {"readPoint": {"id": KITCHEN}})
    answer = ask(maker, objects=[lot_of("SOUP")], weights=[{"member": shop.uri}]).json()
    assert answer["unmet"] == []
    assert scores(answer)[site(KITCHEN)] == "1"


def test_what_was_at_a_site_in_the_same_days_is_looked_at_too(chain: tuple[Sender, dict[str, int]]) -> None:
    sender, _ = chain
    make(sender, "NUTS", IMPORTER, 1)
    move(sender, "NUTS", (IMPORTER, KITCHEN), 3)
    move(sender, "NUTS", (IMPORTER, KITCHEN), 3, "receiving")
    asked = {"objects": [lot_of("SOUP")], "weights": [{"place": SHOP}]}
    assert key_of("NUTS") not in scores(ask(sender, **asked).json(), "lots")
    there = {"place": KITCHEN, "since": DAY.format(day=3), "until": DAY.format(day=6)}
    near = ask(sender, **asked, cross_contamination=[there]).json()
    assert scores(near, "lots")[key_of("NUTS")] == "1"
    assert near["added"] == 3  # spice and salt, which were cooked then, and nuts
    late = ask(sender, **asked, cross_contamination=[{**there, "since": DAY.format(day=6)}]).json()
    assert key_of("NUTS") not in scores(late, "lots")


def test_an_asker_is_told_of_what_he_may_see_and_of_nothing_else(
    instance: Instance, chain: tuple[Sender, dict[str, int]]
) -> None:
    _, told = chain
    stranger = instance.admit("stranger")
    asked = {"objects": [lot_of("SOUP")], "weights": [{"event": told["soup"]}, {"place": SHOP}]}
    refused = ask(stranger, **asked)
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    make(stranger, "OWN", SHOP, 5)
    period = [{"place": SHOP}, {"place": KITCHEN}]
    answer = ask(stranger, **{**asked, "objects": [lot_of("SOUP"), lot_of("OWN")]}, cross_contamination=period).json()
    assert (answer["objects"], answer["unknown"]) == ([key_of("OWN")], [key_of("SOUP")])
    assert (answer["deliveries"], answer["unmet"], answer["added"]) == ([], [0, 1], 0)


@pytest.mark.parametrize(
    "asked",
    [
        {"weights": []},
        {"weights": [{}]},
        {"weights": [{"place": SHOP, "event": 1}]},
        {"weights": [{"place": SHOP, "weight": "NaN"}]},
        {"weights": [{"place": SHOP, "weight": 1e9}]},
        {"weights": [{"place": "not an identifier"}]},
        {"weights": [{"event": -1}]},
        {"weights": [{"place": SHOP}] * (MOST_WEIGHTS + 1)},
        {"weights": [{"place": SHOP}], "cross_contamination": [{"place": SHOP, "since": "2026-01-01"}]},
        {"weights": [{"place": SHOP}], "cross_contamination": [{"place": SHOP}] * 21},
        {"weights": [{"place": SHOP}], "kill_contamination": [{"place": SHOP, "weight": 1}]},
        {"weights": [{"place": SHOP}], "objects": []},
        {"weights": [{"place": SHOP}], "colour": "red"},
    ],
)
def test_a_question_that_is_not_one_is_refused(chain: tuple[Sender, dict[str, int]], asked: dict[str, Any]) -> None:
    sender, _ = chain
    refused = ask(sender, **{"objects": [lot_of("SOUP")], **asked})
    assert refused.status_code == 400, refused.text
    assert refused.json()["errors"]


def test_a_period_in_which_too_much_happened_is_refused_by_name(
    chain: tuple[Sender, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, _ = chain
    monkeypatch.setattr("filiere_platform.usecases.investigation.MOST_AT_STATION", 2)
    refused = ask(sender, objects=[lot_of("SOUP")], weights=[{"place": SHOP}], cross_contamination=[{"place": KITCHEN}])
    assert (refused.status_code, refused.json()["code"]) == (400, "too-many-at-station")
    assert KITCHEN in refused.json()["detail"]


def test_a_network_that_would_take_minutes_is_refused(
    chain: tuple[Sender, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, _ = chain
    monkeypatch.setattr("filiere_platform.domain.investigation.MOST_STEPS", 3)
    refused = ask(sender, objects=[lot_of("SOUP")], weights=[{"place": SHOP}])
    assert (refused.status_code, refused.json()["code"]) == (400, "investigation-too-large")
    assert "max_nodes" in refused.json()["detail"]


@pytest.fixture
def browser(instance: Instance, chain: tuple[Sender, dict[str, int]]) -> Browser:
    """The sender of the chain, at the page."""
    browser = Browser(TestClient(instance.client.app, base_url="https://testserver"))
    sender, _ = chain
    assert browser.post("/sign-in", token=sender.token).status_code == 303
    browser.get("/investigation?lang=en")
    return browser


def rows(text: str, part: str) -> list[list[str]]:
    """Read the cells of a table of the answer, without their tags."""
    table = text[text.index(f'id="{part}"') :].partition("</table>")[0].partition("<tbody>")[2]
    lines = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("</tr>") if "<t" in row)
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in line] for line in lines]


def test_the_page_ranks_the_sources_as_the_api_does(chain: tuple[Sender, dict[str, int]], browser: Browser) -> None:
    sender, told = chain
    page = browser.post(
        "/investigation?lang=en",
        objects=f"{lot_of('SOUP')}\r\n{lot_of('SALT')}",
        incidents=f"{SHOP}\r\n  #{told['soup']}  0,5 ",
        sound=f"{SCHOOL} 0.5",
        crossings=f"{KITCHEN} 2026-06-01T00:00 2026-06-30T00:00+02:00",
        killed=f"#{told['spice']}",
    )
    assert page.status_code == 200, page.text
    answer = ask(
        sender,
        objects=[lot_of("SOUP"), lot_of("SALT")],
        weights=[{"place": SHOP}, {"event": told["soup"], "weight": 0.5}, {"place": SCHOOL, "weight": -0.5}],
        cross_contamination=[
            {"place": KITCHEN, "since": "2026-06-01T00:00:00+02:00", "until": "2026-06-30T00:00:00+02:00"}
        ],
        kill_contamination=[{"event": told["spice"]}],
    ).json()
    typed = [SHOP, f"#{told['soup']}", SCHOOL]
    for part in ("stations", "lots"):
        expected = [(each["score"], ", ".join(typed[at] for at in each["reaches"])) for each in answer[part]]
        assert [(score, reached) for _, score, reached in rows(page.text, part)] == expected
        assert len({score for score, _ in expected}) > 1
    shown = rows(page.text, "deliveries")
    assert [row[5] for row in shown] == [each["score"] for each in answer["deliveries"]]
    for row, each in zip(shown, answer["deliveries"], strict=True):
        assert [int(number) for number in re.findall(r"\d+", row[7])] == each["events"]
    assert SHOP in unescape(page.text)  # what was asked stands in the form


def test_what_no_delivery_reaches_is_said_on_the_page_and_nobody_is_told_of_lots_that_he_may_not_see(
    instance: Instance, browser: Browser
) -> None:
    asked = {"objects": lot_of("SOUP"), "incidents": "urn:example:site:nowhere"}
    assert "In none of the deliveries" in browser.post("/investigation?lang=en", **asked).text
    other = instance.admit("other")
    stranger = Browser(TestClient(instance.client.app, base_url="https://testserver"))
    stranger.post("/sign-in", token=other.token)
    stranger.get("/investigation")
    assert stranger.post("/investigation", objects=lot_of("SOUP"), incidents=SHOP).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"objects": ""},
        {"objects": "no lot"},
        {"incidents": ""},
        {"incidents": "\n".join([SHOP] * (MOST_WEIGHTS + 1))},
        {"crossings": f"{KITCHEN} yesterday"},
        {"crossings": f"{KITCHEN} 2026-06-01 2026-06-02 2026-06-03"},
        {"as_of": "yesterday"},
    ],
)
def test_a_form_that_cannot_be_answered_is_refused(browser: Browser, wrong: dict[str, str]) -> None:
    asked = {"objects": lot_of("SOUP"), "incidents": SHOP} | wrong
    assert browser.post("/investigation", **asked).status_code == 400
