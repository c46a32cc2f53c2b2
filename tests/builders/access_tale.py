"""What there is to be asked for: records of a house and of others, each named by what it is to the house.

tests/vectors/access/README.md says what each is. Each is told alone, so that a test may tell one of them again under
another rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from builders.events import CONTEXT
from builders.instance import Instance, Sender
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.links import LinksMoved, keep_round, read_round

_NUMBERS = itertools.count(1)
Places = dict[str, str]
Ends = list[dict[str, str]]


def tell_tale(instance: Instance, members: Mapping[str, Sender], names: Iterable[str] = ()) -> dict[str, Places]:
    """Tell some of what there is, or all of it; gives by object what its addresses are made of.

    Args:
        instance: where it is told.
        members: `house`, `mill` and `carrier`, and `gone`, whom the mill names as it names the house.
        names: of objects; none: all of them.
    """
    tale = Tale(instance, members)
    for name in names or RECIPES:
        RECIPES[name](tale, name)
    follow_links(instance)
    return tale.objects | {"absent": tale.absent()}


def follow_links(instance: Instance) -> None:
    """Extend grants at once; the instance's own worker does the same, and one of two steps back and looks again."""
    while True:
        with instance.platform.database.unit_of_work() as uow:
            found = read_round(uow)
        with suppress(LinksMoved, RowsRefused):
            with instance.platform.database.unit_of_work() as uow:
                keep_round(uow, found)
            if found.is_last:
                return


class Tale:
    """One telling, with lots of its own."""

    def __init__(self, instance: Instance, members: Mapping[str, Sender]) -> None:
        """Begin; nothing is told yet."""
        self._mark = next(_NUMBERS)
        self._members = members
        self._instance = instance
        self.objects: dict[str, Places] = {}

    def lot(self, name: str) -> str:
        """The lot of an object."""
        return f"urn:filiere:lot:siret:73282932000074:T{self._mark}:{name}"

    def ends(self, kind: str, *names: str, side: str = "destination") -> dict[str, Ends]:
        """Name members as the other side."""
        return {f"{side}List": [{"type": kind, side: self._members[name].uri} for name in names]}

    def uris(self, *names: str) -> list[str]:
        """The members' own names."""
        return [self._members[name].uri for name in names]

    def make(self, by: str, name: str, sharing: str, **said: Any) -> None:
        """Tell that a lot was made: the record that the object's name stands for."""
        self.objects[name] = self.send(by, name, **{"filiere:sharing": sharing}, **said)

    def hand(self, by: str, name: str, to: str, *, kind: str = "owning_party", sharing: str = "partners") -> None:
        """Tell that a lot was handed over."""
        said = {"filiere:sharing": sharing, "action": "OBSERVE", "bizStep": "shipping"}
        self.send(by, name, **said, **self.ends(kind, to))

    def pack(self, by: str, name: str, *, action: str = "ADD", day: int = 2) -> None:
        """Tell that a lot was put into a container of its name, or taken out."""
        said = {"parentID": self.lot(f"{name}-box"), "childQuantityList": [{"epcClass": self.lot(name)}]}
        self.send(
            by, name, type="AggregationEvent", action=action, bizStep="packing", quantityList=None, day=day, **said
        )

    def change(self, by: str, name: str, into: str) -> None:
        """Tell that one lot became another."""
        said = {
            "inputQuantityList": [{"epcClass": self.lot(name)}],
            "outputQuantityList": [{"epcClass": self.lot(into)}],
        }
        self.send(by, name, type="TransformationEvent", action=None, quantityList=None, **said)

    def send(self, by: str, name: str, *, day: int = 2, **said: Any) -> Places:
        """Send one event about a lot; what is None is left out."""
        event_id, lot = f"urn:uuid:00000000-0000-4000-9100-{next(_NUMBERS):012d}", self.lot(name)
        event = {
            "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
            "type": "ObjectEvent",
            "action": "ADD",
            "bizStep": "creating_class_instance",
            "disposition": "active",
            "eventID": event_id,
            "eventTime": f"2026-03-0{day}T06:00:00+01:00",
            "eventTimeZoneOffset": "+01:00",
            "quantityList": [{"epcClass": lot, "quantity": 10, "uom": "KGM"}],
            **said,
        }
        sender = self._members[by]
        envelope = sender.sign({member: value for member, value in event.items() if value is not None})
        answer = sender.send(envelope)
        assert answer.status_code == 200, answer.text
        index = str(answer.json()["records"][0]["index"])
        return {"index": index, "event_id": event_id, "jws": envelope.decode(), **_of_lot(lot)}

    def absent(self) -> Places:
        """What is not there."""
        index, event_id = str(self._instance.log_size() + 10_000), "urn:uuid:00000000-0000-4000-b100-000000000000"
        return {"index": index, "event_id": event_id, "jws": "nothing", **_of_lot(self.lot("absent"))}


