"""A GS1 key in its normal form, whichever way it was written: EPC URN, Digital Link or element string.

One thing has one key. Where a link says more than the identity (the lot of a serial number, the product variant of
a lot), the finest identification that stands by itself is kept and the rest is dropped: a serial number identifies
an item within its GTIN alone, and so does a lot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from filiere_schemas.identifiers import (
    cpi,
    gcn,
    gdti,
    giai,
    ginc,
    gln,
    gmn,
    grai,
    gsin,
    gsrn,
    gtin,
    itip,
    sentences,
    sscc,
)
from filiere_schemas.identifiers.characters import CSET_82, percent_encode
from filiere_schemas.identifiers.invalid import InvalidIdentifier, invalid

CANONICAL_STEM = "https://id.gs1.org"


class Kind(StrEnum):
    """What an identifier names."""

    LOT = "lot"
    ITEM = "item"
    LOGISTIC_UNIT = "logistic_unit"
    CLASS = "class"
    LOCATION = "location"
    PARTY = "party"
    DOCUMENT = "document"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Gs1Key:
    """A primary key (its application identifier and value) and at most one qualifier ("" where there is none)."""

    ai: str
    value: str
    qualifier: str = ""
    extension: str = ""

    @property
    def uri(self) -> str:
        """The canonical Digital Link."""
        stem = f"{CANONICAL_STEM}/{self.ai}/{percent_encode(self.value)}"
        return f"{stem}/{self.qualifier}/{percent_encode(self.extension)}" if self.qualifier else stem

    @property
    def meaning(self) -> tuple[Kind, str]:
        """What the key names, and the EPC scheme that names the same thing (else the GS1 key's name, lower case)."""
        serialised = _SERIALISED.get(self.ai)
        if serialised is not None and len(self.value) > serialised[0]:
            return serialised[1]
        return _MEANINGS[self.ai + self.qualifier]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """How the value of a primary key is checked and which qualifiers may follow it, the finest first."""

    read: Callable[[str], str]
    qualifiers: tuple[str, ...] = ()
    required: bool = False


def _gtin14(value: str) -> str:
    return gtin.checked(value).zfill(14)


# Source: GS1 Barcode Syntax Dictionary, attribute dlpkey; GS1 Digital Link: URI Syntax.
KEYS: Mapping[str, KeyRule] = {
    "00": KeyRule(read=sscc.checked),
    "01": KeyRule(read=_gtin14, qualifiers=("21", "235", "10", "22")),
    "253": KeyRule(read=gdti.checked),
    "255": KeyRule(read=gcn.checked),
    "401": KeyRule(read=ginc.checked),
    "402": KeyRule(read=gsin.checked),
    "414": KeyRule(read=gln.checked, qualifiers=("254", "7040")),
    "415": KeyRule(read=gln.checked, qualifiers=("8020",), required=True),
    "417": KeyRule(read=gln.checked, qualifiers=("7040",)),
    "8003": KeyRule(read=grai.checked),
    "8004": KeyRule(read=giai.checked, qualifiers=("7040",)),
    "8006": KeyRule(read=itip.checked, qualifiers=("21", "10", "22")),
    "8010": KeyRule(read=cpi.checked, qualifiers=("8011",)),
    "8013": KeyRule(read=gmn.checked),
    "8017": KeyRule(read=gsrn.checked, qualifiers=("8019",)),
    "8018": KeyRule(read=gsrn.checked, qualifiers=("8019",)),
}

# Qualifiers that stand alone: another way to tell the units apart, not a further one.
_EXCLUSIVE = frozenset({"235", "7040"})

# Form of each qualifier, as GS1 writes forms (N digits, X characters of set 82) and as a pattern.
# Source: GS1 General Specifications, section 3 (one subsection per application identifier).
_QUALIFIERS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "10": ("X..20", re.compile(rf"{CSET_82}{{1,20}}")),
    "21": ("X..20", re.compile(rf"{CSET_82}{{1,20}}")),
    "22": ("X..20", re.compile(rf"{CSET_82}{{1,20}}")),
    "235": ("X..28", re.compile(rf"{CSET_82}{{1,28}}")),
    "254": ("X..20", re.compile(rf"{CSET_82}{{1,20}}")),
    "7040": ("N1+X3", re.compile(rf"[0-9]{CSET_82}{{3}}")),
    "8011": ("N..12", re.compile(r"0|[1-9][0-9]{0,11}")),
    "8019": ("N..10", re.compile(r"[0-9]{1,10}")),
    "8020": ("X..25", re.compile(rf"{CSET_82}{{1,25}}")),
}

