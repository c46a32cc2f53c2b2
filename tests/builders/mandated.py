"""A dairy with records, a rival, an auditor who holds a mandate: what tests of looks begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from builders.events import CONTEXT
from builders.instance import FixedClock, Instance, Sender, open_instance
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import DAY
from filiere_platform.usecases.mandate_grants import MandatesMoved, keep_piece, read_mandates

GTIN = "https://id.gs1.org/01/09521001000178"
NUMBERS = count(1)


@dataclass
class Mandated:
    """The members, and every event that was told."""

    instance: Instance
    clock: FixedClock
    dairy: Sender
    rival: Sender
    auditor: Sender

    def lot(self, number: int = 1) -> str:
        return f"{GTIN}/10/L{number}"

    def tell(self, by: Sender | None = None, lot: int = 1, **changes: Any) -> int:
        """Tell a private event of a lot; gives its log index."""
        number = next(NUMBERS)
        event = {
            "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "eventID": f"urn:uuid:00000000-0000-4000-a000-{number:012d}",
            "eventTime": "2026-03-01T06:00:00Z",
            "eventTimeZoneOffset": "+01:00",
            "quantityList": [{"epcClass": self.lot(lot), "quantity": 5, "uom": "KGM"}],
            "filiere:sharing": "private",
            **changes,
        }
        answer = (by or self.dairy).send_events({name: value for name, value in event.items() if value is not None})
        assert answer.status_code == 200, answer.text
        index: int = answer.json()["records"][0]["index"]
        return index

    def asked(self, **changes: Any) -> dict[str, Any]:
        """A mandate as a body."""
        return {
            "purpose": "audit",
            "reason": "yearly audit",
            "holder": self.auditor.uri,
            "scope": {"members": [self.dairy.uri]},
            "until": iso_instant(self.clock() + 30 * DAY),
            **changes,
        }

    def post(self, by: Sender, path: str = "", **body: Any) -> httpx.Response:
        return by.client.post(f"/api/v1/mandates{path}", json=body, headers=by.headers)

    def give(self, by: Sender | None = None, **changes: Any) -> str:
        """Give a mandate and grant what it covers; gives its id."""
        answer = self.post(by or self.dairy, **self.asked(**changes))
        assert answer.status_code == 201, answer.text
        self.follow()
        given: str = answer.json()["id"]
        return given

    def revoke(self, mandate: str, by: Sender | None = None) -> int:
        by = by or self.dairy
        return by.client.delete(f"/api/v1/mandates/{mandate}", headers=by.headers).status_code

    def follow(self) -> None:
        """Grant at once what mandates cover; the instance's own worker does the same, and one of two steps back."""
        is_last = False
        while not is_last:
            with self.instance.platform.database.unit_of_work() as uow:
                found = read_mandates(uow, now=self.clock())
            is_last = found.is_last
            try:
                for piece in found.pieces:
                    with self.instance.platform.database.unit_of_work() as uow:
                        keep_piece(uow, piece)
            except MandatesMoved:
                is_last = False  # what the worker keeps instead may not be there yet

    def looks(self, member: Sender | None = None) -> list[dict[str, Any]]:
        """Every look by which an answer was given, as its member is told of it; deliveries come when they come."""
        answer = (member or self.dairy).get("/api/v1/looks", limit=1_000)
        assert answer.status_code == 200, answer.text
        looks = [look["chained"] for look in answer.json()["looks"]]
        return [look for look in looks if look["question"]["route"] != "delivery"]

    def last(self, member: Sender | None = None) -> dict[str, Any]:
        return self.looks(member)[-1]


@contextmanager
def open_mandated(folder: Path, database_url: str = "") -> Iterator[Mandated]:
    """Found an instance whose clock stands still until it is told to go on."""
    clock = FixedClock()
    with open_instance(folder, database_url=database_url, clock=clock) as instance:
        dairy, rival, auditor = (instance.admit(name) for name in ("dairy", "rival", "auditor"))
        yield Mandated(instance=instance, clock=clock, dairy=dairy, rival=rival, auditor=auditor)
