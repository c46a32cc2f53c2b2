"""ITIP, the number of one piece of a trade item: a GTIN, the rank of the piece and the count of pieces."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: GS1 General Specifications, section 3 (AI 8006).
_FORM = re.compile(r"[0-9]{14}([0-9]{2})([0-9]{2})")


def compact(text: str) -> str:
    """Drop what groups the digits on paper."""
    return without_separators(text)


def validate(text: str) -> str:
    """Give the compact key.

    Raises:
        InvalidIdentifier: wrong length, characters, rank or check digit.
    """
    return checked(compact(text))


def checked(key: str) -> str:
    """Give back a key that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    match = _FORM.fullmatch(key)
    if match is None or not "01" <= match[1] <= match[2]:
        raise invalid(sentences.ITIP_FORM, found=key)
    checksum.require_gs1("GTIN", key[:14])
    return key


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the check digit of the GTIN within from the thirteen digits before it."""
    return checksum.gs1(payload)
