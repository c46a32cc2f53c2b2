"""Which lot an item is of, as far as its identifier and a lot number say it.

Source: GS1 General Specifications 25, 3.4.1 (batch or lot number, AI 10) and 3.5.1 (serial number, AI 21): both qualify
one GTIN. GS1 Digital Link URI syntax 1.4, 4.3: a link may carry both.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from filiere_schemas.identifiers import filiere_urn
from filiere_schemas.identifiers.canonical import identify
from filiere_schemas.identifiers.characters import percent_decode
from filiere_schemas.identifiers.gs1_key import CANONICAL_STEM, normal_form
from filiere_schemas.identifiers.invalid import InvalidIdentifier

_GTIN: Final = re.compile(re.escape(CANONICAL_STEM) + r"/?(01/[0-9]{14}|8006/[0-9]{18})(?:/(?:10|21)/[^/]+)?")
_LINKED: Final = re.compile(r"/(01|8006)/([0-9]{8,18})/10/([^/]+)/21/[^/]+/?$")
_OURS: Final = re.compile(r"urn:filiere:(?:lot|item):([^:]+:[^:]+:[^:]+):[^:]+")


def product_of(key: str) -> str | None:
    """Give what the canonical keys of a product's lots and items begin with alike; None where they say no product."""
    match = _GTIN.fullmatch(key) or _OURS.fullmatch(key)
    return None if match is None else match[1]


def lot_of(item: str, number: str) -> str | None:
    """Give the canonical key of the lot of an item, by the item's canonical key and the number of the lot.

    None where the item's scheme has no lots, or the number cannot be one of it.
    """
    product = product_of(item)
    if product is None:
        return None
    try:
        if item.startswith(filiere_urn.PREFIX):
            name = filiere_urn.parse(item)
            return filiere_urn.lot(name.scheme, name.party, name.words[0], number)
        ai, _, value = product.partition("/")
        return normal_form(ai, value, [("10", number)]).uri
    except InvalidIdentifier:
        return None


def lot_named_with(uri: str) -> str | None:
    """Give the canonical key of the lot that a Digital Link names beside a serial number; None where it names none."""
    match = _LINKED.search(urlsplit(uri).path) if uri.startswith(("https://", "http://")) else None
    if match is None:
        return None
    try:
        return lot_of(identify(uri).key, percent_decode(match[3]))
    except InvalidIdentifier:
        return None
