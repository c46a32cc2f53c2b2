"""GMN, the number of a model of products (first of all of medical devices), with two check characters."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import CSET_82
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: GS1 General Specifications, section 3 (AI 8013).
_FORM = re.compile(rf"(?=.{{7,25}}\Z)[0-9]{{4}}{CSET_82}+[2-9A-HJ-NP-Z]{{2}}")

# Source: GS1 General Specifications, section 7.9.5: the value of a character is its place in set 82; the weights are
# the primes, from the last character backwards; the pair is written with 32 characters.
_VALUES = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_WEIGHTS = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_PAIR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def compact(text: str) -> str:
    """Drop the spaces around the key; inside it every character counts."""
    return text.strip()


def validate(text: str) -> str:
    """Give the compact key.

    Raises:
        InvalidIdentifier: wrong length, characters or check characters.
    """
    return checked(compact(text))


def checked(key: str) -> str:
    """Give back a key that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    if not _FORM.fullmatch(key):
        raise invalid(sentences.GMN_FORM, found=key)
    expected = check_characters(key[:-2])
    if key[-2:] != expected:
        raise invalid(sentences.WRONG_CHECK_DIGIT, scheme="GMN", number=key, expected=expected, found=key[-2:])
    return key


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_characters(payload: str) -> str:
    """Compute the two last characters from those before them (at most 23)."""
    total = sum(
        _VALUES.index(character) * weight for character, weight in zip(reversed(payload), _WEIGHTS, strict=False)
    )
    return _PAIR[total % 1021 // 32] + _PAIR[total % 1021 % 32]
