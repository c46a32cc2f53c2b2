"""GS1 Digital Link: a GS1 key as a web address, on any domain, uncompressed.

The path may begin with anything (`/shop/fr/01/...`); what follows the primary key must all be its qualifiers. Query
attributes describe the thing and do not identify it. A fragment names a part of a page: an address with one is not a
key. Convenience words of version 1.1 (`/gtin/.../lot/...`) are read, never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import percent_decode
from filiere_schemas.identifiers.gs1_key import KEYS, Gs1Key, normal_form
from filiere_schemas.identifiers.invalid import InvalidIdentifier, accepts, invalid

CANONICAL_HOST = "id.gs1.org"

# Source: GS1 Digital Link Standard 1.1 (convenience alphas), withdrawn since and still printed on packs.
_WORDS: Mapping[str, str] = {
    "sscc": "00",
    "gtin": "01",
    "lot": "10",
    "ser": "21",
    "cpv": "22",
    "gdti": "253",
    "glnx": "254",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "gln": "414",
    "party": "417",
    "grai": "8003",
    "giai": "8004",
    "itip": "8006",
    "cpid": "8010",
    "cpsn": "8011",
    "gmn": "8013",
    "gsrnp": "8017",
    "gsrn": "8018",
    "srin": "8019",
}
_PRIMARY = {**{ai: ai for ai in KEYS}, **{word: ai for word, ai in _WORDS.items() if ai in KEYS}}

# Outside id.gs1.org nothing says that a path is a Digital Link, so chance must not make a key: a date has eight
# digits and one in ten passes as a GTIN-8, and 401 followed by a short number is an error page, not a consignment.
_SHORTEST_FOREIGN_GTIN = 12
_NO_CHECK_DIGIT = frozenset({"401", "8004", "8010"})
_PREFIX_DIGITS = 6


def parse(uri: str) -> Gs1Key:
    """Read an http or https Digital Link.

    Raises:
        InvalidIdentifier: there is no primary key in the path, or it or a qualifier is not valid.
    """
    if "#" in uri:
        raise invalid(sentences.LINK_WITHOUT_KEY, found=uri)
    authority, segments = _split(uri)
    if authority.lower() == CANONICAL_HOST:
        return _read(segments, uri)
    refusal = None
    for start in _starts(segments):
        try:
            return _read(segments[start:], uri, foreign=True)
        except InvalidIdentifier as found:
            refusal = found
    raise refusal or invalid(sentences.LINK_WITHOUT_KEY, found=uri)


def find(uri: str) -> Gs1Key | None:
    """Read the Digital Link that an address outside id.gs1.org may be, or give None: then it is only an address."""
    if "#" in uri:
        return None
    _, segments = _split(uri)
    for start in _starts(segments):
        with suppress(InvalidIdentifier):
            return _read(segments[start:], uri, foreign=True)
    return None


def compact(text: str) -> str:
    """Drop the spaces around the address."""
    return text.strip()


def validate(text: str) -> str:
    """Give the canonical Digital Link, on id.gs1.org.

    Raises:
        InvalidIdentifier: as `parse`.
    """
    return parse(compact(text)).uri


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def build(key: Gs1Key, *, stem: str = f"https://{CANONICAL_HOST}") -> str:
    """Write a key as a Digital Link under the address of a resolver (no final slash)."""
    return stem + key.uri.removeprefix(f"https://{CANONICAL_HOST}")


def _split(uri: str) -> tuple[str, list[str]]:
    authority, _, path = uri.partition("://")[2].partition("?")[0].partition("/")
    segments = path.split("/")
    if segments[-1] == "":
        segments.pop()
    return authority, segments


def _starts(segments: list[str]) -> list[int]:
    """List the places of a foreign path from which all that follows may be a key."""
    return [start for start in range(len(segments) % 2, len(segments), 2) if segments[start] in _PRIMARY]


def _read(segments: list[str], uri: str, *, foreign: bool = False) -> Gs1Key:
    if len(segments) % 2 or not segments or segments[0] not in _PRIMARY:
        raise invalid(sentences.LINK_WITHOUT_KEY, found=uri)
    value = percent_decode(segments[1])
    if foreign and not _is_deliberate(segments[0], value):
        raise invalid(sentences.LINK_WITHOUT_KEY, found=uri)
    qualifiers = [
        (_WORDS.get(segments[place], segments[place]), percent_decode(segments[place + 1]))
        for place in range(2, len(segments), 2)
    ]
    return normal_form(_PRIMARY[segments[0]], value, qualifiers)


def _is_deliberate(segment: str, value: str) -> bool:
    if segment == "01":
        return len(value) >= _SHORTEST_FOREIGN_GTIN
    return segment not in _NO_CHECK_DIGIT or (value[:_PREFIX_DIGITS].isdecimal() and len(value) > _PREFIX_DIGITS)
