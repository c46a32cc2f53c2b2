"""A column of a template: what stands in it, how it is read, where that goes in the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from filiere_schemas.problems import Language
from filiere_schemas.sectors.profile import Cte, Kde, Text

EACH: Final = "*"
Tokens = tuple[str, ...]


class Shape(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CLOCK = "clock"
    FLAG = "flag"
    OPEN = "open"  # yes, no, or a value: a member of which the profile names nothing but its presence
    WORD = "word"
    UNIT = "unit"
    JSON = "json"
    GTIN = "gtin"
    CODE = "code"
    THING = "thing"
    PLACE = "place"
    PARTY = "party"
    DOCUMENT = "document"


@dataclass(slots=True, kw_only=True)
class Column:
    """One column. Those of every event have a key and no path; the others are named by the path that they write."""

    key: str
    heading: Text
    shape: Shape
    tokens: Tokens = ()
    kdes: list[Kde] = field(default_factory=list)
    help: Text | None = None
    words: Mapping[str, Text] = field(default_factory=dict)  # what may stand there, as it is shown
    reasons: Mapping[str, Text] = field(default_factory=dict)  # that may stand there instead of a value
    required: bool = False

    @property
    def of_each_row(self) -> bool:
        """Whether each row of an event says something of its own there, as of its lots."""
        return self.key in OF_EACH_ROW or EACH in self.tokens


OF_EACH_ROW: Final = frozenset({"event", "side", "gtin", "item", "lot", "serial", "id", "quantity", "unit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One CTE as a sheet: what every event of it says, and its columns."""

    cte: Cte
    title: Text
    constants: Mapping[str, Any]
    columns: Sequence[Column]
    left_out: Sequence[tuple[Kde, str]]  # what has no column, with its path

    def column(self, key: str) -> Column | None:
        """Give the column of a key."""
        return next((column for column in self.columns if column.key == key), None)


def said(text: Text, language: Language, **values: object) -> str:
    """Say a text of ours in a language."""
    return (text.fr if language == "fr" else text.en).format(**values)


def shown(text: Text, language: Language) -> str:
    """Say a text of a profile in a language, on one line."""
    return " ".join((text.fr if language == "fr" else text.en).split())


def wanted_by(token: str) -> tuple[str, str] | None:
    """Take `type=desadv` apart; None for the name of a member."""
    name, equals, value = token.partition("=")
    return (name, value) if equals and name and ":" not in name else None
