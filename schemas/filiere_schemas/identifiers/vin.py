"""VIN, the number of a road vehicle. It leads to a person: store it only where a profile says so."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: ISO 3779:2009, clause 4: seventeen characters, never I, O or Q.
_FORM = re.compile(r"[0-9A-HJ-NPR-Z]{17}")

# Source: 49 CFR 565.15 (c): the value of each letter and the weight of each position; position nine is the digit.
_VALUES = {
    **{str(n): n for n in range(10)},
    **dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def compact(text: str) -> str:
    """Drop what groups the characters on paper; letters in upper case."""
    return without_separators(text).upper()


def validate(text: str) -> str:
    """Give the seventeen characters.

    The check digit is not required to hold: only North America prescribes one. `check_digit_holds` tells.

    Raises:
        InvalidIdentifier: wrong length or characters.
    """
    number = compact(text)
    if not _FORM.fullmatch(number):
        raise invalid(sentences.VIN_FORM, found=text)
    return number


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(number: str) -> str:
    """Compute the ninth character from the sixteen others; the one at its place is not looked at."""
    total = sum(_VALUES[character] * weight for character, weight in zip(number, _WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def check_digit_holds(text: str) -> bool:
    """Say whether the ninth character is the one that North America prescribes."""
    number = compact(text)
    return bool(_FORM.fullmatch(number)) and number[8] == check_digit(number)
