"""An amount of which a part is withheld is unknown as a whole.

An element of a quantity list says a number and a unit, and no unit means a count of pieces (EPCIS 2.0, 7.3.3.3). A
reader who is shown 500 while "KGM" is withheld would read 500 pieces, which nobody stated; one who is shown a unit
without its number knows nothing of the amount either. So both go, and the amount is not stated: never zero, never
another one.
"""

from __future__ import annotations

from typing import Any

from filiere_schemas.provenance.disclosures import QUANTITY_LISTS, Unsealed


def known_amounts(unsealed: Unsealed) -> dict[str, Any]:
    """Give the event as far as it is disclosed, without the halves of withheld amounts.

    An event of which nothing is withheld is returned as it is: keep from changing the result.
    """
    value = unsealed.value
    holders = {seal.pointer for seal in unsealed.withheld}
    for holder in holders:
        name, _, place = holder.removeprefix("/").partition("/")
        if name not in QUANTITY_LISTS or not place.isdecimal():
            continue
        element = value[name][int(place)]
        if "quantity" in element and "uom" in element:
            continue  # what is withheld is no part of the amount: a decoy
        whole = {key: part for key, part in element.items() if key not in {"quantity", "uom"}}
        elements = [*value[name]]
        elements[int(place)] = whole
        value = {**value, name: elements}
    return value
