"""What there is to be asked for: records of a house and of others, each named by what it is to the house.

`own` is the house's. The mill's are `partner` (names the house as the other side), `listed` (in `filiere:sharedWith`),
`linked` and `chain` (made what the house was handed, in one step or two), `beyond` (shared for one step, and the house
is the second), `foreign` (private), `claimed` (private, and the house declares that it received it), `elsewhere`
(names another), `fields`, `sector` and `public` (its modes). `asked` is the house's, private, of a lot that the carrier
was handed: it can ask for it. `absent` is nothing at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from builders.events import CONTEXT
from builders.instance import Instance, Sender
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.links import LinksMoved, keep_round, read_round

_NUMBERS = itertools.count(1)
NAMES: Final = (
    "own", "partner", "listed", "linked", "chain", "beyond", "foreign", "claimed", "elsewhere", "fields", "sector",
    "public", "asked",
)  # fmt: skip
Places = dict[str, str]


def tell_tale(instance: Instance, members: Mapping[str, Sender]) -> dict[str, Places]:
    """Tell everything; gives by object what its addresses are made of.

    Args:
        instance: where it is told.
        members: `house`, `mill` and `carrier`, and `gone`, whom the mill names as it names the house.
    """
    tale = _Tale(instance, members)
    tale.tell("house", "own", sharing="private")
    tale.tell("mill", "partner", sharing="partners", to=("house", "gone"))
    tale.tell("mill", "listed", sharing="partners", listed=("house", "gone"))
    tale.tell("mill", "linked", sharing="linked")
    tale.hand("mill", "linked", to="house")
    for name, sharing in (("chain", "chain"), ("beyond", "linked")):
        tale.tell("mill", name, sharing=sharing)
        tale.hand("mill", name, to="carrier")
        tale.hand("carrier", name, to="house")
    tale.tell("mill", "foreign", sharing="private")
    tale.tell("mill", "claimed", sharing="private")
    source = {"sourceList": [{"type": "owning_party", "source": members["mill"].uri}]}
    destination = {"destinationList": [{"type": "owning_party", "destination": members["house"].uri}]}
    tale.send("house", tale.lots["claimed"], action="OBSERVE", bizStep="receiving", **source, **destination)
    tale.tell("mill", "elsewhere", sharing="partners", to=("carrier",))
    tale.tell("mill", "fields", sharing="public-fields", to=("carrier",))
    tale.tell("mill", "sector", sharing="sector")
    tale.tell("mill", "public", sharing="public")
    tale.tell("house", "asked", sharing="private")
    tale.hand("house", "asked", to="carrier")
    follow_links(instance)
    return tale.objects | {"absent": tale.absent()}


def follow_links(instance: Instance) -> None:
    """Extend grants at once; the instance's own worker does the same, and one of two steps back."""
    found = None
    while found is None or not found.is_last:
        with instance.platform.database.unit_of_work() as uow:
            found = read_round(uow)
        with suppress(LinksMoved, RowsRefused), instance.platform.database.unit_of_work() as uow:
            keep_round(uow, found)


class _Tale:
    def __init__(self, instance: Instance, members: Mapping[str, Sender]) -> None:
        self._mark = next(_NUMBERS)
        self._members = members
        self._instance = instance
        self.lots = {name: f"urn:filiere:lot:siret:73282932000074:T{self._mark}:{name}" for name in NAMES}
        self.objects: dict[str, Places] = {}

    def tell(self, by: str, name: str, *, sharing: str, to: tuple[str, ...] = (), listed: tuple[str, ...] = ()) -> None:
        said: dict[str, Any] = {"filiere:sharing": sharing, "action": "ADD", "bizStep": "commissioning"}
        if to:
            said["destinationList"] = [{"type": "owning_party", "destination": self._members[each].uri} for each in to]
        if listed:
            said["filiere:sharedWith"] = [self._members[each].uri for each in listed]
        self.objects[name] = self.send(by, self.lots[name], **said)

    def hand(self, by: str, name: str, *, to: str) -> None:
        destination = [{"type": "owning_party", "destination": self._members[to].uri}]
        said = {"filiere:sharing": "partners", "action": "OBSERVE", "bizStep": "shipping"}
        self.send(by, self.lots[name], destinationList=destination, **said)

    def send(self, by: str, lot: str, **said: Any) -> Places:
        event_id = f"urn:uuid:00000000-0000-4000-9100-{next(_NUMBERS):012d}"
        event = {
            "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
            "type": "ObjectEvent",
            "eventID": event_id,
            "eventTime": "2026-03-02T06:00:00+01:00",
            "eventTimeZoneOffset": "+01:00",
            "quantityList": [{"epcClass": lot, "quantity": 10, "uom": "KGM"}],
            **said,
        }
        sender = self._members[by]
        envelope = sender.sign(event)
        answer = sender.send(envelope)
        assert answer.status_code == 200, answer.text
        index = str(answer.json()["records"][0]["index"])
        return {
            "index": index,
            "event_id": event_id,
            "lot": lot,
            "address": quote(lot, safe=""),
            "jws": envelope.decode(),
        }

    def absent(self) -> Places:
        lot = f"urn:filiere:lot:siret:73282932000074:T{self._mark}:absent"
        return {
            "index": str(self._instance.log_size() + 10_000),
            "event_id": "urn:uuid:00000000-0000-4000-b100-000000000000",
            "lot": lot,
            "address": quote(lot, safe=""),
            "jws": "nothing",
        }
