"""SIRET, the number of a French establishment: the SIREN of its legal unit and five digits of its own."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences, siren
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: French commercial code, article R123-221; Insee, Sirene documentation (key of Luhn).
_FORM = re.compile(r"[0-9]{14}")

# La Poste has more establishments than Luhn's formula leaves numbers: the digits of its SIRET add up to a multiple
# of five instead, and only its head office also follows the formula.
# Source: Insee, Sirene documentation, "cas particulier de La Poste".
_LA_POSTE = "356000000"


def compact(text: str) -> str:
    """Drop what groups the digits on paper."""
    return without_separators(text)


def validate(text: str) -> str:
    """Give the fourteen digits.

    Raises:
        InvalidIdentifier: wrong length, characters or check digit, of the whole or of the SIREN within.
    """
    digits = compact(text)
    if not _FORM.fullmatch(digits):
        raise invalid(sentences.SIRET_FORM, found=text)
    siren.validate(digits[:9])
    if not _key_holds(digits):
        raise invalid(sentences.LUHN_KEY, scheme="SIRET", number=digits)
    return digits


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the last digit from the thirteen before it; La Poste's is the smallest of the two that hold."""
    if payload.startswith(_LA_POSTE):
        return str(-sum(map(int, payload)) % 5)
    return str(-checksum.luhn_total(payload + "0") % 10)


def siren_of(text: str) -> str:
    """Give the SIREN of the legal unit that the establishment belongs to.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    return validate(text)[:9]


def _key_holds(digits: str) -> bool:
    if digits.startswith(_LA_POSTE) and sum(map(int, digits)) % 5 == 0:
        return True
    return checksum.luhn_total(digits) % 10 == 0
