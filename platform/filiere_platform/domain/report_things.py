"""The things that the sheets of a report name, with what master data says of them: a row for each who describes one.

Whose word it is stands beside it. A thing that nobody describes to the reader has a row of its own, with its
identifier alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from filiere_platform.domain.field_name import full_name
from filiere_platform.domain.mandate import product_of
from filiere_platform.domain.master_data import MasterDataEntry
from filiere_schemas.epcis.master_data import BUSINESS_LOCATION, EPC_CLASS, READ_POINT, SOURCE_OR_DESTINATION
from filiere_schemas.identifiers import InvalidIdentifier, identify
from filiere_schemas.identifiers.gs1_key import Kind
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.sectors.report import ATTRIBUTES, DESCRIBED_BY, IDENTIFIER, Column, Sheet
from filiere_schemas.sectors.report_rows import FilledSheet
from filiere_schemas.sectors.report_totals import Cell, Row, Value

# By what a sheet calls things: the vocabularies that describe them. Source: EPCIS 2.0, 8.2.7.1.
VOCABULARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "product": (EPC_CLASS,),
    "place": (BUSINESS_LOCATION, READ_POINT, SOURCE_OR_DESTINATION),
    "party": (SOURCE_OR_DESTINATION,),
}
_KINDS: Final = {"place": Kind.LOCATION, "party": Kind.PARTY}
_OF_PRODUCTS: Final = frozenset({Kind.CLASS, Kind.LOT, Kind.ITEM})


def things_named_by(sheets: Iterable[FilledSheet], things: str) -> tuple[str, ...]:
    """Give the keys of the products, places or parties that rows name, each once, where it stands first."""
    return tuple(dict.fromkeys(key for text in _texts(sheets) if (key := _named(text, things)) is not None))


def described_rows(
    sheet: Sheet,
    keys: Sequence[str],
    entries: Iterable[MasterDataEntry],
    members: Mapping[int, str],
    prefixes: Mapping[str, str],
) -> tuple[Row, ...]:
    """Lay out a sheet of things; `members` are the URIs of who describes them."""
    said: dict[str, dict[int, list[tuple[str, Any]]]] = {}
    for entry in entries:
        if entry.said is not None:
            by = said.setdefault(entry.key, {}).setdefault(entry.member_id, [])
            by += entry.said.element.attributes
    rows = []
    for key in keys:
        for member_id, attributes in sorted(said.get(key, {}).items()) or ((None, []),):
            named = {full_name(name, {}) or name: value for name, value in reversed(attributes)}
            by_whom = None if member_id is None else members[member_id]
            rows.append(tuple(_cell(column, key, by_whom, named, prefixes) for column in sheet.columns))
    return tuple(rows)


def _cell(
    column: Column, key: str, member: str | None, attributes: Mapping[str, Any], prefixes: Mapping[str, str]
) -> Cell:
    for path in column.paths:
        first, *rest = path.tokens
        if first == ATTRIBUTES:
            value = attributes.get(full_name(rest[0], prefixes) or rest[0])
        else:
            value = {IDENTIFIER: key, DESCRIBED_BY: member}[first]
        if value is not None and value != "":
            return (_value(value),)
    return ()


def _value(value: Any) -> Value:
    if isinstance(value, bool | str):
        return value
    return Decimal(str(value)) if isinstance(value, int | float) else canonicalize(value).decode()


def _texts(sheets: Iterable[FilledSheet]) -> Iterator[str]:
    for filled in sheets:
        for row in filled.rows:
            for cell in row:
                yield from (value for value in cell if isinstance(value, str) and ":" in value)


def _named(text: str, things: str) -> str | None:
    try:
        found = identify(text)
    except InvalidIdentifier:
        return None
    if things != "product":
        return found.key if found.kind is _KINDS[things] else None
    return product_of(found.key) if found.kind in _OF_PRODUCTS else None
