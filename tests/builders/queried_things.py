"""Identifiers and words with all their spellings, and units, of generated events and questions.

They are written out from the standards, without the product's code, since an oracle reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

TERMS: Final = "https://dairy.example/terms/"
OTHER_TERMS: Final = "https://other.example/"
PATTERN: Final = "urn:epc:idpat:"

Spelled = dict[str, tuple[str, ...]]  # a thing's name, which is its first spelling, and all of them


def _with_check(digits: str) -> str:
    """Add the check digit of a GS1 key. Source: GS1 General Specifications, 7.9."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def _gs1(urn: str, path: str) -> tuple[str, ...]:
    """Give a key as URN and Digital Links. Source: RFC 8141, 3.1 (case); GS1 Digital Link 1.4 (domains, attributes)."""
    shouted = f"URN:EPC:{urn.removeprefix('urn:epc:')}"
    return urn, f"https://id.gs1.org/{path}", f"http://dairy.example/shop/{path}?linkType=gs1:pip", shouted


def _named(*spellings: tuple[str, ...]) -> Spelled:
    return {each[0]: each for each in spellings}


def _item(reference: str, serial: str) -> tuple[str, ...]:
    gtin = _with_check(f"{reference[0]}9521001{reference[1:]}")
    return _gs1(f"urn:epc:id:sgtin:9521001.{reference}.{serial}", f"01/{gtin}/21/{serial}")


def _lot(reference: str, lot: str) -> tuple[str, ...]:
    gtin = _with_check(f"{reference[0]}9521001{reference[1:]}")
    return _gs1(f"urn:epc:class:lgtin:9521001.{reference}.{lot}", f"01/{gtin}/10/{lot}")


def _pallet(serial: str) -> tuple[str, ...]:
    sscc = _with_check(f"{serial[0]}9521001{serial[1:]}")
    return _gs1(f"urn:epc:id:sscc:9521001.{serial}", f"00/{sscc}")


def _place(company: str, room: str) -> tuple[str, ...]:
    gln = _with_check(f"{company}00001")
    return _gs1(f"urn:epc:id:sgln:{company}.00001.{room}", f"414/{gln}" + (f"/254/{room}" if room != "0" else ""))


def _party(company: str) -> tuple[str, ...]:
    return _gs1(f"urn:epc:id:pgln:{company}.00001", f"417/{_with_check(f'{company}00001')}")


def _words(names: str, urn: str, web: str) -> Spelled:
    return {
        word: (word, f"urn:epcglobal:cbv:{urn}:{word}", f"https://ref.gs1.org/cbv/{web}-{word}")
        for word in names.split()
    }


ITEMS: Final = _named(
    _item("000031", "7"),
    _item("000031", "8"),
    _item("000017", "A%2FB"),
    _pallet("0000000042"),
    _pallet("1000000007"),
    ("urn:epc:id:giai:9521001.LOGGER-5", "https://id.gs1.org/8004/9521001LOGGER-5"),
    ("urn:uuid:11111111-0000-4000-8000-000000000001",),
    (TERMS + "things/7",),
)
CLASSES: Final = _named(
    _lot("000017", "MILK-1"),
    _lot("000017", "MILK-2"),
    _lot("000031", "TOMME-1"),
    ("urn:epc:idpat:sgtin:9521001.000017.*", f"https://id.gs1.org/01/{_with_check('0952100100017')}"),
    (TERMS + "kinds/whey",),
)
PLACES: Final = _named(_place("9521001", "0"), _place("9521001", "R3"), _place("9521002", "0"), (TERMS + "places/3",))
PARTIES: Final = _named(_party("9521001"), _party("9521002"), (TERMS + "parties/3",))
DOCUMENTS: Final = _named(
    ("urn:epcglobal:cbv:bt:9521002000016:PO-77",),
    (TERMS + "orders/77",),
    ("urn:epc:id:gdti:9521001.00001.D1", f"https://id.gs1.org/253/{_with_check('952100100001')}D1"),
)
METHODS: Final = _named((TERMS + "methods/1",), (TERMS + "methods/2",))
STEPS: Final = _words("shipping receiving packing", "bizstep", "BizStep") | _named((TERMS + "churning",))
DISPOSITIONS: Final = _words("in_transit active recalled", "disp", "Disp")
ORDER_TYPES: Final = _words("po inv", "btt", "BTT") | _named((TERMS + "note",))
PARTY_TYPES: Final = _words("owning_party possessing_party location", "sdt", "SDT") | _named((TERMS + "agent",))
REASONS: Final = _words("incorrect_data did_not_occur", "er", "ER")
MEASURES: Final = _named(("Temperature", "gs1:Temperature", "https://gs1.org/voc/Temperature"), ("Mass",), ("Count",))
ITEM_PATTERNS: Final = tuple(
    PATTERN + tail
    for tail in ("sgtin:9521001.000031.*", "sgtin:9521001.*.*", "sgtin:*.*.*", "sscc:9521001.*", "sscc:9521002.*")
)
CLASS_PATTERNS: Final = tuple(PATTERN + tail for tail in ("sgtin:9521001.*.*", "sgtin:9521002.*.*"))

