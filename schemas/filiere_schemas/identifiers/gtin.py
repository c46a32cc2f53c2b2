"""GTIN, the number of a trade item (8, 12, 13 or 14 digits)."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: GS1 General Specifications, section 3 (AI 01).
_FORM = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def compact(text: str) -> str:
    """Drop what groups the digits on paper."""
    return without_separators(text)


def validate(text: str) -> str:
    """Give the compact number, of its own length (see `as_gtin14`).

    Raises:
        InvalidIdentifier: wrong length, characters or check digit.
    """
    return checked(compact(text))


def checked(digits: str) -> str:
    """Give back a number that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    if not _FORM.fullmatch(digits):
        raise invalid(sentences.GTIN_FORM, found=digits)
    checksum.require_gs1("GTIN", digits)
    return digits


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the last digit of a GTIN from all the others."""
    return checksum.gs1(payload)


def as_gtin14(text: str) -> str:
    """Give a GTIN of any length in fourteen digits, the form of canonical keys.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    return validate(text).zfill(14)
