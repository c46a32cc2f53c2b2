"""What a report of a profile is: sheets of the events of some CTEs, with their columns; as `reports.toml` says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.sectors.field_path import EACH, FieldPath
from filiere_schemas.sectors.profile import Profile, Text, listed_in

REPORTS: Final = "reports.toml"
RECORD: Final = "filiere:record"  # what the platform says of an event, beside what its sender does
Tokens = tuple[str, ...]
# What a sheet of things says of each: its identifier, who describes it, and what master data says of it.
IDENTIFIER: Final = "identifier"
DESCRIBED_BY: Final = "member"
ATTRIBUTES: Final = "attributes"  # followed by the name of one
KDES: Final = "kdes"
CONTENTS: Final = "contents"
_OF_KDES: Final = ("kde", "state", "present", "missing", "absent", "index")
_OF_CONTENTS: Final = ("object", "inside", "quantity", "uom", "sure")
OF_RECORD: Final[tuple[Tokens, ...]] = (
    *((name,) for name in ("index", "sender", "storedAt", "assurance", "cte")),
    *((KDES, EACH, name) for name in _OF_KDES),
    *((CONTENTS, EACH, name) for name in _OF_CONTENTS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the first of its paths that leads to a value of an event gives it, or other columns do."""

    name: str
    text: Text
    paths: tuple[FieldPath, ...] = ()
    ctes: frozenset[str] = frozenset()  # of whose events alone it says something; none: of all of the sheet
    unit: str | None = None  # the column that names the unit of its quantities
    total: str | None = None  # what it says of the rows of a group: `sum`, `last`, `count`
    adds: tuple[str, ...] = ()  # columns whose numbers it adds up, less those of `takes`
    takes: tuple[str, ...] = ()
    percent: tuple[str, ...] = ()  # of which number which one is, in percent: the part, the whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet; `lists` are where the lists stand each place of which makes a row, none: an event makes one."""

    name: str
    text: Text
    ctes: tuple[str, ...]
    group: tuple[str, ...]
    columns: tuple[Column, ...]
    lists: tuple[Tokens, ...]
    lot: str | None = None  # the column that names the lot that a row is about
    units: tuple[str, ...] = ()  # into which quantities are converted that measure the same
    things: str | None = None  # the kind of things that it describes: those that the other sheets name

    @property
    def has_totals(self) -> bool:
        """Whether the rows of a group become one."""
        return any(column.total for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report."""

    name: str
    text: Text
    source: str
    sheets: tuple[Sheet, ...]

    @property
    def ctes(self) -> frozenset[str]:
        """The CTEs that any of its sheets is of."""
        return frozenset(cte for sheet in self.sheets for cte in sheet.ctes)

    def asks_for(self, member: str) -> bool:
        """Whether any of its columns is about `KDES` that the profile asks of an event, or `CONTENTS` of its units."""
        paths = [path for sheet in self.sheets for column in sheet.columns for path in column.paths]
        return any(path.tokens[:2] == (RECORD, member) for path in paths)


def reports_of(profile: Profile) -> dict[str, Report]:
    """Give the reports of a profile that has been checked, by their names."""
    return {item["name"]: _report(item) for item in listed_in(profile.content, REPORTS, "report")}


def _report(item: Mapping[str, Any]) -> Report:
    return Report(
        name=item["name"],
        text=_text(item),
        source=item.get("source", ""),
        sheets=tuple(_sheet(sheet) for sheet in item["sheet"]),
    )


def _sheet(item: Mapping[str, Any]) -> Sheet:
    columns = tuple(_column(column) for column in item["column"])
    return Sheet(
        name=item["name"],
        text=_text(item),
        ctes=tuple(item.get("ctes", ())),
        group=tuple(item.get("group", ())),
        columns=columns,
        lists=_lists(columns),
        lot=item.get("lot"),
        units=tuple(item.get("units", ())),
        things=item.get("things"),
    )


def _column(item: Mapping[str, Any]) -> Column:
    return Column(
        name=item["name"],
        text=_text(item),
        paths=tuple(FieldPath(path) for path in item.get("paths", ())),
        ctes=frozenset(item.get("ctes", ())),
        unit=item.get("unit"),
        total=item.get("total"),
        adds=tuple(item.get("adds", ())),
        takes=tuple(item.get("takes", ())),
        percent=tuple(item.get("percent", ())),
    )


def _lists(columns: tuple[Column, ...]) -> tuple[Tokens, ...]:
    """Give the lists of the first column that is about every place of one: their places are the rows of a sheet."""
    first = next((each for each in columns if any(EACH in path.tokens for path in each.paths)), None)
    found = () if first is None else tuple(path.list_tokens for path in first.paths)
    # A list within some places of another one is none that can be counted.
    return tuple(dict.fromkeys(tokens for tokens in found if tokens is not None and "=" not in "".join(tokens)))


def _text(item: Mapping[str, Any]) -> Text:
    return Text(item["fr"], item["en"])