_ALL: Final = (
    ITEMS, CLASSES, PLACES, PARTIES, DOCUMENTS, METHODS,
    STEPS, DISPOSITIONS, ORDER_TYPES, PARTY_TYPES, REASONS, MEASURES,
)  # fmt: skip
_NAMES: Final = {spelling: name for pool in _ALL for name, spellings in pool.items() for spelling in spellings}
_SPELLINGS: Final = {name: spellings for pool in _ALL for name, spellings in pool.items()}

# How much of the first unit of its kind each one is, and where it begins. Source: UN/ECE Recommendation 20.
UNITS: Final = {
    "KGM": ("mass", Fraction(1), Fraction(0)),
    "GRM": ("mass", Fraction(1, 1_000), Fraction(0)),
    "TNE": ("mass", Fraction(1_000), Fraction(0)),
    "LBR": ("mass", Fraction("0.45359237"), Fraction(0)),
    "LTR": ("volume", Fraction(1), Fraction(0)),
    "MLT": ("volume", Fraction(1, 1_000), Fraction(0)),
    "C62": ("count", Fraction(1), Fraction(0)),
    "KEL": ("temperature", Fraction(1), Fraction(0)),
    "CEL": ("temperature", Fraction(1), Fraction("273.15")),
    "FAH": ("temperature", Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
}


def name_of(spelling: str) -> str:
    """Give the one name of what a text means; what is no spelling of anything here means itself."""
    return _NAMES.get(spelling, spelling)


def spellings_of(text: str) -> tuple[str, ...]:
    """Give every spelling of what a text means."""
    return _SPELLINGS.get(name_of(text), (text,))


def all_spellings(pool: Spelled) -> list[str]:
    """Give every spelling of everything in a pool."""
    return [spelling for spellings in pool.values() for spelling in spellings]


def fits(stated: str, pattern: str) -> bool:
    """Whether an identifier is of a pattern, or a pattern in an event lies within it.

    Source: EPCIS 2.0, 8.2.7.1.1; EPC Tag Data Standard 2.1, section 8.
    """
    scheme, _, wanted = pattern.removeprefix(PATTERN).partition(":")
    of, _, parts = name_of(stated).removeprefix("urn:epc:id:").removeprefix(PATTERN).partition(":")
    asked, given = wanted.split("."), parts.split(".")
    return of == scheme and len(asked) == len(given) and all(a in ("*", g) for a, g in zip(asked, given, strict=True))


def convert(value: Fraction, unit: str, into: str) -> Fraction | None:
    """Write an amount in another unit; None where that measures something else."""
    kind, factor, start = UNITS[unit]
    other, by, begin = UNITS[into]
    return (value * factor + start - begin) / by if kind == other else None


def as_decimal(value: Fraction) -> str | None:
    """Write a number with all its digits; None where they do not end within reason."""
    scaled = value * 10**9
    if scaled.denominator != 1:
        return None
    sign, digits = "-" if scaled < 0 else "", f"{abs(scaled.numerator):010d}"
    return f"{sign}{digits[:-9]}.{digits[-9:]}".rstrip("0").rstrip(".")


def names(texts: Iterable[str]) -> set[str]:
    """Give the names of what texts mean."""
    return {name_of(text) for text in texts}
