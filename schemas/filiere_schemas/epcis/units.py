"""Units of measure: which codes exist, and how those of one dimension convert into each other.

Two tables. `units_known.txt` lists the codes of UN/ECE Recommendation 20 (and, prefixed with X, the packages of
Recommendation 21): whether a code exists. ARE and HAR of earlier revisions stay readable. `UNITS` gives dimension,
factor and offset for the codes whose values we compare or add up: value in the dimension's base unit = value x factor
+ offset, in exact fractions.

Source: UN/ECE Recommendation 20, revision 17, annexes I to III; factors from its column "conversion factor".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Final


class Dimension(StrEnum):
    """What a unit measures; its base unit is named in `BASE`."""

    MASS = "mass"
    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    COUNT = "count"
    TIME = "time"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    ENERGY = "energy"
    POWER = "power"
    SPEED = "speed"
    ANGLE = "angle"
    RATIO = "ratio"


BASE: Final[dict[Dimension, str]] = {
    Dimension.MASS: "KGM",
    Dimension.LENGTH: "MTR",
    Dimension.AREA: "MTK",
    Dimension.VOLUME: "MTQ",
    Dimension.COUNT: "C62",
    Dimension.TIME: "SEC",
    Dimension.TEMPERATURE: "KEL",
    Dimension.PRESSURE: "PAL",
    Dimension.ENERGY: "JOU",
    Dimension.POWER: "WTT",
    Dimension.SPEED: "MTS",
    Dimension.ANGLE: "DD",
    Dimension.RATIO: "P1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit that converts: value in the base unit = value x factor + offset."""

    code: str
    dimension: Dimension
    factor: Fraction
    offset: Fraction = Fraction(0)


class UnitMismatchError(ValueError):
    """Two units do not measure the same dimension, or one of them does not convert."""


_TABLE: Final[dict[Dimension, str]] = {
    Dimension.MASS: """KGM 1  GRM 0.001  MGM 0.000001  MC 0.000000001  HGM 0.1  DJ 0.01  DG 0.0001  CGM 0.00001
        TNE 1000  KTN 1000000  2U 1000  DTN 100  CTM 0.0002  LBR 0.45359237  ONZ 0.028349523125  APZ 0.0311034768
        STN 907.18474  LTN 1016.0469088  STI 6.35029318  CWA 45.359237  CWI 50.80234544  GRN 0.00006479891
        DRI 0.0017718451953125""",
    Dimension.LENGTH: """MTR 1  DMT 0.1  CMT 0.01  MMT 0.001  4H 0.000001  C45 0.000000001  A45 10  HMT 100
        KMT 1000  INH 0.0254  FOT 0.3048  YRD 0.9144  SMI 1609.344  NMI 1852  77 0.0000254""",
    Dimension.AREA: """MTK 1  DMK 0.01  CMK 0.0001  MMK 0.000001  KMK 1000000  ARE 100  HAR 10000  H16 100  H18 10000
        INK 0.00064516  FTK 0.09290304  YDK 0.83612736  ACR 4046.8564224  MIK 2589988.110336""",
    Dimension.VOLUME: """MTQ 1  LTR 0.001  MLT 0.000001  CLT 0.00001  DLT 0.0001  A44 0.01  HLT 0.1  K6 1
        4G 0.000000001  DMQ 0.001  CMQ 0.000001  MMQ 0.000000001
        INQ 0.000016387064  FTQ 0.028316846592  YDQ 0.764554857984
        GLL 0.003785411784  GLI 0.00454609  QTL 0.000946352946  PTL 0.000473176473  PTI 0.00056826125
        OZA 0.0000295735295625  OZI 0.0000284130625  BLL 0.158987294928""",
    Dimension.COUNT: """C62 1  EA 1  H87 1  NAR 1  PR 2  DZN 12  GRO 144  DPC 12  CEN 100  MIL 1000
        T3 1000  MIO 1000000""",
    Dimension.TIME: "SEC 1  C26 0.001  B98 0.000001  MIN 60  HUR 3600  DAY 86400  WEE 604800",
    Dimension.PRESSURE: """PAL 1  A97 100  KPA 1000  MPA 1000000  BAR 100000  MBR 100  HBA 10000000  PS 6894.757293168
        ATM 101325""",
    Dimension.ENERGY: """JOU 1  KJO 1000  3B 1000000  GV 1000000000  WHR 3600  KWH 3600000  MWH 3600000000
        GWH 3600000000000""",
    Dimension.POWER: "WTT 1  C31 0.001  KWT 1000  MAW 1000000  A90 1000000000",
    Dimension.SPEED: "MTS 1  KMH 5/18  2M 0.01  C16 0.001  HM 0.44704  KNT 463/900",
    Dimension.ANGLE: "DD 1  D61 1/60  D62 1/3600",
    Dimension.RATIO: "P1 1  NX 0.1  59 0.0001  61 0.0000001",
}
_TEMPERATURES: Final = (
    Unit(code="KEL", dimension=Dimension.TEMPERATURE, factor=Fraction(1)),
    Unit(code="CEL", dimension=Dimension.TEMPERATURE, factor=Fraction(1), offset=Fraction("273.15")),
    Unit(
        code="FAH",
        dimension=Dimension.TEMPERATURE,
        factor=Fraction(5, 9),
        offset=Fraction("459.67") * Fraction(5, 9),
    ),
)


def _table() -> dict[str, Unit]:
    units = {unit.code: unit for unit in _TEMPERATURES}
    for dimension, text in _TABLE.items():
        cells = text.split()
        for code, factor in zip(cells[::2], cells[1::2], strict=True):
            units[code] = Unit(code=code, dimension=dimension, factor=Fraction(factor))
    return units


UNITS: Final[dict[str, Unit]] = _table()


def is_known(code: str) -> bool:
    """Tell whether a code exists; an existing code need not convert."""
    return code in UNITS or code in _known_codes()


def convert(value: Decimal, *, unit: str, into: str) -> Decimal:
    """Convert a value from one unit into another of the same dimension; rounded once, by the decimal context.

    Raises:
        UnitMismatchError: a unit does not convert, or they measure different things.
    """
    if unit == into and unit in UNITS:
        return value
    exact = convert_exactly(Fraction(value), unit=unit, into=into)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def convert_exactly(value: Fraction, *, unit: str, into: str) -> Fraction:
    """Convert a value from one unit into another of the same dimension, without rounding.

    Raises:
        UnitMismatchError: a unit does not convert, or they measure different things.
    """
    start, end = UNITS.get(unit), UNITS.get(into)
    if start is None or end is None or start.dimension is not end.dimension:
        raise UnitMismatchError(f"no conversion from {unit} into {into}")
    return (value * start.factor + start.offset - end.offset) / end.factor


@lru_cache(maxsize=1)
def _known_codes() -> frozenset[str]:
    text = files("filiere_schemas.epcis").joinpath("units_known.txt").read_text("ascii")
    return frozenset(text.split())
