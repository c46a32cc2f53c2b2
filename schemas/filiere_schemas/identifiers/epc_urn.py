"""EPC URNs: pure identities, lot classes, class patterns and tag URIs of the EPC Tag Data Standard.

An EPC URN writes a GS1 key without check digit and with the company prefix set apart. `parse` reads one and gives
the GS1 key that it names, or an `EpcName` where there is none: schemes that are not GS1's, patterns that name many
things, undecoded tags. `build` writes the URN of a GS1 key once somebody knows the length of its company prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.gs1_key import Gs1Key, Kind, checked_qualifier, normal_form
from filiere_schemas.identifiers.invalid import InvalidIdentifier, invalid

PREFIX = "urn:epc:"
SHORTEST_PREFIX, LONGEST_PREFIX = 6, 12  # digits of a company prefix in an EPC

# Source: EPC Tag Data Standard 2.1, annex A: a character stands for itself or is escaped; " % & / < > ? # must be.
_WRITTEN = r"(?:[A-Za-z0-9!'()*+,\-.:;=_]|%[0-9A-Fa-f]{2})+"
_TO_ESCAPE = {ord(character): f"%{ord(character):02X}" for character in '"%&/<>?#'}


@dataclass(frozen=True, slots=True)
class EpcName:
    """An EPC that is no GS1 key: it keeps its own URN."""

    urn: str
    kind: Kind
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scheme:
    """How one EPC scheme writes a GS1 key.

    Prefix and reference together have `digits` digits (0: the reference has a free form and length). Where `indicator`
    is set the reference's first digit leads the key. `lead` stands before the key. What follows them is the value of
    `qualifier`, or where that is empty the end of the key itself.
    """

    ai: str
    body: re.Pattern[str]
    expected: str
    digits: int = 0
    indicator: bool = False
    lead: str = ""
    qualifier: str = ""


def _scheme(
    ai: str, digits: int, expected: str, *, indicator: bool = False, lead: str = "", qualifier: str = ""
) -> _Scheme:
    """Read the form off its description: `prefix.reference`, and where they are named `pieces` and a last part."""
    parts = expected.count(".")
    form = r"([0-9]{6,12})\." + (
        r"([0-9]*)" if digits else f"({_WRITTEN})" if parts == 1 else r"((?:[0-9A-Z\-]|%2[3Ff])+)"
    )
    form += r"\.([0-9]{2})\.([0-9]{2})" if ".piece." in expected else "()()"
    form += rf"\.({_WRITTEN})" if parts > 1 else "()"
    pattern = re.compile(form)
    return _Scheme(
        ai=ai, body=pattern, expected=expected, digits=digits, indicator=indicator, lead=lead, qualifier=qualifier
    )


# Source: EPC Tag Data Standard 2.1, section 6.3 (pure identities); CBV 2.0, section 8.3.1 (lgtin).
_SCHEMES: Mapping[str, _Scheme] = {
    "sgtin": _scheme("01", 13, "prefix.item.serial", indicator=True, qualifier="21"),
    "lgtin": _scheme("01", 13, "prefix.item.lot", indicator=True, qualifier="10"),
    "upui": _scheme("01", 13, "prefix.item.tpx", indicator=True, qualifier="235"),
    "itip": _scheme("8006", 13, "prefix.item.piece.total.serial", indicator=True, qualifier="21"),
    "sscc": _scheme("00", 17, "prefix.serial", indicator=True),
    "sgln": _scheme("414", 12, "prefix.location.extension", qualifier="254"),
    "pgln": _scheme("417", 12, "prefix.party"),
    "grai": _scheme("8003", 12, "prefix.type.serial", lead="0"),
    "gdti": _scheme("253", 12, "prefix.type.serial"),
    "sgcn": _scheme("255", 12, "prefix.coupon.serial"),
    "gsrn": _scheme("8018", 17, "prefix.reference"),
    "gsrnp": _scheme("8017", 17, "prefix.reference"),
    "gsin": _scheme("402", 16, "prefix.shipment"),
    "giai": _scheme("8004", 0, "prefix.asset"),
    "ginc": _scheme("401", 0, "prefix.consignment"),
    "cpi": _scheme("8010", 0, "prefix.part.serial", qualifier="8011"),
}

# Classes that a pattern with one final star names. Source: CBV 2.0, section 8.3.1.
_CLASS_PATTERNS = frozenset({"sgtin", "upui", "itip", "grai", "gdti", "sgcn", "cpi"})
_SCHEME_OF_KEY = {f"{scheme.ai}{scheme.qualifier}": name for name, scheme in _SCHEMES.items()}
_SCHEME_OF_CLASS = {"01": "sgtin", "8006": "itip", "8010": "cpi", "414": "sgln"}

# Schemes that are not GS1's: their form, what they name, their form in words.
# Source: EPC Tag Data Standard 2.1, section 6.3 (GID, USDOD, ADI, BIC, IMOVN).
_PART = r"(?:[0-9A-Z\-]|%2[Ff])"
_OTHER_SCHEMES: Mapping[str, tuple[re.Pattern[str], Kind, str]] = {
    "adi": (
        re.compile(rf"[0-9A-HJ-NP-Z]{{5,6}}\.{_PART}{{0,32}}\.(?:{_PART}{{1,30}}|%23{_PART}{{1,29}})"),
        Kind.ITEM,
        "cage.part.serial",
    ),
    "gid": (re.compile(r"(?:(?:0|[1-9][0-9]*)(?:\.(?!\Z)|\Z)){3}"), Kind.ITEM, "manager.class.serial"),
    "usdod": (re.compile(r"[0-9A-HJ-NP-Z]{5,6}\.(?:0|[1-9][0-9]*)"), Kind.ITEM, "cage.serial"),
    "bic": (re.compile(r"[A-Z]{3}[JUZ][0-9]{7}"), Kind.LOGISTIC_UNIT, "AAA(J|U|Z)9999999"),
    "imovn": (re.compile(r"[0-9]{7}"), Kind.LOCATION, "9999999"),
}

_PATTERN = re.compile(r"(?:[A-Za-z0-9!'()+,\-:;=_%]*\.)*\*(?:\.\*)*")
# A tag URI names what its pure identity names, and adds the tag's size and filter value, which are about the tag.
# Source: EPC Tag Data Standard 2.1, section 12.
_TAG = re.compile(r"(gid)-96:(.+)|([a-z]+)-(?:[0-9]{2,3}|var):[0-7]\.(.+)")
_UNDECODED = re.compile(r"(?:raw|pat):[A-Za-z0-9.:*x\[\]\-%]+")


def parse(text: str) -> Gs1Key | EpcName:
    """Read an EPC URN; `text` begins with `urn:epc:` in any case, the rest is taken as written.

    Raises:
        InvalidIdentifier: the URN does not follow the grammar of its scheme.
    """
    head, _, tail = text[len(PREFIX) :].partition(":")
    name, _, body = tail.partition(":")
    if (head, name) == ("class", "lgtin") or (head == "id" and name != "lgtin"):
        scheme = _SCHEMES.get(name)
        if scheme is not None:
            return _read(name, scheme, body, text)
        if name in _OTHER_SCHEMES:
            return _read_other(name, body, text)
    if head == "idpat":
        return _read_pattern(name, body, text)
    if head == "tag":
        return parse(pure_identity(text))
    if _UNDECODED.fullmatch(text, len(PREFIX)):
        return EpcName(PREFIX + text[len(PREFIX) :], Kind.OTHER, head)
    raise invalid(sentences.EPC_UNKNOWN_SCHEME, found=text)


def pure_identity(text: str) -> str:
    """Give the URN of what a tag URI's tag is on; any other EPC URN as it is. `urn:epc:` becomes lower case.

    Raises:
        InvalidIdentifier: a tag URI does not follow its grammar.
    """
    tail = text[len(PREFIX) :]
    if not tail.startswith("tag:"):
        return PREFIX + tail
    match = _TAG.fullmatch(tail, len("tag:"))
    if match is None:
        raise invalid(sentences.EPC_FORM, scheme="tag", expected="{scheme}-96:{filter}.{EPC}", found=text)
    return f"{PREFIX}id:{match[1] or match[3]}:{match[2] or match[4]}"


def compact(text: str) -> str:
    """Drop the spaces around the URN."""
    return text.strip()


def validate(text: str) -> str:
    """Give the URN of the pure identity, class or pattern.

    Raises:
        InvalidIdentifier: it does not begin with urn:epc:, or does not follow the grammar of its scheme.
    """
    urn = compact(text)
    if urn[: len(PREFIX)].lower() != PREFIX:
        raise invalid(sentences.EPC_UNKNOWN_SCHEME, found=urn)
    parse(urn)
    return pure_identity(urn)


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    try:
        validate(text)
    except InvalidIdentifier:
        return False
    return True


def digits_from_prefix(key: Gs1Key) -> str:
    """Give what of a key stands from the first digit of its company prefix on."""
    return key.value[1:] if key.ai in {"00", "01", "8003", "8006"} else key.value


def build(key: Gs1Key, prefix_length: int) -> str | None:
    """Write the EPC URN of a key whose company prefix has that many digits; a class becomes a pattern.

    Gives None for what has no EPC: product variants, models, lots of pieces, importer and service indexes, and keys of
    free form that do not begin with a prefix of that length.

    Raises:
        ValueError: no EPC has a company prefix of that length.
    """
    if not SHORTEST_PREFIX <= prefix_length <= LONGEST_PREFIX:
        raise ValueError(f"expected a company prefix of 6 to 12 digits, found {prefix_length}")
    name = _SCHEME_OF_KEY.get(key.ai + key.qualifier) or _SCHEME_OF_CLASS.get(key.ai + key.qualifier)
    if name is None:
        return None
    scheme = _SCHEMES[name]
    if not scheme.digits and not (key.value[:prefix_length].isdecimal() and len(key.value) > prefix_length):
        return None  # its own prefix is shorter
    end = len(scheme.lead) + scheme.digits + 1 if scheme.digits else len(key.value)
    body = _components(key.value[:end], scheme, prefix_length)
    if ".piece." in scheme.expected:
        body += f".{key.value[14:16]}.{key.value[16:18]}"
    elif scheme.expected.count(".") == 1:
        return f"{PREFIX}id:{name}:{body}"
    serial = key.extension or ("" if ".piece." in scheme.expected else key.value[end:])
    if serial:
        return f"{PREFIX}{'class' if name == 'lgtin' else 'id'}:{name}:{body}.{serial.translate(_TO_ESCAPE)}"
    return f"{PREFIX}id:{name}:{body}.0" if name == "sgln" else f"{PREFIX}idpat:{name}:{body}.*"


def _components(value: str, scheme: _Scheme, prefix_length: int) -> str:
    if not scheme.digits:
        return f"{value[:prefix_length]}.{value[prefix_length:].translate(_TO_ESCAPE)}"
    digits = value[len(scheme.lead) : len(scheme.lead) + scheme.digits]
    if scheme.indicator:
        return f"{digits[1 : prefix_length + 1]}.{digits[0]}{digits[prefix_length + 1 :]}"
    return f"{digits[:prefix_length]}.{digits[prefix_length:]}"


def _read(name: str, scheme: _Scheme, body: str, text: str) -> Gs1Key:
    match = scheme.body.fullmatch(body)
    if match is None:
        raise invalid(sentences.EPC_FORM, scheme=name, expected=scheme.expected, found=text)
    prefix, reference, piece, total, last = match.groups()
    if "%" in body:
        reference, last = unquote(reference), unquote(last)
    value = _value(name, scheme, prefix, reference, text) + piece + total
    if scheme.qualifier and scheme.ai == "01":
        # The hot path: form and check digit hold by construction, only the last part is left to check.
        return Gs1Key("01", value, scheme.qualifier, checked_qualifier(scheme.qualifier, last))
    if scheme.qualifier and last:
        return normal_form(scheme.ai, value, ((scheme.qualifier, last),))
    return normal_form(scheme.ai, value + last)


def _value(name: str, scheme: _Scheme, prefix: str, reference: str, text: str) -> str:
    if not scheme.digits:
        return prefix + reference
    if len(prefix) + len(reference) != scheme.digits:
        raise invalid(
            sentences.EPC_DIGITS, scheme=name, expected=scheme.digits, found=len(prefix) + len(reference), urn=text
        )
    digits = reference[0] + prefix + reference[1:] if scheme.indicator else prefix + reference
    return scheme.lead + digits + checksum.gs1(digits)


def _read_other(name: str, body: str, text: str) -> EpcName:
    form, kind, expected = _OTHER_SCHEMES[name]
    if not form.fullmatch(body):
        raise invalid(sentences.EPC_FORM, scheme=name, expected=expected, found=text)
    return EpcName(PREFIX + text[len(PREFIX) :], kind, name)


def _read_pattern(name: str, body: str, text: str) -> Gs1Key | EpcName:
    """Read a pattern: a class where its one star is the serial number, else a name of many things, kept as it is."""
    scheme = _SCHEMES.get(name)
    if name == "lgtin" or (scheme is None and name not in _OTHER_SCHEMES):
        raise invalid(sentences.EPC_UNKNOWN_SCHEME, found=text)
    if not _PATTERN.fullmatch(body):
        raise invalid(sentences.EPC_FORM, scheme=name, expected="….*", found=text)
    if scheme is None or name not in _CLASS_PATTERNS or body.count("*") > 1:
        return EpcName(PREFIX + text[len(PREFIX) :], Kind.OTHER, "idpat")
    key = _read(name, scheme, f"{body[:-1]}1", text)  # any serial number: its class is what the pattern names
    length = len(scheme.lead) + scheme.digits + 1
    return Gs1Key(key.ai, key.value if scheme.qualifier else key.value[:length])
