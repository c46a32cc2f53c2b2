"""GINC, the number of a consignment under one transport; it has no check digit."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import CSET_82
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: GS1 General Specifications, section 3 (AI 401).
_FORM = re.compile(rf"(?=.{{1,30}}\Z)[0-9]{{4}}{CSET_82}+")


def compact(text: str) -> str:
    """Drop the spaces around the key; inside it every character counts."""
    return text.strip()


def validate(text: str) -> str:
    """Give the compact key.

    Raises:
        InvalidIdentifier: wrong length or characters.
    """
    return checked(compact(text))


def checked(key: str) -> str:
    """Give back a key that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    if not _FORM.fullmatch(key):
        raise invalid(sentences.GINC_FORM, found=key)
    return key


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)
