"""EPC URNs: pure identities, lot classes and class patterns of the EPC Tag Data Standard.

An EPC URN writes a GS1 key without check digit and with the company prefix set apart. `parse` reads one and gives
the GS1 key it names (`None` for the few schemes that are not GS1's: they keep their own URN); `build` writes the URN
of a GS1 key once somebody knows the length of its company prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.gs1_key import Gs1Key, Kind, normal_form
from filiere_schemas.identifiers.invalid import InvalidIdentifier, invalid

PREFIX = "urn:epc:"
SHORTEST_PREFIX = 6  # digits of a company prefix in an EPC, 12 at most

# Source: EPC Tag Data Standard 2.1, section 5 and annex A: a GS3A3 character is written as itself or escaped;
# these must be escaped: " % & / < > ?
_WRITTEN = re.compile(r"(?:[A-Za-z0-9!'()*+,\-.:;=_]|%[0-9A-Fa-f]{2})+")
_TO_ESCAPE = {ord(character): f"%{ord(character):02X}" for character in '"%&/<>?#'}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scheme:
    """How one EPC scheme writes a GS1 key.

    `prefix.reference` holds `digits` digits; where `indicator` is set the reference's first digit leads the key. A
    scheme with `digits` 0 has a reference of free length (GIAI, GINC, CPI). `lead` stands before the key. The serial
    number follows the value itself, or is the value of `qualifier`.
    """

    ai: str
    digits: int
    indicator: bool = False
    lead: str = ""
    parts: int = 3
    qualifier: str = ""
    expected: str


# Source: EPC Tag Data Standard 2.1, sections 6.3.1 to 6.3.20 and 6.4 (lgtin).
_SCHEMES: Mapping[str, _Scheme] = {
    "sgtin": _Scheme(ai="01", digits=13, indicator=True, qualifier="21", expected="prefix.item.serial"),
    "sscc": _Scheme(ai="00", digits=17, indicator=True, parts=2, expected="prefix.serial"),
    "sgln": _Scheme(ai="414", digits=12, qualifier="254", expected="prefix.location.extension"),
    "pgln": _Scheme(ai="417", digits=12, parts=2, expected="prefix.party"),
    "grai": _Scheme(ai="8003", digits=12, lead="0", expected="prefix.type.serial"),
    "giai": _Scheme(ai="8004", digits=0, parts=2, expected="prefix.asset"),
    "gsrn": _Scheme(ai="8018", digits=17, parts=2, expected="prefix.reference"),
    "gsrnp": _Scheme(ai="8017", digits=17, parts=2, expected="prefix.reference"),
    "gdti": _Scheme(ai="253", digits=12, expected="prefix.type.serial"),
    "sgcn": _Scheme(ai="255", digits=12, expected="prefix.coupon.serial"),
    "ginc": _Scheme(ai="401", digits=0, parts=2, expected="prefix.consignment"),
    "gsin": _Scheme(ai="402", digits=16, parts=2, expected="prefix.shipment"),
    "cpi": _Scheme(ai="8010", digits=0, qualifier="8011", expected="prefix.part.serial"),
    "itip": _Scheme(
        ai="8006", digits=13, indicator=True, parts=5, qualifier="21", expected="prefix.item.piece.total.serial"
    ),
    "upui": _Scheme(ai="01", digits=13, indicator=True, qualifier="235", expected="prefix.item.tpx"),
    "lgtin": _Scheme(ai="01", digits=13, indicator=True, qualifier="10", expected="prefix.item.lot"),
}
_BY_KEY = {(scheme.ai, scheme.qualifier): name for name, scheme in _SCHEMES.items()}
# Classes that a pattern with a final star names. Source: CBV 2.0, section 8.3.
_CLASS_PATTERNS = frozenset({"sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui"})

# Schemes that are not GS1's, with what they name.
# Source: EPC Tag Data Standard 2.1, sections 6.3.7 (GID), 6.3.8 (USDOD), 6.3.9 (ADI), 6.3.15 (BIC), 6.3.16 (IMOVN).
_FOREIGN: Mapping[str, tuple[re.Pattern[str], Kind, str]] = {
    "adi": (
        re.compile(
            r"[0-9A-HJ-NP-Z]{5,6}\.(?:[0-9A-Z\-]|%2[Ff]){0,32}\.(?:(?:[0-9A-Z\-]|%2[Ff]){1,30}|%23(?:[0-9A-Z\-]|%2[Ff]){1,29})"
        ),
        Kind.ITEM,
        "cage.part.serial",
    ),
    "gid": (re.compile(r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)"), Kind.ITEM, "manager.class.serial"),
    "usdod": (re.compile(r"[0-9A-HJ-NP-Z]{5,6}\.(?:0|[1-9][0-9]*)"), Kind.ITEM, "cage.serial"),
    "bic": (re.compile(r"[A-Z]{3}[JUZ][0-9]{7}"), Kind.LOGISTIC_UNIT, "owner + J|U|Z + 7"),
    "imovn": (re.compile(r"[0-9]{7}"), Kind.LOCATION, "7 0-9"),
}

_WITHOUT_SERIAL = 2  # parts of a scheme that has no serial number
_WITH_PIECES = 5  # parts of an ITIP
_COMPANY_PREFIX = re.compile(r"[0-9]{6,12}")
_DIGITS = re.compile(r"[0-9]*")
_LEADING_DIGITS = re.compile(r"([0-9]*).*")
_PATTERN_COMPONENT = re.compile(r"\*|[A-Za-z0-9!'()+,\-:;=_%]*")


@dataclass(frozen=True, slots=True)
class Epc:
    """What an EPC URN says: a GS1 key, or a name of another scheme, which keeps its URN."""

    scheme: str
    kind: Kind
    key: Gs1Key | None
    urn: str


def parse(text: str) -> Epc:
    """Read an EPC URN; `urn` and `epc` may be in any case, the rest is taken as written.

    Raises:
        InvalidIdentifier: the URN does not follow the grammar of its scheme.
    """
    head, _, tail = text[len(PREFIX) :].partition(":")
    name, _, body = tail.partition(":")
    if head == "idpat":
        return _read_pattern(name, body, text)
    if (head == "class") == (name == "lgtin") and head in {"id", "class"}:
        scheme = _SCHEMES.get(name)
        if scheme is not None:
            key = _read_key(name, scheme, body, text)
            return Epc(name, key.kind, key, PREFIX + text[len(PREFIX) :])
        if name in _FOREIGN:
            return _read_foreign(name, body, text)
    raise invalid(sentences.EPC_UNKNOWN_SCHEME, found=text)


def compact(text: str) -> str:
    """Drop the spaces around the URN."""
    return text.strip()


def validate(text: str) -> str:
    """Give the URN, its first two parts in lower case.

    Raises:
        InvalidIdentifier: it does not begin with urn:epc:, or does not follow the grammar of its scheme.
    """
    urn = compact(text)
    if urn[: len(PREFIX)].lower() != PREFIX:
        raise invalid(sentences.EPC_UNKNOWN_SCHEME, found=urn)
    return parse(urn).urn


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    try:
        validate(text)
    except InvalidIdentifier:
        return False
    return True


def build(key: Gs1Key, prefix_length: int) -> str | None:
    """Write the EPC URN of a GS1 key whose company prefix has that many digits (6 to 12).

    A class becomes a pattern with a final star. Gives None for what has no EPC: product variants, document and asset
    types of GS1 that the standard does not name, keys qualified by an importer index or a service instance.
    """
    serialised = key.ai in {"253", "255", "8003"}
    name = _BY_KEY.get((key.ai, key.qualifier)) or (_SCHEME_OF_CLASS.get(key.ai) if not key.qualifier else None)
    if name is None:
        return None
    scheme = _SCHEMES[name]
    stem, serial = _split_value(key, scheme) if serialised else (key.value, key.extension)
    body = _components(stem, scheme, prefix_length)
    if scheme.parts == _WITHOUT_SERIAL:
        return f"{PREFIX}id:{name}:{body}"
    if serial:
        return f"{PREFIX}{'class' if name == 'lgtin' else 'id'}:{name}:{body}.{serial.translate(_TO_ESCAPE)}"
    if name == "sgln":
        return f"{PREFIX}id:{name}:{body}.0"
    return f"{PREFIX}idpat:{name}:{body}.*"


def digits_from_prefix(key: Gs1Key) -> str:
    """Give the digits of a GS1 key from the first of its company prefix on."""
    start = 1 if key.ai in {"00", "01", "8003", "8006"} else 0  # an indicator digit, or the filling zero of a GRAI
    return _LEADING_DIGITS.sub(r"\1", key.value[start:])


_SCHEME_OF_CLASS = {"01": "sgtin", "414": "sgln", "8006": "itip", "8010": "cpi"}


def _read_key(name: str, scheme: _Scheme, body: str, text: str, *, pattern: bool = False) -> Gs1Key:
    components = body.split(".", scheme.parts - 1)
    if len(components) != scheme.parts or not _COMPANY_PREFIX.fullmatch(components[0]):
        raise invalid(sentences.EPC_FORM, scheme=name, expected=scheme.expected, found=text)
    prefix, reference = components[0], components[1]
    if scheme.digits == 0:
        value = prefix + _unescaped(name, reference)
    elif len(prefix) + len(reference) == scheme.digits and _DIGITS.fullmatch(reference):
        value = _with_check_digit(prefix, reference, scheme)
    else:
        expected = f"{scheme.expected} ({scheme.digits} 0-9 + serial)"
        raise invalid(sentences.EPC_FORM, scheme=name, expected=expected, found=text)
    if name == "itip":
        value += components[2] + components[3]
    if pattern or scheme.parts == _WITHOUT_SERIAL:
        return normal_form(scheme.ai, value)
    serial = _unescaped(name, components[-1])
    if scheme.qualifier:
        return normal_form(scheme.ai, value, ((scheme.qualifier, serial),))
    return normal_form(scheme.ai, value + serial)


def _with_check_digit(prefix: str, reference: str, scheme: _Scheme) -> str:
    digits = reference[0] + prefix + reference[1:] if scheme.indicator else prefix + reference
    return scheme.lead + digits + checksum.gs1(digits)


def _unescaped(name: str, component: str) -> str:
    # Length and characters are checked on the GS1 key, whose rules they are.
    if not _WRITTEN.fullmatch(component):
        raise invalid(sentences.EPC_WRITING, scheme=name, found=component)
    return unquote(component) if "%" in component else component


def _read_foreign(name: str, body: str, text: str) -> Epc:
    form, kind, expected = _FOREIGN[name]
    if not form.fullmatch(body):
        raise invalid(sentences.EPC_FORM, scheme=name, expected=expected, found=text)
    return Epc(name, kind, None, PREFIX + text[len(PREFIX) :])


def _read_pattern(name: str, body: str, text: str) -> Epc:
    """Read a pattern: a class where only the serial number is a star, else a name of many things, kept as it is."""
    scheme = _SCHEMES.get(name)
    if name == "lgtin" or (scheme is None and name not in _FOREIGN):
        raise invalid(sentences.EPC_UNKNOWN_SCHEME, found=text)
    components = body.split(".")
    stars = components.count("*")
    if scheme is not None and name in _CLASS_PATTERNS and stars == 1 and components[-1] == "*":
        key = _read_key(name, scheme, body, text, pattern=True)
        return Epc(name, key.kind, key, PREFIX + text[len(PREFIX) :])
    well_formed = stars and components[-stars:] == ["*"] * stars
    if not well_formed or not all(_PATTERN_COMPONENT.fullmatch(component) for component in components):
        raise invalid(sentences.EPC_FORM, scheme=name, expected="….*", found=text)
    return Epc(name, Kind.OTHER, None, PREFIX + text[len(PREFIX) :])


def _split_value(key: Gs1Key, scheme: _Scheme) -> tuple[str, str]:
    length = len(scheme.lead) + scheme.digits + 1
    return key.value[:length], key.value[length:]


def _components(value: str, scheme: _Scheme, prefix_length: int) -> str:
    if scheme.digits == 0:
        return f"{value[:prefix_length]}.{value[prefix_length:].translate(_TO_ESCAPE)}"
    digits = value[len(scheme.lead) : len(scheme.lead) + scheme.digits]
    if scheme.indicator:
        body = f"{digits[1 : prefix_length + 1]}.{digits[0]}{digits[prefix_length + 1 :]}"
    else:
        body = f"{digits[:prefix_length]}.{digits[prefix_length:]}"
    return f"{body}.{value[14:16]}.{value[16:18]}" if scheme.parts == _WITH_PIECES else body
