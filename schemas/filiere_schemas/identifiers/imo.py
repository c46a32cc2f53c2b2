"""IMO ship number, which a vessel keeps for life (seven digits)."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: IMO resolution A.1117(30), annex.
_FORM = re.compile(r"[0-9]{7}")


def compact(text: str) -> str:
    """Drop what groups the digits on paper and the letters IMO before them."""
    return without_separators(text).upper().removeprefix("IMO")


def validate(text: str) -> str:
    """Give the seven digits.

    Raises:
        InvalidIdentifier: wrong length, characters or check digit.
    """
    return checked(compact(text))


def checked(number: str) -> str:
    """Give back a number that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    if not _FORM.fullmatch(number):
        raise invalid(sentences.IMO_FORM, found=number)
    expected = check_digit(number[:6])
    if number[6] != expected:
        raise invalid(sentences.WRONG_CHECK_DIGIT, scheme="IMO", number=number, expected=expected, found=number[6])
    return number


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the last digit from the six before it, weighted 7 to 2."""
    return str(sum(int(digit) * weight for digit, weight in zip(payload, range(7, 1, -1), strict=True)) % 10)
