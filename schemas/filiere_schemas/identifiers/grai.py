"""GRAI, the number of a returnable asset: its type, and with a serial number the asset itself."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import CSET_82
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: GS1 General Specifications, section 3 (AI 8003): a filling zero, thirteen digits, then the serial number.
_FORM = re.compile(rf"0[0-9]{{13}}{CSET_82}{{0,16}}")


def compact(text: str) -> str:
    """Drop the spaces around the key; inside it every character counts."""
    return text.strip()


def validate(text: str) -> str:
    """Give the compact key.

    Raises:
        InvalidIdentifier: wrong length, characters or check digit.
    """
    return checked(compact(text))


def checked(key: str) -> str:
    """Give back a key that is already compact, as URIs carry it.

    Raises:
        InvalidIdentifier: as `validate`.
    """
    if not _FORM.fullmatch(key):
        raise invalid(sentences.GRAI_FORM, found=key)
    checksum.require_gs1("GRAI", key[1:14])
    return key


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the check digit from the twelve digits between the filling zero and it."""
    return checksum.gs1(payload)
