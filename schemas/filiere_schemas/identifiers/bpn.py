"""BPN, the business partner number of Catena-X: a legal entity (BPNL), a site (BPNS) or an address (BPNA)."""

from __future__ import annotations

import re

from filiere_schemas.identifiers import checksum, sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid

# Source: Catena-X CX-0010, business partner number: the kind, ten characters, two check characters.
_FORM = re.compile(r"BPN[LSA][0-9A-Z]{12}")


def compact(text: str) -> str:
    """Drop what groups the characters on paper; letters in upper case."""
    return without_separators(text).upper()


def validate(text: str) -> str:
    """Give the sixteen characters.

    The check characters are not required to hold: numbers in use were issued before they were defined, and those of
    test networks never had them. `check_characters_hold` tells.

    Raises:
        InvalidIdentifier: wrong length or characters.
    """
    number = compact(text)
    if not _FORM.fullmatch(number):
        raise invalid(sentences.BPN_FORM, scheme="BPNL/BPNS/BPNA", found=text)
    return number


def validate_legal_entity(text: str) -> str:
    """Give the number of a legal entity.

    Raises:
        InvalidIdentifier: as `validate`, or the number is of a site or an address.
    """
    number = compact(text)
    if not (_FORM.fullmatch(number) and number.startswith("BPNL")):
        raise invalid(sentences.BPN_FORM, scheme="BPNL", found=text)
    return number


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def check_characters(payload: str) -> str:
    """Compute the two last characters from the ten between them and the kind."""
    return checksum.mod_1271_36(payload)


def check_characters_hold(text: str) -> bool:
    """Say whether a number ends as the issuing service of Catena-X would end it today."""
    number = compact(text)
    return bool(_FORM.fullmatch(number)) and number[14:] == check_characters(number[4:14])
