"""EPC URNs: pure identities, lot classes, class patterns and tag URIs of the EPC Tag Data Standard.

An EPC URN writes a GS1 key without check digit and with the company prefix set apart. `parse` reads one and gives
the GS1 key that it names, or an `EpcName` where there is none: schemes that are not GS1's, patterns that name many
things, undecoded tags. `build` writes the URN of a GS1 key once somebody knows the length of its company prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import unquote

from filiere_schemas.identifiers import checksum, container, imo, sentences
from filiere_schemas.identifiers.characters import percent_encode
from filiere_schemas.identifiers.gs1_key import CANONICAL_STEM, Gs1Key, Kind, checked_qualifier, normal_form
from filiere_schemas.identifiers.invalid import accepts, invalid

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
    """How one EPC scheme writes a GS1 key: `prefix.reference[.piece.total][.last]`.

    Prefix and reference together have `digits` digits (0: the reference has a free form). Where `indicator` is set the
    reference's first digit leads the key. `lead` stands before the key. `last` ("": there is none) is the value of
    `qualifier`, or where that is empty the end of the key itself.
    """

    ai: str
    reference: str
    digits: int = 0
    indicator: bool = False
    lead: str = ""
    pieces: bool = False
    last: str = ""
    qualifier: str = ""

    @property
    def expected(self) -> str:
        """The form in words."""
        return f"prefix.{self.reference}{'.piece.total' if self.pieces else ''}{'.' if self.last else ''}{self.last}"

    @property
    def body(self) -> str:
        """The form as a pattern: prefix, reference, piece, total, last."""
        # A free reference that something follows (CPI) has no full stop of its own.
        free = r"(?:[0-9A-Z\-]|%2[3Ff])+" if self.last else _WRITTEN
        pieces = r"\.([0-9]{2})\.([0-9]{2})" if self.pieces else "()()"
        last = rf"\.({_WRITTEN})" if self.last else "()"
        return rf"([0-9]{{6,12}})\.({'[0-9]*' if self.digits else free}){pieces}{last}"


# Source: EPC Tag Data Standard 2.1, section 6.3 (pure identities); CBV 2.0, section 8.3 (lgtin).
_SCHEMES: Mapping[str, _Scheme] = {
    "sgtin": _Scheme(ai="01", reference="item", digits=13, indicator=True, last="serial", qualifier="21"),
    "lgtin": _Scheme(ai="01", reference="item", digits=13, indicator=True, last="lot", qualifier="10"),
    "upui": _Scheme(ai="01", reference="item", digits=13, indicator=True, last="tpx", qualifier="235"),
    "itip": _Scheme(ai="8006", reference="item", digits=13, indicator=True, pieces=True, last="serial", qualifier="21"),
    "sscc": _Scheme(ai="00", reference="serial", digits=17, indicator=True),
    "sgln": _Scheme(ai="414", reference="location", digits=12, last="extension", qualifier="254"),
    "pgln": _Scheme(ai="417", reference="party", digits=12),
    "grai": _Scheme(ai="8003", reference="type", digits=12, lead="0", last="serial"),
    "gdti": _Scheme(ai="253", reference="type", digits=12, last="serial"),
    "sgcn": _Scheme(ai="255", reference="coupon", digits=12, last="serial"),
    "gsrn": _Scheme(ai="8018", reference="recipient", digits=17),
    "gsrnp": _Scheme(ai="8017", reference="provider", digits=17),
    "gsin": _Scheme(ai="402", reference="shipment", digits=16),
    "giai": _Scheme(ai="8004", reference="asset"),
    "ginc": _Scheme(ai="401", reference="consignment"),
    "cpi": _Scheme(ai="8010", reference="part", last="serial", qualifier="8011"),
}

# The schemes of lots and serial numbers, and the application identifier of what stands behind the GTIN.
GTIN_QUALIFIERS: Mapping[str, str] = {name: _SCHEMES[name].qualifier for name in ("lgtin", "sgtin")}

# Classes that a pattern with one final star names. Source: CBV 2.0, section 8.3.
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
    "bic": (re.compile(r"[A-Z]{3}[JUZ][0-9]{7}"), Kind.LOGISTIC_UNIT, "container"),
    "imovn": (re.compile(r"[0-9]{7}"), Kind.LOCATION, "ship"),
}
_CHECKS = {"bic": container.checked, "imovn": imo.checked}

# Stars are at the end. Source: EPC Tag Data Standard 2.1, section 8 (pure identity patterns).
_PATTERN = re.compile(r"(?:[A-Za-z0-9!'()+,\-:;=_%]*\.)*\*(?:\.\*)*")
# A tag URI names what its pure identity names, and adds the tag's size and filter value (3 to 6 bits), which are about
# the tag.
# Source: EPC Tag Data Standard 2.1, section 12.
_TAG = re.compile(r"(gid)-96:(.+)|([a-z]+)-(?:[0-9]{2,3}|var):[0-9]{1,2}\.(.+)")
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
    return accepts(validate, text)


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
    if not scheme.last:
        return f"{PREFIX}id:{name}:{body}"
    last = key.extension if scheme.qualifier else key.value[end:]
    if scheme.pieces:
        body += f".{key.value[14:16]}.{key.value[16:18]}"
    if last:
        return f"{PREFIX}{'class' if name == 'lgtin' else 'id'}:{name}:{body}.{last.translate(_TO_ESCAPE)}"
    return f"{PREFIX}id:{name}:{body}.0" if name == "sgln" else f"{PREFIX}idpat:{name}:{body}.*"


def keys_of_pattern(text: str, *, of_classes: bool = False) -> str:
    """Give the regular expression of the canonical keys of what a pattern names, or of the classes of that.

    Source: EPC Tag Data Standard 2.1, section 8; EPCIS 2.0, 8.2.7.1.1 (MATCH parameters).

    Raises:
        InvalidIdentifier: it is no pattern.
    """
    parse(text)
    _, _, tail = text.partition(":idpat:")
    name, _, body = tail.partition(":")
    if "*" not in body:
        raise invalid(sentences.EPC_FORM, scheme=name, expected="….*", found=text)
    known = [] if body.startswith("*") else body.partition(".*")[0].split(".")
    scheme = _SCHEMES.get(name)
    if scheme is None:
        return re.escape(f"{PREFIX}id:{name}:" + "".join(f"{part}." for part in known)) + ".+"
    value = _value_pattern(name, scheme, known, text)
    last = "" if of_classes or not scheme.last else f"/{scheme.qualifier}/.+" if scheme.qualifier else "[^/]+"
    if name == "sgln" and last:
        last = f"(?:{last})?"  # a location without an extension has the extension "0" (EPC TDS 2.1, 6.3.3)
    return re.escape(f"{CANONICAL_STEM}/{scheme.ai}/") + value + last


def _value_pattern(name: str, scheme: _Scheme, known: list[str], text: str) -> str:
    """Write the value of a key of which prefix, reference and pieces are known as far as they are given."""
    prefix, reference, *pieces = (*known, "", "")[: max(2, len(known))]
    some = "".join((*map(re.escape, pieces), "[0-9]{2}", "[0-9]{2}")[:2]) if scheme.pieces else ""
    if not prefix:
        return (f"{scheme.lead}[0-9]{{{scheme.digits + 1}}}" if scheme.digits else "[^/]+") + some
    if not re.fullmatch(r"[0-9]{6,12}", prefix):
        raise invalid(sentences.EPC_FORM, scheme=name, expected=scheme.expected, found=text)
    if reference:
        return re.escape(percent_encode(unquote(_value(name, scheme, prefix, reference, text)))) + some
    if not scheme.digits:
        return f"{prefix}[^/]+"
    missing = scheme.digits - len(prefix)
    if missing < 1:
        raise invalid(sentences.EPC_DIGITS, scheme=name, expected=scheme.digits, found=len(prefix), urn=text)
    rest = f"[0-9]{prefix}[0-9]{{{missing}}}" if scheme.indicator else f"{prefix}[0-9]{{{missing + 1}}}"
    return scheme.lead + rest + some


def _components(value: str, scheme: _Scheme, prefix_length: int) -> str:
    if not scheme.digits:
        return f"{value[:prefix_length]}.{value[prefix_length:].translate(_TO_ESCAPE)}"
    digits = value[len(scheme.lead) : len(scheme.lead) + scheme.digits]
    if scheme.indicator:
        return f"{digits[1 : prefix_length + 1]}.{digits[0]}{digits[prefix_length + 1 :]}"
    return f"{digits[:prefix_length]}.{digits[prefix_length:]}"


@cache
def _body(name: str) -> re.Pattern[str]:
    # Compiled at the first EPC of a scheme: nobody meets all sixteen, and a command line should start at once.
    return re.compile(_SCHEMES[name].body)


def _read(name: str, scheme: _Scheme, body: str, text: str) -> Gs1Key:
    match = _body(name).fullmatch(body)
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


@lru_cache(maxsize=16_384)
def gtin(prefix: str, reference: str) -> str | None:
    """Give the GTIN-14 of a company prefix and an item reference that begins with its indicator; remembered.

    None where both together have not its 13 digits.
    """
    digits = reference[:1] + prefix + reference[1:]
    return digits + checksum.gs1(digits) if len(digits) == _SCHEMES["sgtin"].digits and reference else None


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
    check = _CHECKS.get(name)
    if check is not None:
        check(body)
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
