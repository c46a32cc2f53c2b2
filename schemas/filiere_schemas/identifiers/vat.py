"""VAT number of a member state of the European Union, or of Northern Ireland (XI)."""

from __future__ import annotations

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.characters import without_separators
from filiere_schemas.identifiers.invalid import accepts, invalid


def compact(text: str) -> str:
    """Drop what groups the characters on paper; letters in upper case."""
    return without_separators(text).upper()


def validate(text: str) -> str:
    """Give the country code and the number, by the rules of the country.

    Raises:
        InvalidIdentifier: unknown country, or a number that its country could not have given.
    """
    # The rules of 27 countries come from python-stdnum, whose module loads in 20 ms: only who needs it pays.
    from stdnum.eu import vat
    from stdnum.exceptions import ValidationError

    try:
        return vat.validate(compact(text))
    except ValidationError:
        raise invalid(sentences.VAT_FORM, found=text) from None


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)
