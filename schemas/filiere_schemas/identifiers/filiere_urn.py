"""Names for companies without GS1: a number that the company already has, then its own item and lot numbers.

    urn:filiere:lot:{scheme}:{party}:{item}:{lot}
    urn:filiere:item:{scheme}:{party}:{item}:{serial}
    urn:filiere:site:{scheme}:{party}:{site}
    urn:filiere:party:{scheme}:{party}
    urn:filiere:document:{scheme}:{party}:{type}:{number}

`scheme` says what kind of number `party` is (siret, cage, ...), and the party is validated as such. Item, lot, serial
and site are the company's own words: any printable text, in Unicode's composed form (NFC), percent-encoded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from filiere_schemas.identifiers import bpn, cage, duns, gln, lei, sentences, siren, siret, vat
from filiere_schemas.identifiers.characters import percent_decode, percent_encode
from filiere_schemas.identifiers.invalid import accepts, invalid

PREFIX = "urn:filiere:"
Noun = Literal["lot", "item", "site", "party", "document"]

LONGEST_COMPONENT = 200  # characters, decoded: longer than any number that a person would type


# Source: RFC 8141, section 2 (assigned-name): what is outside is written %XX.
_WRITTEN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/%]+")

# How each kind of company number is validated; the order is the one in which a form offers them.
SCHEMES: Mapping[str, Callable[[str], str]] = {
    "siret": siret.validate,
    "siren": siren.validate,
    "gln": gln.validate,
    "vat": vat.validate,
    "lei": lei.validate,
    "duns": duns.validate,
    "cage": cage.validate,
    "bpnl": bpn.validate_legal_entity,
}

_FORMS: Mapping[str, tuple[int, str]] = {
    "lot": (2, "urn:filiere:lot:{scheme}:{party}:{item}:{lot}"),
    "item": (2, "urn:filiere:item:{scheme}:{party}:{item}:{serial}"),
    "site": (1, "urn:filiere:site:{scheme}:{party}:{site}"),
    "party": (0, "urn:filiere:party:{scheme}:{party}"),
    "document": (2, "urn:filiere:document:{scheme}:{party}:{type}:{number}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FiliereName:
    """A name of ours, its components decoded: `words` are item and lot, item and serial, site, or nothing."""

    noun: Noun
    scheme: str
    party: str
    words: tuple[str, ...] = ()

    @property
    def urn(self) -> str:
        """The one way to write the name."""
        return ":".join((f"{PREFIX}{self.noun}:{self.scheme}", *map(percent_encode, (self.party, *self.words))))


def lot(scheme: str, party: str, item: str, number: str) -> str:
    """Name a lot by its maker's item and lot numbers.

    Raises:
        InvalidIdentifier: the party does not follow its scheme, or a component cannot be part of a name.
    """
    return _named("lot", scheme, party, item, number).urn


def item(scheme: str, party: str, item: str, serial: str) -> str:
    """Name one item by its maker's item and serial numbers.

    Raises:
        InvalidIdentifier: as `lot`.
    """
    return _named("item", scheme, party, item, serial).urn


def site(scheme: str, party: str, name: str) -> str:
    """Name a place of a company by the company's own word for it.

    Raises:
        InvalidIdentifier: as `lot`.
    """
    return _named("site", scheme, party, name).urn


def party(scheme: str, number: str) -> str:
    """Name a company by a number that it has.

    Raises:
        InvalidIdentifier: as `lot`.
    """
    return _named("party", scheme, number).urn


def document(scheme: str, party: str, kind: str, number: str) -> str:
    """Name a company's document by its kind (a word of the CBV: desadv, po, prodorder) and the company's number.

    Raises:
        InvalidIdentifier: as `lot`.
    """
    return _named("document", scheme, party, kind, number).urn


def parse(text: str) -> FiliereName:
    """Read a name of ours; `urn:filiere` may be in any case, the party is brought to its compact form.

    Raises:
        InvalidIdentifier: the form is not one of the five, or a component is not valid.
    """
    noun, *components = text[len(PREFIX) :].split(":")
    if text[: len(PREFIX)].lower() != PREFIX or not _WRITTEN.fullmatch(text) or noun not in _FORMS:
        raise invalid(sentences.FILIERE_FORM, found=text, expected=" | ".join(form for _, form in _FORMS.values()))
    count, form = _FORMS[noun]
    if len(components) != count + 2:
        raise invalid(sentences.FILIERE_FORM, found=text, expected=form)
    scheme, number, *words = components
    return FiliereName(
        noun=cast("Noun", noun),
        scheme=scheme,
        party=_checked_party(scheme, percent_decode(number)),
        words=tuple(_checked_word(percent_decode(word)) for word in words),
    )


def compact(text: str) -> str:
    """Drop the spaces around the name."""
    return text.strip()


def validate(text: str) -> str:
    """Give the one way to write the name.

    Raises:
        InvalidIdentifier: as `parse`.
    """
    return parse(compact(text)).urn


def is_valid(text: str) -> bool:
    """Say whether `validate` accepts the text."""
    return accepts(validate, text)


def _named(noun: Noun, scheme: str, number: str, *words: str) -> FiliereName:
    """Build a name from what people type: spaces around a word are not part of it."""
    return FiliereName(
        noun=noun,
        scheme=scheme,
        party=_checked_party(scheme, number),
        words=tuple(_checked_word(word.strip()) for word in words),
    )


def _checked_party(scheme: str, number: str) -> str:
    validate_number = SCHEMES.get(scheme)
    if validate_number is None:
        raise invalid(sentences.FILIERE_SCHEME, found=scheme, expected=", ".join(SCHEMES))
    return validate_number(number)


def _checked_word(word: str) -> str:
    # NFC: the same word typed on two systems may come composed or decomposed, and looks the same.
    composed = word if word.isascii() else unicodedata.normalize("NFC", word)
    if not composed or len(composed) > LONGEST_COMPONENT or composed != composed.strip() or not composed.isprintable():
        raise invalid(sentences.FILIERE_COMPONENT, found=word, expected=LONGEST_COMPONENT)
    return composed
