"""How a sector reads balances, as data: `<sector>/balance.toml`.

A process has a tolerance, in percent of what came in, and may have a band for its yield; it is that of a transformation
which names it (`filiere:process`), or whose business step is one of its own. The process without steps is that of all
others. An equivalence says what one unit of some products is in a unit that can be added to others: a density, pieces
in a case. Nothing else converts between what weighs, what fills and what is counted. `[vessel]` says what is supposed
of a vessel of which nobody says how it works.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from filiere_schemas.epcis.units import UNITS, is_known
from filiere_schemas.sectors.vessel import VesselRule, read_vessel_rule

_FILE: Final = "balance.toml"
_SECTOR: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,99}")
_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")
_PERCENT: Final = 100
_OF_PROCESS: Final = frozenset({"name", "fr", "en", "tolerance", "steps", "least_yield", "most_yield"})
_OF_EQUIVALENCE: Final = frozenset({"products", "unit", "quantity", "uom", "fr", "en"})


class InvalidBalance(ValueError):  # noqa: N818 - named after what it is of, as its neighbours
    """Rules that do not hold together; their author mends them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What is normal for a process; yields are parts of what went in, 1 where nothing is lost."""

    name: str
    fr: str
    en: str
    tolerance: Fraction = Fraction(0)  # part of what came in
    steps: tuple[str, ...] = ()
    least_yield: Fraction | None = None
    most_yield: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """That one `unit` of some products is so much in another unit; products by the beginnings of canonical keys."""

    products: tuple[str, ...]
    unit: str
    quantity: Fraction
    uom: str
    fr: str
    en: str


EXACT: Final = Process(name="exact", fr="aucune tolérance", en="no tolerance")


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRules:
    """The rules of a sector; without any, nothing is tolerated and nothing converts but units of one dimension."""

    processes: tuple[Process, ...] = ()
    equivalences: tuple[Equivalence, ...] = ()
    vessel: VesselRule | None = None  # None: a vessel that says nothing is a container as any other

    def process_of(self, named: str | None, step: str | None) -> Process:
        """Choose the process of an event: the one that it names, else that of its step, else that of all others."""
        of_name = (process for process in self.processes if named is not None and process.name == named)
        of_step = (process for process in self.processes if step in process.steps)
        others = (process for process in self.processes if not process.steps)
        return (*of_name, *of_step, *others, EXACT)[0]

    @property
    def tolerance(self) -> Fraction:
        """What is tolerated where no process is concerned, as in a store."""
        return self.process_of(None, None).tolerance


NO_RULES: Final = BalanceRules()


def parse_balance_rules(text: str) -> BalanceRules:
    """Read the text of a `balance.toml`.

    Raises:
        InvalidBalance: it is no TOML, or has other keys, other values, or two processes for one event.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidBalance(str(error)) from error
    if set(content) - {"process", "equivalence", "vessel"}:
        raise InvalidBalance(f"expected [[process]], [[equivalence]] and [vessel], found {', '.join(sorted(content))}")
    processes = tuple(_process(item) for item in content.get("process", []))
    for claimed in ([process.name for process in processes], [step for process in processes for step in process.steps]):
        if len(set(claimed)) != len(claimed):
            raise InvalidBalance(f"expected each name and each step once, found {', '.join(claimed)}")
    if sum(not process.steps for process in processes) > 1:
        raise InvalidBalance("expected one process without steps at most")
    return BalanceRules(
        processes=processes,
        equivalences=tuple(_equivalence(item) for item in content.get("equivalence", [])),
        vessel=_vessel(content["vessel"]) if "vessel" in content else None,
    )


def _vessel(item: Any) -> VesselRule:
    try:
        return read_vessel_rule(item)
    except ValueError as error:
        raise InvalidBalance(str(error)) from error


def _process(item: Any) -> Process:
    _require(item, needed={"name", "fr", "en", "tolerance"}, known=_OF_PROCESS)
    if not _NAME.fullmatch(item["name"]):
        raise InvalidBalance(f"expected a name of small letters, found {item['name']!r}")
    least, most = (None if name not in item else _percent(item[name]) for name in ("least_yield", "most_yield"))
    if least is not None and most is not None and least > most:
        raise InvalidBalance(f"expected the least yield below the most, found {item['name']!r}")
    return Process(
        name=item["name"],
        fr=item["fr"],
        en=item["en"],
        tolerance=_percent(item["tolerance"]),
        steps=_texts(item.get("steps", [])),
        least_yield=least,
        most_yield=most,
    )


def _equivalence(item: Any) -> Equivalence:
    _require(item, needed=_OF_EQUIVALENCE, known=_OF_EQUIVALENCE)
    if not is_known(item["unit"]) or item["uom"] not in UNITS or not _texts(item["products"]):
        raise InvalidBalance(f"expected products, a known unit, and one that converts, found {item!r}")
    return Equivalence(
        products=_texts(item["products"]),
        unit=item["unit"],
        quantity=_number(item["quantity"]),
        uom=item["uom"],
        fr=item["fr"],
        en=item["en"],
    )


def _require(item: Any, *, needed: frozenset[str] | set[str], known: frozenset[str]) -> None:
    if not isinstance(item, Mapping) or not set(item) >= needed or set(item) - known:
        raise InvalidBalance(f"expected {', '.join(sorted(needed))}, found {item!r}")
    if not all(isinstance(value, str) and value for name, value in item.items() if name not in {"steps", "products"}):
        raise InvalidBalance(f"expected texts, numbers too, found {item!r}")


def _percent(text: str) -> Fraction:
    return _number(text) / _PERCENT


def _number(text: str) -> Fraction:
    """Read a number that is written as a text: a float would not be the number that was written."""
    if not _NUMBER.fullmatch(text):
        raise InvalidBalance(f"expected a number such as 2 or 0.5, found {text!r}")
    return Fraction(text)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise InvalidBalance(f"expected a list of texts, found {value!r}")
    return tuple(value)
