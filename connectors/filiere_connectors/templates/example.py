"""From an event to the rows that say it: how a template shows an example of its profile.

The reverse of what a filled workbook is read with; what a template has no column for stays out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from filiere_connectors.sources.table import CellValue
from filiere_connectors.templates import words
from filiere_connectors.templates.column import EACH, Column, Shape, Sheet, Tokens, shown, wanted_by
from filiere_connectors.templates.shapes import is_day
from filiere_connectors.templates.sheet import each_thing_list
from filiere_schemas.problems import Language
from filiere_schemas.sectors.profile import Text

_LINK: Final = re.compile(r"https://id\.gs1\.org/01/(\d{14})/(10|21)/([A-Za-z0-9._~-]+)")
_UNIT_LINK: Final = "https://id.gs1.org/00/"
_ABSENT: Final = "filiere:knownAbsent"
_MISSING: Final[Any] = object()

Row = dict[str, CellValue]  # by the key of the column


def rows_of(sheet: Sheet, event: Mapping[str, Any], *, number: str, language: Language, zone: str) -> list[Row]:
    """Write an event as rows of its sheet; the first one says what holds for the whole event."""
    rows = _things(sheet, event, language) or [{}]
    taken: dict[str, set[int]] = {}
    for column in (each for each in sheet.columns if each.tokens and EACH not in each.tokens):
        value = _at(event, column.tokens, taken)
        if value is not _MISSING and not (column.tokens[0] in sheet.constants and column.key not in _CHOSEN):
            rows[0][column.key] = _cell(column, value, language)
    for column in (each for each in sheet.columns if EACH in each.tokens):
        for at, value in enumerate(_each(event, column.tokens, taken)):
            while len(rows) <= at:
                rows.append({})
            if value is not _MISSING:
                rows[at][column.key] = _cell(column, value, language)
    _say_absent(sheet, event, rows, language)
    local = datetime.fromisoformat(event["eventTime"]).astimezone(ZoneInfo(zone))
    rows[0] |= {"time": local.date(), "clock": local.time()}
    return [{"event": number, **row} for row in rows]


_CHOSEN: Final = frozenset({"step", "action", "disposition"})


def _things(sheet: Sheet, event: Mapping[str, Any], language: Language) -> list[Row]:
    rows: list[Row] = []
    for side, (instances, classes) in each_thing_list(sheet.cte.type):
        said: Row = {} if side is None else {"side": shown(words.INPUT if side == "input" else words.OUTPUT, language)}
        rows += [{**said, **_named(sheet, uri)} for uri in event.get(instances, ())]
        for element in event.get(classes, ()):
            row = {**said, **_named(sheet, element["epcClass"])}
            if "quantity" in element:
                row["quantity"] = element["quantity"]
            unit = sheet.column("unit")
            if "uom" in element and unit is not None:
                row["unit"] = _cell(unit, element["uom"], language)
            rows.append(row)
    return rows


def _named(sheet: Sheet, uri: str) -> Row:
    match = _LINK.fullmatch(uri)
    number = None if match is None else {"10": "lot", "21": "serial"}[match[2]]
    if match is None or number is None or sheet.column(number) is None:
        return {"id": uri.removeprefix(_UNIT_LINK) if uri.startswith(_UNIT_LINK) else uri}
    return {"gtin": match[1], number: match[3]}


def _at(value: Any, tokens: Tokens, taken: dict[str, set[int]]) -> Any:
    for at, token in enumerate(tokens):
        wanted = wanted_by(token)
        if wanted is not None:
            name, said = wanted
            found = next((n for n, each in enumerate(value) if each.get(name) == said), None)
            if found is None:
                return _MISSING
            taken.setdefault(tokens[at - 1], set()).add(found)  # it has a column of its own
            value = value[found]
        elif not isinstance(value, Mapping) or token not in value:
            return _MISSING
        else:
            value = value[token]
    return value


def _each(event: Mapping[str, Any], tokens: Tokens, taken: Mapping[str, set[int]]) -> list[Any]:
    """Give what stands at a path in each element of its first list; in lists further in, the first element counts."""
    first = tokens.index(EACH)
    found = _at(event, tokens[:first], {})
    elements = found if isinstance(found, list) else []
    others = [each for at, each in enumerate(elements) if at not in taken.get(tokens[first - 1], ())]
    return [_first(each, tokens[first + 1 :]) for each in others]


def _first(value: Any, tokens: Tokens) -> Any:
    for token in tokens:
        if token == EACH:
            if not isinstance(value, list) or not value:
                return _MISSING
            value = value[0]
        elif not isinstance(value, Mapping) or token not in value:
            return _MISSING
        else:
            value = value[token]
    return value


def _say_absent(sheet: Sheet, event: Mapping[str, Any], rows: list[Row], language: Language) -> None:
    for said in event.get(_ABSENT, ()):
        for column in sheet.columns:
            if said["reason"] in column.reasons and any(kde.name == said["kde"] for kde in column.kdes):
                rows[0][column.key] = shown(column.reasons[said["reason"]], language)


def _cell(column: Column, value: Any, language: Language) -> CellValue:
    if isinstance(value, bool):
        return shown(words.YES if value else words.NO, language)
    if isinstance(value, str):
        word: Text | None = column.words.get(value)
        if word is not None:
            return shown(word, language)
        if column.shape is Shape.THING and value.startswith(_UNIT_LINK):
            return value.removeprefix(_UNIT_LINK)
        return date.fromisoformat(value) if column.shape is Shape.DATE and is_day(value) else value
    if isinstance(value, int | float):
        return value
    return json.dumps(value, ensure_ascii=False)
