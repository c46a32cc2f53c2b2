"""D-U-N-S, the number that Dun & Bradstreet gives to a business; it has had no check digit since 2006."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

_FORM = re.compile(r"[0-9]{9}")


def compact(text: str) -> str:
    """Drop what groups the digits on paper."""
    return without_separators(text)


def validate(text: str) -> str:
    """Give the nine digits.

    Raises:
        InvalidIdentifier: wrong length or characters.
    """
    digits = compact(text)
    if not _FORM.fullmatch(digits):
        raise invalid(sentences.DUNS_FORM, found=text)
    return digits


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)
