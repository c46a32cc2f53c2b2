r"""GS1 element strings: what a barcode says, as a scanner sends it or as it is printed below the bars.

    (01)04012345111118(10)ABC-1(17)271231        printed; a bracket within a value is written \(
    ]C10104012345111118 17271231 10ABC-1<GS>...  scanned; FNC1 is sent as GS (ASCII 29) where a value may vary in length

`parse` reads both, and checks every value by the form of its application identifier. `key_of` tells what the label
identifies, `contents_of` what it says to be inside, `dates_of` and `measure_of` what its attributes mean.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from filiere_schemas.identifiers import application_identifier, gln, gtin, sentences
from filiere_schemas.identifiers.gs1_key import KEYS, Gs1Key, normal_form
from filiere_schemas.identifiers.invalid import accepts, invalid

SEPARATOR = "\x1d"  # GS, as scanners send FNC1. Source: GS1 General Specifications, section 7.8.
LONGEST = 500  # characters: a symbol holds far fewer in one message

# What scanners say about the symbol before its data. Source: the same, section 5.1.3 (ISO/IEC 15424).
_SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
_BRACKETED = re.compile(r"(?<!\\)\(([0-9]{2,4})\)")

# Keys in the order in which a label that bears several identifies: the unit before what is in or around it.
_PRIMARY = (
    "00",
    "8006",
    "01",
    "8003",
    "8004",
    "8010",
    "8013",
    "253",
    "255",
    "8018",
    "8017",
    "402",
    "401",
    "414",
    "417",
)

_DATES = frozenset({"11", "12", "13", "15", "16", "17", "4324", "4325", "4326", "7003", "7006", "7007", "7011", "8008"})

# Units of measure by the first three digits of the identifier, as UN/ECE Recommendation 20 codes them.
# Source: GS1 General Specifications, section 3.6.
_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("310", "330"), "KGM"),
    **dict.fromkeys(("311", "312", "313", "331", "332", "333"), "MTR"),
    **dict.fromkeys(("314", "334"), "MTK"),
    **dict.fromkeys(("315", "335"), "LTR"),
    **dict.fromkeys(("316", "336"), "MTQ"),
    "337": "28",
    **dict.fromkeys(("320", "340"), "LBR"),
    **dict.fromkeys(("321", "324", "327", "341", "344", "347"), "INH"),
    **dict.fromkeys(("322", "325", "328", "342", "345", "348"), "FOT"),
    **dict.fromkeys(("323", "326", "329", "343", "346", "349"), "YRD"),
    **dict.fromkeys(("350", "353"), "INK"),
    **dict.fromkeys(("351", "354"), "FTK"),
    **dict.fromkeys(("352", "355"), "YDK"),
    "356": "APZ",
    "357": "ONZ",
    **dict.fromkeys(("360", "362"), "QTL"),
    **dict.fromkeys(("361", "363"), "GLL"),
    **dict.fromkeys(("364", "367"), "INQ"),
    **dict.fromkeys(("365", "368"), "FTQ"),
    **dict.fromkeys(("366", "369"), "YDQ"),
}

_CHECKS: Mapping[str, Callable[[str], str]] = {
    **{ai: rule.read for ai, rule in KEYS.items()},
    "02": gtin.checked,
    "03": gtin.checked,
    **dict.fromkeys(("410", "411", "412", "413", "416"), gln.checked),
    "8026": KEYS["8006"].read,
}


@dataclass(frozen=True, slots=True)
class Element:
    """One application identifier and its value, checked."""

    ai: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure or count, exactly as printed; `unit` is a UN/ECE Recommendation 20 code, None for a count."""

    value: Decimal
    unit: str | None


def parse(text: str) -> tuple[Element, ...]:
    """Read an element string, printed or scanned, in its own order.

    Raises:
        InvalidIdentifier: an application identifier is unknown, or twice there with two values; a value does not have
            its form or check digit.
    """
    if len(text) > LONGEST:
        raise invalid(sentences.TOO_LONG, found=len(text), expected=LONGEST)
    written = compact(text)
    elements: dict[str, Element] = {}
    for ai, value in _split_bracketed(written) if written.startswith("(") else _split_scanned(written):
        element = _checked(ai, value, text)
        if elements.setdefault(ai, element) != element:
            raise invalid(sentences.ELEMENT_TWICE, ai=ai, found=value, expected=elements[ai].value)
    if not elements:
        raise invalid(sentences.ELEMENT_FORM, found=text)
    return tuple(elements.values())


def compact(text: str) -> str:
    """Drop surrounding spaces, the name of the symbology and leading separators."""
    written = text.strip(" \t\r\n")
    if written.startswith(_SYMBOLOGIES):
        written = written[3:]
    return written.strip(SEPARATOR)


