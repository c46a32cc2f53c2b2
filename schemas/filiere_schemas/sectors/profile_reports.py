"""Check how the sheets of a profile's reports hold together: paths, units, and the columns that columns name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from filiere_schemas.epcis.context import STANDARD_PREFIXES
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.units import UNITS
from filiere_schemas.problems import Problem
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.field_path import FieldPath
from filiere_schemas.sectors.profile_checking import named, unknown_name, unknown_paths
from filiere_schemas.sectors.profile_files import mistake
from filiere_schemas.sectors.report import ATTRIBUTES, DESCRIBED_BY, IDENTIFIER, OF_RECORD, RECORD, REPORTS


def check_sheet(
    key: str, sheet: Mapping[str, Any], types: Mapping[str, str], prefixes: Mapping[str, str]
) -> Iterator[Problem]:
    """Give everything that is wrong with one sheet, whose form holds."""
    columns = named(sheet["column"])
    if "things" in sheet:
        yield from _of_things(key, sheet, prefixes)
        return
    for name in sheet["ctes"]:
        yield from unknown_name(REPORTS, f"{key}.ctes", name, types)
    for name in sheet.get("group", ()):
        yield from unknown_name(REPORTS, f"{key}.group", name, columns)
    if "lot" in sheet:
        yield from unknown_name(REPORTS, f"{key}.lot", sheet["lot"], columns)
    for unit in sheet.get("units", ()):
        if unit not in UNITS:
            yield mistake(sentences.UNKNOWN_NAME, REPORTS, f"{key}.units", found=unit, expected="KGM, LTR, H87")
    for at, column in enumerate(sheet["column"]):
        yield from _column(key, sheet, at, column)
        of_types = {types[name] for name in column.get("ctes", sheet["ctes"]) if name in types} or set(EventType)
        yield from unknown_paths(REPORTS, f"{key}.{column['name']}", column.get("paths", ()), of_types, prefixes)


def _of_things(key: str, sheet: Mapping[str, Any], prefixes: Mapping[str, str]) -> Iterator[Problem]:
    """Give what is wrong with the columns of a sheet of things: each says one thing of what master data knows."""
    known = {*prefixes, *STANDARD_PREFIXES, "cbvmda", "gs1", "filiere"}
    for column in sheet["column"]:
        place = f"{key}.{column['name']}"
        if column.keys() - {"name", "paths", "fr", "en"} or "paths" not in column:
            yield mistake(sentences.NEVER, REPORTS, place, found=column["name"], expected="paths")
        for path in column.get("paths", ()):
            first, *rest = FieldPath(path).tokens
            is_attribute = first == ATTRIBUTES and len(rest) == 1 and rest[0].partition(":")[0] in known
            if not is_attribute and (first not in {IDENTIFIER, DESCRIBED_BY} or rest):
                expected = f"/{IDENTIFIER}, /{DESCRIBED_BY}, /{ATTRIBUTES}/cbvmda:name"
                yield mistake(sentences.UNKNOWN_NAME, REPORTS, place, found=path, expected=expected)


def _column(key: str, sheet: Mapping[str, Any], at: int, column: Mapping[str, Any]) -> Iterator[Problem]:
    place, columns = f"{key}.{column['name']}", named(sheet["column"])
    for name in ("adds", "takes", "percent"):
        for other in column.get(name, ()):
            yield from unknown_name(REPORTS, f"{place}.{name}", other, columns[:at])  # filled from left to right
    yield from _units(place, sheet, column, columns)
    for name in column.get("ctes", ()):
        yield from unknown_name(REPORTS, f"{place}.ctes", name, sheet["ctes"])
    yield from _unknown_of_record(place, column.get("paths", ()))
    if column["name"] in sheet.get("group", ()) and "paths" not in column:
        yield mistake(sentences.NEVER, REPORTS, f"{key}.group", found=column["name"], expected="paths")


def _units(place: str, sheet: Mapping[str, Any], column: Mapping[str, Any], columns: list[str]) -> Iterator[Problem]:
    """Say where amounts of different units would be added."""
    if "unit" in column:
        yield from unknown_name(REPORTS, f"{place}.unit", column["unit"], columns)
        if any("total" in each for each in sheet["column"]) and column["unit"] not in sheet.get("group", ()):
            yield mistake(sentences.NEVER, REPORTS, f"{place}.unit", found=column["unit"], expected="group")


def _unknown_of_record(place: str, paths: list[str]) -> Iterator[Problem]:
    for path in paths:
        first, *rest = FieldPath(path).tokens
        if first == RECORD and tuple(rest) not in OF_RECORD:
            known = ["/" + "/".join((RECORD, *tokens)) for tokens in OF_RECORD]
            yield from unknown_name(REPORTS, place, path, known)
