"""How a query compares a value that an event states with those that it asks for.

A field of somebody's own vocabulary has no declared type: what it states is a number, a time or a text by its form. A
text equals its own characters alone ("007" is not "7"); a number that is written as a text, as it comes from XML, has
a rank among numbers none the less.

Source: EPCIS 2.0, 8.2.7.1 (EQ, GT, GE, LT, LE); XML Schema 1.1, part 2 (order of numbers and of times).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, NamedTuple

from filiere_platform.domain.instant import microseconds
from filiere_schemas.epcis.event_time import read_instant

# A number as JSON and XML write it, not longer than exact arithmetic is quick with.
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt].+)?", re.ASCII)
_DATE: Final = len("2026-03-04")


class Operator(StrEnum):
    """How two values are compared, as the names of parameters begin."""

    EQ = "EQ"
    GT = "GT"
    GE = "GE"
    LT = "LT"
    LE = "LE"
    EXISTS = "EXISTS"


_COMPARE: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


class Scalar(NamedTuple):
    """A value of no declared type: its text, and what it ranks as."""

    text: str
    number: Fraction | None = None
    instant: int | None = None  # microseconds since 1970
    is_text: bool = True  # stated as a text, and so equal to another by its characters, or as the same instant


COMPLEX: Final = Scalar("", is_text=False)  # what is no single value: it is there, and compares with nothing

Rank = tuple[int, Fraction | int, bytes]
FIRST: Final[Rank] = (-1, 0, b"")  # before every value
LAST: Final[Rank] = (3, 0, b"")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a query asks of a value: that it compares so with any of those wanted, which are of its own type."""

    operator: Operator
    wanted: tuple[Any, ...] = ()
    _equal: frozenset[Any] = field(init=False, repr=False, compare=False, default=frozenset())

    def __post_init__(self) -> None:
        """Note what a value equals if it is asked for: it is looked up, however many alternatives there are."""
        if self.operator is Operator.EQ:
            object.__setattr__(self, "_equal", frozenset(each for wanted in self.wanted for each in _forms(wanted)))

    def holds(self, stated: Any) -> bool:
        """Whether a stated value is one that is asked for."""
        if self.operator is Operator.EXISTS:
            return True
        if self.operator is Operator.EQ:
            return any(each in self._equal for each in _stated_forms(stated))
        if isinstance(stated, Scalar):
            return any(_scalars(self.operator, stated, wanted) for wanted in self.wanted)
        compare = _COMPARE[self.operator]
        return any(compare(stated, wanted) for wanted in self.wanted)


def read_number(text: str) -> Fraction:
    """Read a number exactly.

    Raises:
        ValueError: the text is none, or has more digits than any measurement.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Fraction(Decimal(text))


def read_time(text: str) -> int:
    """Read an instant, in microseconds since 1970; a day is its first instant, UTC.

    Raises:
        ValueError: the text is neither, or an instant without a zone.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    if len(text) == _DATE:
        return microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))
    return microseconds(read_instant(text))


def scalar_of(value: object) -> Scalar | None:
    """Read a value that a field of somebody's own states; None for an object, a list or nothing."""
    if isinstance(value, bool):
        return Scalar("true" if value else "false")
    if isinstance(value, int | float):
        return scalar_of_text(str(value))._replace(is_text=False)
    return scalar_of_text(value) if isinstance(value, str) else None


def scalar_of_text(text: str) -> Scalar:
    """Read a value that is written as a text."""
    try:
        return Scalar(text, number=read_number(text))
    except ValueError:
        pass
    try:
        return Scalar(text, instant=read_time(text))
    except ValueError:
        return Scalar(text)


def rank(scalar: Scalar) -> Rank:
    """Give what values are ordered by: numbers, then times, then texts by their UTF-8 (EPCIS 2.0, 8.2.7.1)."""
    if scalar.number is not None:
        return 0, scalar.number, b""
    if scalar.instant is not None:
        return 1, scalar.instant, b""
    return 2, 0, scalar.text.encode()


def _forms(wanted: Any) -> tuple[Any, ...]:
    """Give what equals a value that is wanted: its text, its number, its instant."""
    if not isinstance(wanted, Scalar):
        return (wanted,)
    return ("text", wanted.text), ("number", wanted.number), ("instant", wanted.instant)


def _stated_forms(stated: Any) -> Iterator[Any]:
    """Give what a stated value equals another one by: a number as one, a text by its characters or its instant."""
    if not isinstance(stated, Scalar):
        yield stated
    elif not stated.is_text:
        if stated.number is not None:
            yield "number", stated.number
    else:
        yield "text", stated.text
        if stated.instant is not None:
            yield "instant", stated.instant


def _scalars(how: Operator, stated: Scalar, wanted: Scalar) -> bool:
    if wanted.number is not None:
        return stated.number is not None and _COMPARE[how](stated.number, wanted.number)
    return stated.instant is not None and wanted.instant is not None and _COMPARE[how](stated.instant, wanted.instant)
