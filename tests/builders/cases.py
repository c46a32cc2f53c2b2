"""A dairy that tells the farm that delivered to it that something is wrong, and a rival whom it does not concern."""

from __future__ import annotations

from typing import Any, Final

import httpx

from builders.events import an_object_event
from builders.house import Browser, House
from builders.instance import Sender
from filiere_platform.domain.principal import Role

LOT: Final = "urn:filiere:lot:siret:73282932000074:LAIT:1"
SECRET: Final = "urn:filiere:lot:siret:73282932000074:LAIT:2"
SAID: Final = {"cause": "vanne ouverte", "action": "double contrôle"}


class Parties:
    """The dairy, the farm and the rival, each with a lot of which it may know."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.dairy, self.farm, self.rival = (house.instance.admit(name) for name in ("dairy", "farm", "rival"))
        for sender, lot in ((self.dairy, LOT), (self.rival, SECRET)):
            what = [{"epcClass": lot, "quantity": 5, "uom": "KGM"}]
            event = an_object_event(quantityList=what, **{"filiere:sharing": "private"})
            event["eventID"] = f"urn:uuid:00000000-0000-4000-a300-00000000000{int(lot == LOT)}"
            assert sender.send_events(event).status_code == 200

    def person(self, login: str, sender: Sender, *roles: Role) -> Browser:
        return self.house.person(login, *(roles or (Role.SUPERVISOR,)), member=sender.uri)

    def try_open(self, sender: Sender | None = None, **asked: Any) -> httpx.Response:
        new = {
            "machine": "nonconformity",
            "receiver": self.farm.uri,
            "subjects": [LOT],
            "text": "9 °C à cœur",
            "fields": {"defect": "temperature"},
        }
        return post(sender or self.dairy, "", **(new | asked))

    def open(self, **asked: Any) -> dict[str, Any]:
        answer = self.try_open(**asked)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def advance(self, case_id: str, *steps: tuple[Sender, str]) -> dict[str, Any]:
        """Take some steps, each from where the case then is."""
        for sender, to in steps:
            number = self.seen(sender, case_id)["number"]
            fields = SAID if to == "accepted" else {}
            taken = post(sender, f"/{case_id}/steps", to=to, number=number, fields=fields)
            assert taken.status_code == 200, taken.text
        return self.seen(self.dairy, case_id)

    @staticmethod
    def seen(sender: Sender, case_id: str) -> dict[str, Any]:
        answer = sender.get(f"/api/v1/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def post(sender: Sender, path: str, **json_body: Any) -> httpx.Response:
    return sender.client.post(f"/api/v1/cases{path}", json=json_body, headers=sender.headers)


def listed(sender: Sender, **query: Any) -> list[str]:
    answer = sender.client.get("/api/v1/cases", params=query, headers=sender.headers)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["cases"]]
