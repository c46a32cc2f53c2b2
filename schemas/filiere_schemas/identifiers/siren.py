"""SIREN, the number of a French legal unit (nine digits)."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: French commercial code, articles R123-220 and R123-221; Insee, Sirene documentation (key of Luhn).
_FORM = re.compile(r"[0-9]{9}")


def compact(text: str) -> str:
    """Drop what groups the digits on paper."""
    return without_separators(text)


def validate(text: str) -> str:
    """Give the nine digits.

    Raises:
        InvalidIdentifier: wrong length, characters or check digit.
    """
    digits = compact(text)
    if not _FORM.fullmatch(digits):
        raise invalid(sentences.SIREN_FORM, found=text)
    if checksum.luhn_total(digits) % 10:
        raise invalid(sentences.LUHN_KEY, scheme="SIREN", number=digits)
    return digits


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the last digit from the eight before it."""
    return str(-checksum.luhn_total(payload + "0") % 10)
