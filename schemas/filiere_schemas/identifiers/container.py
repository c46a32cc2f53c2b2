"""BIC code, the number painted on a freight container: owner, category, six digits and a check digit."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: ISO 6346:2022, clause 4 (U: freight container, J: detachable equipment, Z: trailer or chassis).
_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")

# Source: ISO 6346:2022, annex A: letters count from 10 and skip the multiples of 11; each place weighs twice the last.
_VALUES = {
    **{str(n): n for n in range(10)},
    **dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True)),
}


def compact(text: str) -> str:
    """Drop what groups the characters on paper; letters in upper case."""
    return without_separators(text).upper()


def validate(text: str) -> str:
    """Give the eleven characters.

    Raises:
        InvalidIdentifier: wrong length, characters or check digit.
    """
    return checked(compact(text))


def checked(code: str) -> str:
    """Give back a code that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    if not _FORM.fullmatch(code):
        raise invalid(sentences.CONTAINER_FORM, found=code)
    expected = check_digit(code[:10])
    if code[10] != expected:
        raise invalid(sentences.WRONG_CHECK_DIGIT, scheme="BIC", number=code, expected=expected, found=code[10])
    return code


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the last digit from the ten characters before it; a remainder of ten is written 0."""
    return str(sum(_VALUES[character] << place for place, character in enumerate(payload)) % 11 % 10)
