"""The matrix of who may do what to whose: tests/vectors/access/*.csv, written by people, read by tests alone.

A row gives one answer of one surface, about some objects, to some actors; `others` are all actors that no other row
of the same surface, route and object names. What one actor is answered about one object is a cell.
"""

from __future__ import annotations

import csv
import functools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from codebase import ROOT

FOLDER: Final = ROOT / "tests" / "vectors" / "access"
NOUNS: Final = sorted(path.stem for path in FOLDER.glob("*.csv"))
COLUMNS: Final = ["surface", "route", "object", "expected", "actors"]
OTHERS: Final = "others"
PEOPLE: Final = ("administrator", "supervisor", "quality", "operator", "auditor", "authority", "reader")
# Words for actors who are mostly answered alike (tests/vectors/access/README.md).
GROUPS: Final = {
    "people": PEOPLE,
    "reading": ("token", "token-read"),
    "unreading": ("token-none", "token-capture", "token-manage"),
    "unknown": ("wrong-token", "expired-token", "revoked-token"),
    "gone": ("gone-administrator", "gone-token"),
    "ended": ("suspended-person", "revoked-token"),
}


class MatrixError(ValueError):
    """The files contradict themselves, or leave somebody out."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """What one actor is answered about one object."""

    surface: str
    route: str
    object: str
    actor: str
    expected: str
    noun: str  # the file that says so

    def __str__(self) -> str:
        """One line of a table of differences."""
        return f"{self.noun:12} {self.surface:7} {self.route:52} {self.object:9} {self.actor:24} {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    noun: str
    place: tuple[str, str, str]
    expected: str
    actors: tuple[str, ...]


def read_matrix(actors: dict[str, tuple[str, ...]]) -> list[Cell]:
    """Read every cell.

    Args:
        actors: by surface, everybody who is played there.

    Raises:
        MatrixError: a cell is said twice, somebody is left out, or somebody is not known.
    """
    places: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for row in _rows():
        places[row.place].append(row)
    return [cell for place, rows in places.items() for cell in _cells(place, rows, actors.get(place[0], ()))]


def _cells(place: tuple[str, str, str], rows: list[_Row], everybody: Iterable[str]) -> list[Cell]:
    surface, route, what = place
    said: dict[str, _Row] = {}
    for row in rows:
        for actor in row.actors:
            if actor in said:
                msg = f"{row.noun}.csv: {place} says twice what {actor} is answered"
                raise MatrixError(msg)
            said[actor] = row
    rest = said.pop(OTHERS, None)
    unknown = sorted(said.keys() - set(everybody))
    left_out = sorted(set(everybody) - said.keys())
    if unknown or (left_out and rest is None):
        msg = f"{rows[0].noun}.csv: {place} leaves out {left_out}, and names {unknown}, who are not played"
        raise MatrixError(msg)
    if rest is not None:
        said |= dict.fromkeys(left_out, rest)
    return [
        Cell(surface=surface, route=route, object=what, actor=actor, expected=row.expected, noun=row.noun)
        for actor, row in sorted(said.items())
    ]


@functools.cache
def _rows() -> tuple[_Row, ...]:
    return tuple(row for path in sorted(FOLDER.glob("*.csv")) for row in _read(path.stem))


def _read(noun: str) -> list[_Row]:
    with (FOLDER / f"{noun}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            msg = f"{noun}.csv: expected columns {COLUMNS}, found {reader.fieldnames}"
            raise MatrixError(msg)
        lines = [line for line in reader if any(line.values())]
    return [
        _Row(
            noun=noun,
            place=(line["surface"], line["route"], what),
            expected=line["expected"],
            actors=tuple(name for word in line["actors"].split() for name in GROUPS.get(word, (word,))),
        )
        for line in lines
        for what in line["object"].split()
    ]
