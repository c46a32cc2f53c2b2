"""What an event is about: from item, lot and quantity cells to EPCIS lists.

Source: GS1 EPCIS 2.0, 7.3.3 (what dimension); GS1 Digital Link URI syntax; RFC 3986 for escapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from filiere_connectors import cell_sentences as sentences
from filiere_connectors.flow import Flow, ItemSettings, Value
from filiere_connectors.mapping_values import Gathered, Read, compile_conditions, compile_value
from filiere_connectors.readers import Unreadable
from filiere_connectors.sources.table import Layout, Row
from filiere_schemas.epcis.units import is_known
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key, filiere_urn
from filiere_schemas.identifiers.characters import percent_encode
from filiere_schemas.problems import Problem

PARTY = "urn:filiere:party:"
_GLN_DIGITS = 13
_SIRET_DIGITS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that a row names: an identifier, and for a class of things its quantity."""

    uri: str
    is_class: bool
    quantity: Decimal | None = None
    uom: str | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """The cell of which something may have to be said."""

    row: Row
    header: str | None
    gathered: Gathered

    def complain(self, error: Unreadable) -> None:
        """Say it."""
        self.gathered.complain(self.row, self.header, error)


ReadThing = Callable[[Row, Gathered], Thing | None]


def compile_item(flow: Flow, settings: ItemSettings, layout: Layout, *, member: str) -> tuple[Any, ReadThing]:
    """Compile one `[[event.items]]`: whether a row is meant, and the thing that it names."""
    name, is_class = _compile_name(flow, settings, layout, member)
    quantity = _optional(flow, settings.quantity, layout)
    unit = _optional(flow, settings.unit, layout)

    def read(row: Row, gathered: Gathered) -> Thing | None:
        before = len(gathered.problems)
        uri = name(row, gathered)
        amount = quantity(row, gathered) if quantity is not None and is_class else None
        if amount is not None and amount <= 0:
            header = settings.quantity.column if settings.quantity is not None else None
            gathered.complain(row, header, Unreadable(sentences.QUANTITY_NOT_POSITIVE, found=amount))
        uom = unit(row, gathered) if unit is not None and amount is not None else None
        if uom is not None and not is_known(uom):
            header = settings.unit.column if settings.unit is not None else None
            gathered.complain(row, header, Unreadable(sentences.UNIT_UNKNOWN, found=uom))
        if uri is None or len(gathered.problems) > before:
            return None
        return Thing(uri=uri, is_class=is_class, quantity=amount, uom=uom)

    return compile_conditions(settings.when), read


def merge(things: list[Thing]) -> tuple[list[str], list[dict[str, Any]]]:
    """Give the list of instances and the list of quantities; amounts of one lot in one unit are added."""
    epcs: dict[str, None] = {}
    amounts: dict[tuple[str, str | None], Decimal | None] = {}
    for thing in things:
        if not thing.is_class:
            epcs[thing.uri] = None
            continue
        key = (thing.uri, thing.uom)
        known = amounts.get(key)
        amounts[key] = thing.quantity if known is None or thing.quantity is None else known + thing.quantity
    return list(epcs), [_quantity(uri, amount, uom) for (uri, uom), amount in amounts.items()]


def party_of(uri: str) -> tuple[str, str] | None:
    """Split a member's or a partner's URI into scheme and number; None for what is not a company."""
    try:
        name = filiere_urn.parse(uri)
    except InvalidIdentifier:
        return None
    return (name.scheme, name.party) if name.noun == "party" else None


def number_of(amount: Decimal) -> int | float:
    """Write a decimal as a number of JSON."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def as_party(text: str, spot: Spot) -> str | None:
    """Read a party: a URI, a GLN in 13 digits (as a PGLN), or a SIRET in 14."""
    digits = "".join(text.split())
    if ":" in text:
        uri = text
    elif digits.isdigit() and len(digits) == _GLN_DIGITS:
        uri = f"https://id.gs1.org/417/{digits}"
    elif digits.isdigit() and len(digits) == _SIRET_DIGITS:
        uri = f"{PARTY}siret:{digits}"
    else:
        spot.complain(Unreadable(sentences.NOT_A_PARTY, found=text))
        return None
    return checked(uri, spot)


def as_place(text: str, member: str, spot: Spot) -> str | None:
    """Read a place: a URI, a GLN in 13 digits, or a name of the member's own for one of its sites."""
    if ":" in text:
        return checked(text, spot)
    if text.isdigit() and len(text) == _GLN_DIGITS:
        return checked(f"https://id.gs1.org/414/{text}", spot)
    return named(filiere_urn.site, member, (text,), spot)


