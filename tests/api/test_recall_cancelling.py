"""A draft of a recall is given up by one person, and nothing that was sent is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders.house import House, open_house
from builders.recalls import CHEESE, OTHER, Chain, became, post, tell
from conftest import Backend
from filiere_platform.domain.recall import MOST_OPEN


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def chain(house: House) -> Chain:
    return Chain(house)


def test_a_draft_that_is_given_up_warns_nobody_and_grows_no_more(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open()["id"]
    assert chain.approve(first, draft, "send") == 303
    assert chain.approve(first, draft, "cancel") == 303
    shown = chain.recall(draft)
    assert (shown["state"], shown["closed"] is not None, shown["sent"]) == ("cancelled", True, None)
    for act in ("send", "close", "cancel"):
        assert chain.approve(second, draft, act) == 409, act
    tell(chain.dairy, became(CHEESE, OTHER))
    assert chain.approve(second, draft, "update") == 303
    assert chain.recall(draft)["version"] == shown["version"]
    assert chain.notices(chain.kitchen) == []
    page = first.get(f"/recalls/{draft}?lang=en").text
    assert "given up, nobody was warned" in page
    assert "/recalls/approve" not in page
    acts = chain.dairy.get("/api/v1/audit", limit=100).json()["acts"]
    assert [each["act"] for each in acts if each.get("object") == draft][-1] == "recall.cancel"


def test_what_is_sent_is_not_given_up(chain: Chain) -> None:
    people = [chain.person(f"{name}@dairy.example", chain.dairy) for name in "ab"]
    recall = chain.open()["id"]
    for person in people:
        assert chain.approve(person, recall, "send") == 303
    assert chain.approve(people[0], recall, "cancel") == 409
    assert chain.recall(recall)["state"] == "sent"
    assert "Give it up" not in people[0].get(f"/recalls/{recall}?lang=en").text


def test_nobody_gives_up_the_draft_of_another_member(chain: Chain) -> None:
    draft = chain.open()["id"]
    rival = chain.person("r@rival.example", chain.rival)
    rival.get("/recalls")
    assert rival.post("/recalls/approve", recall=draft, act="cancel", version="1").status_code == 404
    assert chain.recall(draft)["state"] == "draft"


def test_a_draft_that_is_given_up_makes_room_for_another(chain: Chain) -> None:
    person = chain.person("a@dairy.example", chain.dairy)
    drafts = [chain.open()["id"] for _ in range(MOST_OPEN)]
    asked = {"objects": [CHEESE], "reason": "Listeria"}
    assert post(chain.dairy, "", **asked).status_code == 409
    assert chain.approve(person, drafts[0], "cancel") == 303
    assert post(chain.dairy, "", **asked).status_code == 201
