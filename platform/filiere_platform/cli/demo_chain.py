"""The demo's story: two farms, a dairy, a packer, a haulier's pallet, a warehouse, a shop; fifteen events.

Our own example, small enough to be checked by hand: the cheese lot comes from two milk lots and ends in two pack
lots, of which one travels on a pallet to the warehouse and on to the shop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
DAY = "2026-03-{day:02d}T{hour:02d}:00:00+01:00"
CHEESE = "https://id.gs1.org/01/09521234000013/10/F0304"
PACKS = ("https://id.gs1.org/01/09521234000020/10/P0310A", "https://id.gs1.org/01/09521234000020/10/P0310B")
PALLET = "https://id.gs1.org/00/395212340000000014"
# The SIRETs are well-formed and fictional (no SIREN begins with 0000); 952 is the GS1 prefix kept for examples.
WHEY = "urn:filiere:lot:siret:00001003300017:LACTOSERUM:L0304"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A member of the demo: a name and a SIRET are enough."""

    key: str
    name: str
    siret: str

    @property
    def uri(self) -> str:
        """Its global identifier."""
        return f"urn:filiere:party:siret:{self.siret}"

    def lot(self, item: str, lot: str) -> str:
        """Name one of its lots by its own item and lot codes."""
        return f"urn:filiere:lot:siret:{self.siret}:{item}:{lot}"


FARM_A = Company(key="farm-a", name="GAEC des Trois Chênes", siret="00001001700010")
FARM_B = Company(key="farm-b", name="EARL du Vallon", siret="00001002500013")
DAIRY = Company(key="dairy", name="Laiterie du Haut Doubs", siret="00001003300017")
PACKER = Company(key="packer", name="Conditionnement Comtois", siret="00001004100010")
WAREHOUSE = Company(key="warehouse", name="Plateforme Grand Est", siret="00001005800014")
SHOP = Company(key="shop", name="Épicerie de la Place", siret="00001006600017")
COMPANIES = (FARM_A, FARM_B, DAIRY, PACKER, WAREHOUSE, SHOP)

MILK_A = FARM_A.lot("LAIT", "0301")
MILK_B = FARM_B.lot("LAIT", "0301")
# Worked out by hand: what the trace of the cheese lot must find.
UPSTREAM = frozenset({MILK_A, MILK_B})
DOWNSTREAM = frozenset({*PACKS, PALLET})


def chain() -> Iterator[tuple[Company, dict[str, Any]]]:
    """Give each event with the company that signs it, in the order in which they happened."""
    yield FARM_A, _made(MILK_A, 1200, "LTR", 1, 6)
    yield FARM_B, _made(MILK_B, 800, "LTR", 1, 6)
    yield (
        FARM_A,
        _moved(
            "shipping", {"quantityList": [_quantity(MILK_A, 1200, "LTR")]}, giver=FARM_A, taker=DAIRY, day=1, hour=8
        ),
    )
    yield (
        FARM_B,
        _moved("shipping", {"quantityList": [_quantity(MILK_B, 800, "LTR")]}, giver=FARM_B, taker=DAIRY, day=1, hour=9),
    )
    both = [_quantity(MILK_A, 1200, "LTR"), _quantity(MILK_B, 800, "LTR")]
    yield DAIRY, _moved("receiving", {"quantityList": both}, giver=FARM_A, taker=DAIRY, day=1, hour=11)
    yield (
        DAIRY,
        {
            **_base("TransformationEvent", 4, 10),
            "bizStep": "commissioning",
            "inputQuantityList": both,
            "outputQuantityList": [_quantity(CHEESE, 200, "KGM"), _quantity(WHEY, 1700, "LTR")],
        },
    )
    cheese = [_quantity(CHEESE, 200, "KGM")]
    yield DAIRY, _moved("shipping", {"quantityList": cheese}, giver=DAIRY, taker=PACKER, day=9, hour=8)
    yield PACKER, _moved("receiving", {"quantityList": cheese}, giver=DAIRY, taker=PACKER, day=9, hour=14)
    packs = [_quantity(PACKS[0], 600), _quantity(PACKS[1], 380)]
    yield (
        PACKER,
        {
            **_base("TransformationEvent", 10, 9),
            "bizStep": "commissioning",
            "inputQuantityList": cheese,
            "outputQuantityList": packs,
        },
    )
    yield PACKER, _packed("ADD", "packing", [_quantity(PACKS[0], 600)], 10, 15)
    yield PACKER, _moved("shipping", {"epcList": [PALLET]}, giver=PACKER, taker=WAREHOUSE, day=11, hour=7)
    yield WAREHOUSE, _moved("receiving", {"epcList": [PALLET]}, giver=PACKER, taker=WAREHOUSE, day=11, hour=16)
    yield WAREHOUSE, _packed("DELETE", "unpacking", [_quantity(PACKS[0], 600)], 12, 8)
    yield (
        WAREHOUSE,
        _moved("shipping", {"quantityList": [_quantity(PACKS[0], 48)]}, giver=WAREHOUSE, taker=SHOP, day=12, hour=10),
    )
    yield (
        SHOP,
        _moved("receiving", {"quantityList": [_quantity(PACKS[0], 48)]}, giver=WAREHOUSE, taker=SHOP, day=12, hour=15),
    )


def _base(kind: str, day: int, hour: int) -> dict[str, Any]:
    when = DAY.format(day=day, hour=hour)
    return {"@context": [CONTEXT], "type": kind, "eventTime": when, "eventTimeZoneOffset": "+01:00"}


def _quantity(epc_class: str, quantity: int, uom: str | None = None) -> dict[str, Any]:
    element: dict[str, Any] = {"epcClass": epc_class, "quantity": quantity}
    return element | {"uom": uom} if uom else element


def _made(lot: str, quantity: int, uom: str, day: int, hour: int) -> dict[str, Any]:
    return {
        **_base("ObjectEvent", day, hour),
        "action": "ADD",
        "bizStep": "creating_class_instance",
        "disposition": "active",
        "quantityList": [_quantity(lot, quantity, uom)],
    }


def _moved(step: str, what: dict[str, Any], *, giver: Company, taker: Company, day: int, hour: int) -> dict[str, Any]:
    return {
        **_base("ObjectEvent", day, hour),
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": "in_transit" if step == "shipping" else "in_progress",
        **what,
        "sourceList": [{"type": "owning_party", "source": giver.uri}],
        "destinationList": [{"type": "owning_party", "destination": taker.uri}],
    }


def _packed(action: str, step: str, children: list[dict[str, Any]], day: int, hour: int) -> dict[str, Any]:
    return {
        **_base("AggregationEvent", day, hour),
        "action": action,
        "bizStep": step,
        "disposition": "in_progress",
        "parentID": PALLET,
        "childQuantityList": children,
    }
