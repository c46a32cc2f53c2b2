"""GCN, the number of a coupon: its kind, and with a serial number the coupon itself."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: GS1 General Specifications, section 3 (AI 255).
_FORM = re.compile(r"[0-9]{13}[0-9]{0,12}")


def compact(text: str) -> str:
    """Drop what groups the digits on paper."""
    return without_separators(text)


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
        raise invalid(sentences.GCN_FORM, found=key)
    checksum.require_gs1("GCN", key[:13])
    return key


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_digit(payload: str) -> str:
    """Compute the check digit from the twelve digits before it."""
    return checksum.gs1(payload)