# By application identifier of the key and of its qualifier, written together.
_MEANINGS: Mapping[str, tuple[Kind, str]] = {
    "00": (Kind.LOGISTIC_UNIT, "sscc"),
    "01": (Kind.CLASS, "gtin"),
    "0110": (Kind.LOT, "lgtin"),
    "0121": (Kind.ITEM, "sgtin"),
    "0122": (Kind.CLASS, "cpv"),
    "01235": (Kind.ITEM, "upui"),
    "253": (Kind.CLASS, "gdti"),
    "255": (Kind.CLASS, "gcn"),
    # A consignment and a shipment are sets of logistic units, not papers about them.
    "401": (Kind.LOGISTIC_UNIT, "ginc"),
    "402": (Kind.LOGISTIC_UNIT, "gsin"),
    "414": (Kind.LOCATION, "sgln"),
    "414254": (Kind.LOCATION, "sgln"),
    "4147040": (Kind.LOCATION, "gln"),
    "4158020": (Kind.DOCUMENT, "payment-slip"),
    "417": (Kind.PARTY, "pgln"),
    "4177040": (Kind.PARTY, "gln"),
    "8003": (Kind.CLASS, "grai"),
    "8004": (Kind.ITEM, "giai"),
    "80047040": (Kind.ITEM, "giai"),
    "8006": (Kind.CLASS, "itip"),
    "800610": (Kind.LOT, "itip"),
    "800621": (Kind.ITEM, "itip"),
    "800622": (Kind.CLASS, "itip"),
    "8010": (Kind.CLASS, "cpi"),
    "80108011": (Kind.ITEM, "cpi"),
    "8013": (Kind.CLASS, "gmn"),
    "8017": (Kind.PARTY, "gsrnp"),
    "80178019": (Kind.PARTY, "gsrnp"),
    "8018": (Kind.PARTY, "gsrn"),
    "80188019": (Kind.PARTY, "gsrn"),
}

# Keys whose serial number is part of the value: its length without one, and what it names with one.
_SERIALISED: Mapping[str, tuple[int, tuple[Kind, str]]] = {
    "253": (13, (Kind.DOCUMENT, "gdti")),
    "255": (13, (Kind.ITEM, "sgcn")),
    "8003": (14, (Kind.ITEM, "grai")),
}


def normal_form(ai: str, value: str, qualifiers: Sequence[tuple[str, str]] = ()) -> Gs1Key:
    """Give the key that a primary value and its qualifiers name, every one of them checked.

    The order of the qualifiers is not: the standard fixes one, writers do not keep to it, and it says nothing.

    Raises:
        InvalidIdentifier: `ai` is not a primary key, or a value does not follow its form or check digit.
    """
    rule = KEYS.get(ai)
    if rule is None:
        raise invalid(sentences.LINK_WITHOUT_KEY, found=f"/{ai}/{value}")
    checked = rule.read(value)
    if not qualifiers and not rule.required:
        return Gs1Key(ai, checked)
    given: dict[str, str] = {}
    for qualifier, extension in qualifiers:
        if qualifier not in rule.qualifiers or qualifier in given:
            raise _misplaced(ai, rule, qualifier)
        given[qualifier] = checked_qualifier(qualifier, extension)
    if len(given) > 1 and not _EXCLUSIVE.isdisjoint(given):
        raise _misplaced(ai, rule, " + ".join(given))
    for qualifier in rule.qualifiers:
        # EPC Tag Data Standard 2.1, section 6.3.3: the extension "0" of an SGLN says that there is none.
        if qualifier in given and not (qualifier == "254" and given[qualifier] == "0"):
            return Gs1Key(ai, checked, qualifier, given[qualifier])
    if rule.required:
        raise invalid(sentences.QUALIFIER_MISSING, ai=ai, expected=rule.qualifiers[0])
    return Gs1Key(ai, checked)


def checked_qualifier(ai: str, value: str) -> str:
    """Give back the value of a qualifier.

    Raises:
        InvalidIdentifier: it does not have the form of its application identifier.
    """
    form, pattern = _QUALIFIERS[ai]
    if not pattern.fullmatch(value):
        raise invalid(sentences.QUALIFIER_FORM, ai=ai, found=value, expected=form)
    return value


def _misplaced(ai: str, rule: KeyRule, found: str) -> InvalidIdentifier:
    if not rule.qualifiers:
        return invalid(sentences.QUALIFIER_UNKNOWN, ai=ai, found=found)
    return invalid(sentences.QUALIFIER_MISPLACED, ai=ai, found=found, expected=" | ".join(rule.qualifiers))