def _of_lot(lot: str) -> Places:
    return {"lot": lot, "epc": lot, "address": quote(lot, safe="")}


Recipe = Callable[[Tale, str], None]


def _named(kind: str, side: str) -> Recipe:
    return lambda tale, name: tale.make("mill", name, "partners", **tale.ends(kind, "house", "gone", side=side))


def _private(by: str) -> Recipe:
    return lambda tale, name: tale.make(by, name, "private")


def _secret(tale: Tale, name: str) -> None:
    tale.make("mill", name, "private", **tale.ends("owning_party", "house"))


def _at_place(tale: Tale, name: str) -> None:
    tale.make("mill", name, "partners", readPoint={"id": tale.uris("house")[0]})


def _listed(tale: Tale, name: str) -> None:
    tale.make("mill", name, "partners", **{"filiere:sharedWith": tale.uris("house", "gone")})


def _linked(kind: str = "owning_party", sharing: str = "partners") -> Recipe:
    def tell(tale: Tale, name: str) -> None:
        tale.make("mill", name, "linked")
        tale.hand("mill", name, "house", kind=kind, sharing=sharing)

    return tell


def _packed(tale: Tale, name: str) -> None:
    tale.make("mill", name, "linked")
    tale.pack("mill", name)
    tale.hand("mill", f"{name}-box", "house")


def _unpacked(tale: Tale, name: str) -> None:
    tale.make("mill", name, "linked")
    tale.pack("mill", name, day=1)
    tale.pack("mill", name, action="DELETE")
    tale.hand("mill", f"{name}-box", "house")


def _onward(tale: Tale, name: str) -> None:
    tale.make("mill", name, "chain")
    tale.pack("mill", name)
    tale.hand("mill", f"{name}-box", "carrier")
    tale.hand("carrier", f"{name}-box", "house")


def _became(tale: Tale, name: str) -> None:
    tale.make("mill", name, "chain")
    tale.change("mill", name, f"{name}-next")
    tale.hand("mill", f"{name}-next", "house")


def _through_the_carrier(sharing: str) -> Recipe:
    def tell(tale: Tale, name: str) -> None:
        tale.make("mill", name, sharing)
        tale.hand("mill", name, "carrier")
        tale.hand("carrier", name, "house")

    return tell


def _claimed(tale: Tale, name: str) -> None:
    tale.make("mill", name, "private")
    both = tale.ends("owning_party", "mill", side="source") | tale.ends("owning_party", "house")
    tale.send("house", name, action="OBSERVE", bizStep="receiving", **both)


def _to_the_carrier(sharing: str) -> Recipe:
    return lambda tale, name: tale.make("mill", name, sharing, **tale.ends("owning_party", "carrier"))


def _to_all(sharing: str) -> Recipe:
    return lambda tale, name: tale.make("mill", name, sharing)


def _asked(tale: Tale, name: str) -> None:
    tale.make("house", name, "private")
    tale.hand("house", name, "carrier")


# What is told last is what the first page shows.
RECIPES: Final[Mapping[str, Recipe]] = {
    "from-owner": _named("owning_party", "source"),
    "from-holder": _named("possessing_party", "source"),
    "from-place": _named("location", "source"),
    "to-holder": _named("possessing_party", "destination"),
    "to-place": _named("location", "destination"),
    "at-place": _at_place,
    "secret": _secret,
    "linked-holder": _linked("possessing_party"),
    "linked-place": _linked("location"),
    "unlinked": _linked(sharing="private"),
    "packed": _packed,
    "unpacked": _unpacked,
    "onward": _onward,
    "became": _became,
    "own": _private("house"),
    "partner": _named("owning_party", "destination"),
    "listed": _listed,
    "linked": _linked(),
    "chain": _through_the_carrier("chain"),
    "beyond": _through_the_carrier("linked"),
    "foreign": _private("mill"),
    "claimed": _claimed,
    "elsewhere": _to_the_carrier("partners"),
    "fields": _to_the_carrier("public-fields"),
    "sector": _to_all("sector"),
    "public": _to_all("public"),
    "asked": _asked,
}
