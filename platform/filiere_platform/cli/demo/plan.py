"""What happened, day by day, from 2 to 15 March 2026: the truth that the companies' files tell.

Every number follows from a rule stated here, so that a person can work out any answer with a pencil (docs/demo.md):

- Each farm milks daily: 1,200 + 10 per day, 800 + 5 per day, 500 litres.
- The tanker mixes the three lots of a day into one load (CIT) and delivers it the same day.
- The dairy's tank is never empty within a week: each day's content (TK) is the day's load and what was left: 300
  litres, or everything of a Sunday. It is emptied and cleaned on Saturday evening.
- Cheese is made daily but on Sundays: one kilogram of ten litres; 85 % of the litres are whey.
- Cheese is shipped the next day, cut the day after (again not on Sundays), into two pack lots, one pallet each.
- Of F0303 and F0306 the dairy keeps 15 kg back each, which it melts on the 12th into FF0312.
- The packer keeps 40 kg of F0304 back and cuts it with F0305.

And as in life: the packer writes 10 kg too much of F0306; the pallet of P0306A is used again for P0312A; a milking of
Ferme Bonnet is declared a week late; a sale is entered as 480 instead of 48 and corrected; a delivery to the Crèmerie
Lison is never received.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from filiere_platform.cli.demo.companies import FARM_A, FARM_B, FARM_C, SHOP_A, SHOP_B, SHOP_C, Company
from filiere_schemas.identifiers import sscc

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 15)  # Monday, Sunday
DAYS = tuple(FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
CHEESE, PACK, MELTED = "09521234000013", "09521234000020", "09521234000037"
LEFT_IN_TANK = 300  # litres
KEPT_BACK = {"F0303": 15, "F0306": 15}  # kg, by the dairy for melting
CUT_WITH_NEXT = {"F0304": 40}  # kg, by the packer
WRITTEN_TOO_MUCH = {"F0306": 10}  # kg
LATE_LOT = (FARM_C, date(2026, 3, 5))
WRONG_SALE, RIGHT_SALE = 480, 48
PACKS_PER_KG = 4  # 250 g each
_SUNDAY = 6
_LAST_CUT = date(2026, 3, 14)


def code(prefix: str, day: date) -> str:
    """Name a lot by its day: F0306."""
    return f"{prefix}{day:%m%d}"


def is_sunday(day: date) -> bool:
    """Whether nobody makes cheese."""
    return day.weekday() == _SUNDAY


def litres(farm: Company, day: date) -> int:
    """How much a farm milked."""
    number = (day - FIRST).days
    return {FARM_A.key: 1200 + 10 * number, FARM_B.key: 800 + 5 * number, FARM_C.key: 500}[farm.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class TankDay:
    """The tank of one day: what came in, what was left in it before, what the cheese took."""

    day: date
    load: int
    left: int
    used: int

    @property
    def content(self) -> int:
        """Litres in the tank."""
        return self.load + self.left


def tank_days() -> Iterator[TankDay]:
    """The tank, day by day."""
    left = 0
    for day in DAYS:
        load = sum(litres(farm, day) for farm in (FARM_A, FARM_B, FARM_C))
        content = load + left
        saturday = is_sunday(day + timedelta(days=1))
        used = 0 if is_sunday(day) else content if saturday else content - LEFT_IN_TANK
        yield TankDay(day=day, load=load, left=left, used=used)
        left = content - used


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheese:
    """A cheese lot: made of litres of a tank, or melted of kilograms of two lots."""

    lot: str
    gtin: str
    day: date
    kilograms: Decimal

    @property
    def shipped(self) -> Decimal:
        """What goes to the packer."""
        return self.kilograms - KEPT_BACK.get(self.lot, 0)


def cheeses() -> Iterator[Cheese]:
    """Every cheese lot, the melted one last of its day."""
    for tank in tank_days():
        if tank.used:
            yield Cheese(lot=code("F", tank.day), gtin=CHEESE, day=tank.day, kilograms=Decimal(tank.used) / 10)
        if tank.day == date(2026, 3, 12):
            yield Cheese(lot="FF0312", gtin=MELTED, day=tank.day, kilograms=Decimal(30))


def shipments() -> Iterator[tuple[date, Cheese]]:
    """When each cheese lot goes to the packer, within the two weeks."""
    for cheese in cheeses():
        day = next_workday(cheese.day, 1)
        if day <= LAST:
            yield day, cheese


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A cutting order: kilograms of each cheese lot in, packs of each pack lot out."""

    order: str
    day: date
    inputs: tuple[tuple[str, str, Decimal], ...]  # GTIN, lot, kg
    outputs: tuple[tuple[str, int], ...]  # lot, packs


def next_workday(day: date, after: int) -> date:
    """The day so many workdays later."""
    while after:
        day += timedelta(days=1)
        after -= not is_sunday(day)
    return day


def cuts() -> Iterator[Cut]:
    """Every cutting order that falls within the two weeks."""
    for cheese in cheeses():
        day = next_workday(cheese.day, 2)
        if day > _LAST_CUT:
            continue
        own = cheese.shipped + WRITTEN_TOO_MUCH.get(cheese.lot, 0) - CUT_WITH_NEXT.get(cheese.lot, 0)
        inputs = [(cheese.gtin, cheese.lot, own)]
        for earlier, kept in CUT_WITH_NEXT.items():
            if cheese.lot == "F0305":
                inputs.append((CHEESE, earlier, Decimal(kept)))
        stem = "P" + cheese.lot.removeprefix("F")
        packs = int(sum(kilograms for _, _, kilograms in inputs) * PACKS_PER_KG)
        first = packs * 6 // 10
        yield Cut(
            order=f"OC-{stem}",
            day=day,
            inputs=tuple(inputs),
            outputs=((f"{stem}A", first), (f"{stem}B", packs - first)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pallet:
    """One pack lot on one pallet, from the packer over the warehouse to a shop."""

    sscc: str
    lot: str
    packs: int
    packed: date
    shop: Company
    sold: int

    @property
    def unpacked(self) -> date:
        """When the warehouse takes it apart."""
        return next_workday(self.packed, 1)


def pallets() -> Iterator[Pallet]:
    """Every pallet; the one of P0306A comes back and carries P0312A."""
    serials: dict[str, str] = {}
    shops = (SHOP_A, SHOP_B, SHOP_C)
    loads = [(order, *output) for order in cuts() for output in order.outputs]
    for number, (order, lot, packs) in enumerate(loads):
        body = f"395212340000{number:05d}"
        serials[lot] = body + sscc.check_digit(body)
        shop = SHOP_C if lot == "P0306B" else SHOP_A if lot == "P0306A" else shops[number % 3]
        sold = RIGHT_SALE if lot == "P0306A" else packs // 2
        yield Pallet(
            sscc=serials["P0306A"] if lot == "P0312A" else serials[lot],
            lot=lot,
            packs=packs,
            packed=order.day,
            shop=shop,
            sold=sold,
        )
