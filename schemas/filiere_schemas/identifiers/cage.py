"""CAGE and NCAGE, the code of a supplier to NATO forces and those who build for them; it has no check digit."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: EPC Tag Data Standard 2.1, section 6.3.9 (five characters, never I nor O); NATO ACodP-1 for NCAGE.
_FORM = re.compile(r"[0-9A-HJ-NP-Z]{5}")


def compact(text: str) -> str:
    """Drop what groups the characters on paper; letters in upper case."""
    return without_separators(text).upper()


def validate(text: str) -> str:
    """Give the five characters.

    Raises:
        InvalidIdentifier: wrong length or characters.
    """
    code = compact(text)
    if not _FORM.fullmatch(code):
        raise invalid(sentences.CAGE_FORM, found=text)
    return code


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)