def validate(text: str) -> str:
    """Give the string as it is printed, with brackets.

    Raises:
        InvalidIdentifier: as `parse`.
    """
    return bracketed(parse(text))


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def bracketed(elements: Sequence[Element]) -> str:
    """Write elements as they are printed."""
    return "".join(f"({element.ai})" + element.value.replace("(", r"\(") for element in elements)


def scanned(elements: Sequence[Element]) -> str:
    """Write elements as a scanner sends them, without the name of the symbology."""
    text = ""
    for element in elements:
        found = application_identifier.ALL[element.ai]
        text += element.ai + element.value + (SEPARATOR if found.needs_separator else "")
    return text.removesuffix(SEPARATOR)


def key_of(elements: Sequence[Element]) -> Gs1Key | None:
    """Give the key of what the label identifies, or None where it only describes.

    Raises:
        InvalidIdentifier: the elements were not read by `parse` and do not follow their forms.
    """
    values = {element.ai: element.value for element in elements}
    for ai in _PRIMARY:
        if ai in values:
            qualifiers = [(q, values[q]) for q in KEYS[ai].qualifiers if q in values]
            # One way of telling units apart is enough, and the finest comes first.
            return normal_form(ai, values[ai], qualifiers[:1])
    return None


def contents_of(elements: Sequence[Element]) -> tuple[Gs1Key, Decimal | None] | None:
    """Give the class or lot that a logistic label says to be inside, and how many (AI 02, 10, 37), or None.

    Raises:
        InvalidIdentifier: as `key_of`.
    """
    values = {element.ai: element.value for element in elements}
    if "02" not in values:
        return None
    qualifiers = [("10", values["10"])] if "10" in values else []
    return normal_form("01", values["02"], qualifiers), Decimal(values["37"]) if "37" in values else None


def dates_of(element: Element, year: int) -> tuple[date, ...]:
    """Give the day that an element states, two for a range of harvest days, none for what is no date.

    Day 00 means the last of the month. `year` is the current one: it decides the century. A time of day is dropped.

    Raises:
        InvalidIdentifier: there is no such day.
    """
    if element.ai not in _DATES:
        return ()
    given = [element.value[:6], element.value[6:]] if element.ai == "7007" else [element.value[:6]]
    return tuple(_day(element, digits, year) for digits in given if digits)


def measure_of(element: Element) -> Measure | None:
    """Give the measure (AI 31nn to 36nn) or count (AI 30, 37) that an element states, or None for other elements."""
    if element.ai in {"30", "37"}:
        return Measure(value=Decimal(element.value), unit=None)
    unit = _UNITS.get(element.ai[:3])
    if unit is None or len(element.ai) != 4:  # noqa: PLR2004 - three digits for the measure, one for its decimals
        return None
    return Measure(value=Decimal(element.value).scaleb(-int(element.ai[3])), unit=unit)


def _split_bracketed(text: str) -> list[tuple[str, str]]:
    places = [place for place in _BRACKETED.finditer(text) if place[1] in application_identifier.ALL]
    if not places or places[0].start():
        raise invalid(sentences.ELEMENT_UNKNOWN, found=text[:6])
    ends = [place.start() for place in places[1:]] + [len(text)]
    return [(place[1], text[place.end() : end].replace(r"\(", "(")) for place, end in zip(places, ends, strict=True)]


def _split_scanned(text: str) -> list[tuple[str, str]]:
    parts = []
    while text:
        found = application_identifier.find(text)
        if found is None:
            raise invalid(sentences.ELEMENT_UNKNOWN, found=text[:4])
        length = application_identifier.PREDEFINED_LENGTHS.get(found.ai[:2])
        if length is None:
            head, _, text = text.partition(SEPARATOR)
        else:
            # A separator where none is needed does no harm: many printers put one.
            head, text = text[:length], text[length:].removeprefix(SEPARATOR)
        parts.append((found.ai, head[len(found.ai) :]))
    return parts


def _checked(ai: str, value: str, text: str) -> Element:
    found = application_identifier.ALL.get(ai)
    if found is None:
        raise invalid(sentences.ELEMENT_UNKNOWN, found=ai)
    if not found.pattern.fullmatch(value):
        raise invalid(sentences.ELEMENT_VALUE, ai=ai, found=value, expected=found.form, text=text)
    check = _CHECKS.get(ai)
    if check is not None:
        check(value)
    element = Element(ai, value)
    dates_of(element, 2000)
    return element


def _day(element: Element, digits: str, year: int) -> date:
    two, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    century = year - year % 100
    # Source: GS1 General Specifications, section 7.12: a year is at most 49 years back and 50 years ahead.
    ahead = two - year % 100
    full = century + two + (-100 if ahead > 50 else 100 if ahead < -49 else 0)  # noqa: PLR2004 - the rule's numbers
    try:
        return date(full, month, day or monthrange(full, month)[1])
    except ValueError:
        raise invalid(sentences.ELEMENT_DATE, ai=element.ai, found=digits) from None
