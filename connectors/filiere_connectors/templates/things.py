"""The things that a row of a template names: a lot or a part, by GTIN, by the company's own code, or as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filiere_connectors import cell_sentences
from filiere_connectors.mapping_things import Spot, Thing, checked, named
from filiere_connectors.mapping_values import Gathered
from filiere_connectors.readers import Unreadable
from filiere_connectors.sources.table import Row
from filiere_connectors.templates import sentences
from filiere_connectors.templates.cells import Absent
from filiere_schemas.identifiers import filiere_urn
from filiere_schemas.identifiers.canonical import identify
from filiere_schemas.identifiers.characters import percent_encode
from filiere_schemas.identifiers.gs1_key import Kind

NAMING: Final = ("gtin", "item", "lot", "serial", "id")
_AMOUNTS: Final = ("quantity", "unit")
_TWO_WAYS: Final = (("gtin", "item"), ("lot", "serial"), *(("id", each) for each in ("gtin", "item", "lot", "serial")))
_CLASSES: Final = frozenset({Kind.LOT, Kind.CLASS})
_SINGLE: Final = frozenset({Kind.ITEM, Kind.LOGISTIC_UNIT})


def thing_of(
    row: Row, said: Mapping[str, Any], headings: Mapping[str, str], gathered: Gathered, *, member: str
) -> Thing | None:
    """Give the thing of a row; None where it names none, or after a complaint. `said` is by the key of the column."""
    amounts = {key: said[key] for key in _AMOUNTS if key in said and not isinstance(said[key], Absent)}
    wrong = _wrong(said, amounts)
    if wrong is not None:
        gathered.complain(row, headings[wrong[0]], wrong[1])
    named_by = [key for key in NAMING if key in said]
    uri = _uri(row, said, headings, gathered, member=member) if named_by and wrong is None else None
    if uri is None:
        return None
    quantity = amounts.get("quantity")
    is_class = _is_class(uri, has_amount=quantity is not None)
    if quantity is None:
        return Thing(uri=uri, is_class=is_class)  # a unit of nothing: a column that was filled down
    if not is_class:
        gathered.complain(row, headings["quantity"], Unreadable(sentences.QUANTITY_OF_PART, found=quantity))
        return None
    return Thing(uri=uri, is_class=True, quantity=quantity, uom=amounts.get("unit"))


def _wrong(said: Mapping[str, Any], amounts: Mapping[str, Any]) -> tuple[str, Unreadable] | None:
    """Say what cannot be told of any thing: the column, and why."""
    for one, other in _TWO_WAYS:
        if one in said and other in said:
            return other, Unreadable(sentences.NAMED_TWICE, found=said[one], other=said[other])
    if amounts and not any(key in said for key in NAMING):
        key = next(iter(amounts))
        return key, Unreadable(sentences.NO_THING, found=amounts[key])
    quantity = amounts.get("quantity")
    if quantity is not None and quantity <= 0:
        return "quantity", Unreadable(cell_sentences.QUANTITY_NOT_POSITIVE, found=quantity)
    return None


def _uri(
    row: Row, said: Mapping[str, Any], headings: Mapping[str, str], gathered: Gathered, *, member: str
) -> str | None:
    if "id" in said:
        return str(said["id"])
    key = "serial" if "serial" in said else "lot"
    number = said.get(key)
    spot = Spot(row, headings[key if key in headings else "lot"], gathered)
    if "gtin" in said:
        link = f"https://id.gs1.org/01/{said['gtin']}"
        if number is None:
            return link
        return checked(f"{link}/{'21' if key == 'serial' else '10'}/{percent_encode(number)}", spot)
    if "item" not in said:
        spot.complain(Unreadable(sentences.NO_PRODUCT, found=number))
        return None
    if number is None:
        spot.complain(Unreadable(cell_sentences.CELL_EMPTY))
        return None
    return named(filiere_urn.item if key == "serial" else filiere_urn.lot, member, (said["item"], number), spot)


def _is_class(uri: str, *, has_amount: bool) -> bool:
    """Whether a URI names a class, which has a quantity: a name of another scheme does where one is given."""
    kind = identify(uri).kind
    return kind in _CLASSES or (kind not in _SINGLE and has_amount)
