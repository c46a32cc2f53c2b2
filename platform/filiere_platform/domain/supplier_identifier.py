"""Read an identifier of a partner as people write it: with its scheme's name, bare, or as a URI.

A number whose scheme we know is checked as that scheme says and becomes the name under which events know it. Any other
scheme, such as a sanitary approval, is kept as `scheme:number`, which is a URI of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from filiere_schemas.identifiers import (
    InvalidIdentifier,
    Kind,
    bpn,
    canonical_key,
    filiere_urn,
    gln,
    gtin,
    identify,
    lei,
    siren,
    siret,
    vat,
)
from filiere_schemas.identifiers.characters import percent_decode, percent_encode, without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid
from filiere_schemas.identifiers.sentences import NOT_A_URI

_GLN_PARTY: Final = "https://id.gs1.org/417/"
_GLN_SITE: Final = "https://id.gs1.org/414/"
_ALIASES: Final = {"bpn": "bpnl", "tva": "vat", "ncage": "cage", "agrement": "approval", "agrément": "approval"}
_NAMED: Final = re.compile(r"([A-Za-zé][A-Za-zé0-9-]{1,30})(?:[ \t]*:[ \t]*|[ \t]+)([^\s:][^:]*)")
# The mark of an approved establishment: department, municipality, number. Source: order of 8 June 2006, article 7.
_SANITARY: Final = re.compile(r"(?:FR[ .-]?)?((?:2[abAB]|9[78][0-9]|[0-9]{2})\.[0-9]{2,3}\.[0-9]{2,3})(?:[ ]?CE)?")
# Bare numbers, each with the scheme that its form shows; the first that is valid is it.
_BARE: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("siret", siret.validate),
    ("siren", siren.validate),
    ("gln", gln.validate),
    ("bpnl", bpn.validate_legal_entity),
    ("lei", lei.validate),
    ("vat", vat.validate),
)
_BY_LENGTH: Final = {9: "siren", 13: "gln", 14: "siret"}  # of digits alone: what a wrong digit is told of


def read_identifier(text: str, *, of_site: bool = False) -> str:
    """Give the canonical key of what somebody wrote; a GLN of a site is a place, another one a party.

    Raises:
        InvalidIdentifier: it is none, or its check digits do not hold.
    """
    found = text.strip()
    if found.lower().startswith(("urn:", "http://", "https://")):
        return canonical_key(found)
    sanitary = _SANITARY.fullmatch(found)
    if sanitary is not None:
        return canonical_key(f"approval:{sanitary[1].upper()}")
    for scheme, validate in _BARE:
        if accepts(validate, found):
            return _of_scheme(scheme, found, of_site=of_site)
    digits = without_separators(found)
    if digits.isascii() and digits.isdigit() and len(digits) in _BY_LENGTH:
        return _of_scheme(_BY_LENGTH[len(digits)], found, of_site=of_site)
    named = _NAMED.fullmatch(found)
    if named is not None:
        return _of_scheme(named[1].lower(), named[2].strip(), of_site=of_site)
    return canonical_key(found)


def read_product(text: str) -> str:
    """Give the canonical key of a product: a GTIN of any length, or a URI.

    Raises:
        InvalidIdentifier: it is none, or names one thing and no class of things.
    """
    found = text.strip()
    if gtin.is_valid(found):
        return canonical_key(f"https://id.gs1.org/01/{gtin.as_gtin14(found)}")
    identity = identify(found)
    if identity.kind not in {Kind.CLASS, Kind.OTHER}:
        raise invalid(NOT_A_URI, found=text)
    return identity.key


def _of_scheme(scheme: str, number: str, *, of_site: bool) -> str:
    scheme = _ALIASES.get(scheme, scheme).replace("é", "e")
    if scheme == "gln":
        return canonical_key((_GLN_SITE if of_site else _GLN_PARTY) + gln.validate(number))
    if scheme in filiere_urn.SCHEMES:
        return canonical_key(filiere_urn.party(scheme, number))
    return canonical_key(f"{scheme}:{percent_encode(_decoded(number))}")


def _decoded(number: str) -> str:
    """Read a number that may be written as it is kept, so that what is read again stays the same."""
    try:
        return percent_decode(number)
    except InvalidIdentifier:
        return number
