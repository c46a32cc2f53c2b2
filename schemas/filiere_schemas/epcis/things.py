"""Which identifiers and units an event names, and which of them do not hold.

These checks walk the received value rather than the typed event, and step over whatever has a wrong shape: so a
sender whose event also breaks the schema learns everything at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.units import is_known
from filiere_schemas.identifiers.canonical import identify
from filiere_schemas.identifiers.invalid import InvalidIdentifier
from filiere_schemas.problems import Problem

# Where identifiers stand: the text itself or the texts of a list, and of objects the member that holds the text.
_TEXTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList", "parentID", "transformationID")
_QUANTITY_LISTS: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_MEMBERS: Final = (
    *((name, "epcClass") for name in _QUANTITY_LISTS),
    ("bizTransactionList", "bizTransaction"),
    ("sourceList", "source"),
    ("destinationList", "destination"),
    ("readPoint", "id"),
    ("bizLocation", "id"),
)


def problems_with_things(value: Mapping[str, Any]) -> list[Problem]:
    """Give every identifier that its own scheme refuses and every unit that does not exist."""
    problems: list[Problem] = []
    for pointer, uri in _identifiers(value):
        # What is not a URI at all has already been told by the schema.
        if ":" not in uri:
            continue
        try:
            identify(uri)
        except InvalidIdentifier as refused:
            problems.extend(problem.within(pointer) for problem in refused.problems)
    problems.extend(_unknown_units(value))
    return problems


def _identifiers(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _TEXTS:
        for pointer, uri in _items(value, name):
            if isinstance(uri, str):
                yield pointer, uri
    for name, member in _MEMBERS:
        for pointer, item in _items(value, name):
            if isinstance(item, dict) and isinstance(uri := item.get(member), str):
                yield f"{pointer}/{member}", uri


def _items(value: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """Give a field's value with its pointer, or each element of its list."""
    if name not in value:
        return
    items = value[name]
    if isinstance(items, list):
        for at, item in enumerate(items):
            yield f"/{name}/{at}", item
    else:
        yield f"/{name}", items


def _unknown_units(value: Mapping[str, Any]) -> Iterator[Problem]:
    for name in _QUANTITY_LISTS:
        for pointer, item in _items(value, name):
            unit = item.get("uom") if isinstance(item, dict) else None
            if isinstance(unit, str) and not is_known(unit):
                yield Problem(sentence=sentences.UNKNOWN_UNIT, pointer=f"{pointer}/uom", values={"found": unit})
