"""A farm that shares its events by their public fields, the dairy that it names, and strangers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, Final

import httpx

from builders.events import CONTEXT
from builders.instance import Instance, Sender

NUMBERS = itertools.count(1)
OURS: Final = [*CONTEXT, {"filiere": "urn:filiere:ns:"}]
DAIRY: Final = "urn:filiere:party:duns:000000777"
NOT_VERIFIABLE: Final = "not verifiable at source"
SECRETS: Final = ("Alpage du Lac", "4711", "9521001", "duns:000000777", "HIDDEN", "PO-77")


def lot(name: str) -> str:
    return f"urn:filiere:lot:siret:73282932000074:V:{name}"


def making(of: str, **changes: Any) -> dict[str, Any]:
    """A farm makes a lot: what, how and when is public; how much, where, for whom and from which farm is not."""
    number = next(NUMBERS)
    return {
        "@context": OURS,
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-b100-{number:012d}",
        "eventTime": "2026-06-12T00:00:00.000Z",
        "eventTimeZoneOffset": "+02:00",
        "filiere:eventTimePrecision": "day",
        "filiere:sharing": "public-fields",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "quantityList": [{"epcClass": of, "quantity": 4711, "uom": "LTR"}],
        "readPoint": {"id": "urn:epc:id:sgln:9521001.00001.0"},
        "destinationList": [{"type": "owning_party", "destination": DAIRY}],
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521002000010:PO-77"}],
        "ilmd": {"dairy:farm": "Alpage du Lac", "cbvmda:bestBeforeDate": "2026-12-12"},
        **changes,
    }


class Village:
    """A farm, the dairy that it names, and two ways to be a stranger."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        mark = next(NUMBERS)
        self.mark = mark
        self.farm = instance.admit(f"farm {mark}")
        self.dairy = instance.admit(f"dairy {mark}")
        self.rival = instance.admit(f"rival {mark}")

    def tell(self, event: dict[str, Any], by: Sender | None = None) -> int:
        event = json.loads(json.dumps(event).replace(DAIRY, self.dairy.uri))
        answer = (by or self.farm).send_events(event)
        assert answer.status_code == 200, answer.text
        index: int = answer.json()["records"][0]["index"]
        return index

    def strangers(self) -> Iterator[dict[str, str]]:
        yield {}
        yield self.rival.headers

    def get(self, path: str, headers: dict[str, str], **parameters: Any) -> httpx.Response:
        return self.instance.client.get(path, params=parameters, headers=headers)

    def found(self, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
        answer = self.get("/epcis/events", headers, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        return found
