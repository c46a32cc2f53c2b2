"""LEI, the number of a legal entity in the global register."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: ISO 17442-1:2020, clause 4.
_FORM = re.compile(r"[0-9A-Z]{18}[0-9]{2}")


def compact(text: str) -> str:
    """Drop what groups the characters on paper; letters in upper case."""
    return without_separators(text).upper()


def validate(text: str) -> str:
    """Give the twenty characters.

    Raises:
        InvalidIdentifier: wrong length, characters or check digits.
    """
    lei = compact(text)
    if not _FORM.fullmatch(lei):
        raise invalid(sentences.LEI_FORM, found=text)
    expected = check_digits(lei[:18])
    if lei[18:] != expected:
        raise invalid(sentences.WRONG_CHECK_DIGIT, scheme="LEI", number=lei, expected=expected, found=lei[18:])
    return lei


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digits(payload: str) -> str:
    """Compute the two last digits from the eighteen characters before them."""
    return checksum.mod_97_10(payload)
