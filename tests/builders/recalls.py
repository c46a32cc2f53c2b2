"""A dairy, a kitchen and a canteen among whom something is recalled, and a rival who has nothing to do with it."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from builders.house import Browser, House
from builders.instance import Sender
from filiere_platform.domain.principal import Role

NUMBERS = itertools.count()
OUTSIDER = "urn:filiere:party:siret:55208131766522"
CHEESE, OTHER, SOUP, MENU = (f"urn:filiere:lot:siret:73282932000074:{name}:1" for name in ("TOMME", "BRIE", "S", "M"))
VAT = "urn:filiere:site:siret:73282932000074:cuve-1"


def an_event(kind: str, **said: Any) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld", {"filiere": "urn:filiere:ns:"}],
        "type": kind,
        "eventID": f"urn:uuid:00000000-0000-4000-a200-{next(NUMBERS):012d}",
        "eventTime": "2026-03-02T23:30:00+02:00",
        "eventTimeZoneOffset": "+02:00",
        "filiere:sharing": "private",
        **said,
    }


def made(lot: str, quantity: int, *, when: str = "2026-03-02T23:30:00+02:00") -> dict[str, Any]:
    what = [{"epcClass": lot, "quantity": quantity, "uom": "KGM"}]
    place = {"readPoint": {"id": VAT}, "eventTime": when, "bizStep": "commissioning"}
    return an_event("ObjectEvent", action="ADD", quantityList=what, **place)


def became(source: str, target: str, *, quantity: int = 10) -> dict[str, Any]:
    given = [{"epcClass": source, "quantity": quantity, "uom": "KGM"}]
    taken = [{"epcClass": target, "quantity": 3 * quantity, "uom": "KGM"}]
    return an_event("TransformationEvent", inputQuantityList=given, outputQuantityList=taken)


def sent(lot: str, quantity: int, party: str) -> dict[str, Any]:
    return an_event(
        "ObjectEvent",
        action="OBSERVE",
        bizStep="shipping",
        quantityList=[{"epcClass": lot, "quantity": quantity, "uom": "KGM"}],
        destinationList=[{"type": "owning_party", "destination": party}],
    )


def tell(sender: Sender, *events: dict[str, Any]) -> None:
    answer = sender.send_events(*events)
    assert answer.status_code == 200, answer.text


def post(sender: Sender, path: str, **json_body: Any) -> httpx.Response:
    return sender.client.post(f"/api/v1/recalls{path}", json=json_body, headers=sender.headers)


class Chain:
    """A dairy that hands cheese to a kitchen, which hands soup on to a canteen; and to a shop that is no member."""

    def __init__(self, house: House) -> None:
        self.house = house
        admit = house.instance.admit
        self.dairy, self.kitchen, self.canteen, self.rival = (
            admit(name) for name in ("dairy", "kitchen", "canteen", "rival")
        )
        tell(self.dairy, made(CHEESE, 100), sent(CHEESE, 60, self.kitchen.uri), sent(CHEESE, 15, OUTSIDER))
        tell(self.kitchen, became(CHEESE, SOUP), sent(SOUP, 25, self.canteen.uri))

    def person(self, login: str, sender: Sender) -> Browser:
        return self.house.person(login, Role.QUALITY, member=sender.uri)

    def open(self, **asked: Any) -> dict[str, Any]:
        answer = post(self.dairy, "", **{"objects": [CHEESE], "reason": "Listeria", **asked})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def recall(self, recall_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.dairy.get(f"/api/v1/recalls/{recall_id}").json()
        return found

    def approve(self, browser: Browser, recall_id: str, act: str, version: int = 1) -> int:
        browser.get(f"/recalls/{recall_id}")
        answer = browser.post("/recalls/approve", recall=recall_id, act=act, version=str(version))
        return int(answer.status_code)

    def notices(self, sender: Sender) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = sender.get("/api/v1/recalls/notices").json()["notices"]
        return found


def by_reach(recall: dict[str, Any], reach: str) -> dict[str, Any]:
    (found,) = (each for each in recall["consignees"] if each["reach"] == reach)
    return dict(found)