def document_of(kind: str, number: str, member: str, spot: Spot) -> str | None:
    """Name a document by its URI, or by its kind and the member's own number."""
    if ":" in number:
        return checked(number, spot)
    return named(filiere_urn.document, member, (kind, number), spot)


def checked(uri: str, spot: Spot) -> str | None:
    """Give an identifier back if its own scheme accepts it."""
    try:
        canonical_key(uri)
    except InvalidIdentifier as refused:
        problem = refused.problems[0]
        spot.complain(_refused(uri, problem))
        return None
    return uri


def named(build: Callable[..., str], owner: str, words: tuple[str, ...], spot: Spot) -> str | None:
    """Build a name of ours from a company and its own words."""
    company = party_of(owner)
    if company is None:
        spot.complain(Unreadable(sentences.NOT_A_PARTY, found=owner))
        return None
    try:
        return build(*company, *words)
    except InvalidIdentifier as refused:
        spot.complain(_refused(words[-1], refused.problems[0]))
        return None


def _refused(found: str, problem: Problem) -> Unreadable:
    """Say of a cell what its identifier's scheme says."""
    return Unreadable(sentences.NOT_AN_IDENTIFIER, found=found, reason=problem)


def _quantity(uri: str, amount: Decimal | None, uom: str | None) -> dict[str, Any]:
    element: dict[str, Any] = {"epcClass": uri}
    if amount is not None:
        element["quantity"] = number_of(amount)
    return element | {"uom": uom} if uom is not None else element


def _optional(flow: Flow, value: Value | None, layout: Layout) -> Read | None:
    return None if value is None else compile_value(flow, value, layout)


def _compile_name(flow: Flow, settings: ItemSettings, layout: Layout, member: str) -> tuple[Read, bool]:
    """Compile the identifier; the second says whether it names a class (a lot, a product), which has a quantity."""
    if settings.id is not None:
        return _whole(flow, settings.id, layout), settings.quantity is not None
    if settings.sscc is not None:
        sscc = compile_value(flow, settings.sscc, layout)
        return lambda row, gathered: _link("00", sscc(row, gathered)), False
    number = settings.serial or settings.lot
    part = None if number is None else compile_value(flow, number, layout)
    if settings.gtin is not None:
        return _gs1(flow, settings, layout, part), settings.serial is None
    return _own(flow, settings, layout, member, part), settings.serial is None


def _whole(flow: Flow, value: Value, layout: Layout) -> Read:
    read = compile_value(flow, value, layout)

    def name(row: Row, gathered: Gathered) -> str | None:
        uri = read(row, gathered)
        return None if uri is None else checked(uri, Spot(row, value.column, gathered))

    return name


def _gs1(flow: Flow, settings: ItemSettings, layout: Layout, part: Read | None) -> Read:
    gtin = compile_value(flow, settings.gtin, layout) if settings.gtin is not None else None
    qualifier = "10" if settings.serial is None else "21"
    value = settings.serial or settings.lot

    def name(row: Row, gathered: Gathered) -> str | None:
        item = gtin(row, gathered) if gtin is not None else None
        number = part(row, gathered) if part is not None else None
        if item is None or (part is not None and number is None):
            return None
        link = f"https://id.gs1.org/01/{item}"
        if number is None:
            return link
        spot = Spot(row, None if value is None else value.column, gathered)
        return checked(f"{link}/{qualifier}/{percent_encode(number)}", spot)

    return name


def _own(flow: Flow, settings: ItemSettings, layout: Layout, member: str, part: Read | None) -> Read:
    item = compile_value(flow, settings.item, layout) if settings.item is not None else None
    party = None if settings.party is None else compile_value(flow, settings.party, layout)
    build = filiere_urn.lot if settings.serial is None else filiere_urn.item
    value = settings.serial or settings.lot

    def name(row: Row, gathered: Gathered) -> str | None:
        owner = member if party is None else party(row, gathered)
        code = item(row, gathered) if item is not None else None
        number = part(row, gathered) if part is not None else None
        if owner is None or code is None or number is None:
            return None
        return named(build, owner, (code, number), Spot(row, None if value is None else value.column, gathered))

    return name


def _link(identifier: str, number: str | None) -> str | None:
    return None if number is None else f"https://id.gs1.org/{identifier}/{number}"
