"""A look: that records of others were shown under a mandate; who asked, when, what, and how it is written down.

What a member is told of a look at its records is exactly what is chained and signed, so that it can check both. The
question is therefore written down for each member as far as that member may read it: a name that the question holds is
told to the members of whose records that were shown one speaks of it, and to nobody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from filiere_platform.domain.instant import iso_instant
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.provenance.canonical import canonicalize

FIRST_PREV: Final = bytes(32)  # what the first look of a member is chained to
LONGEST_VALUE: Final = 2_000  # characters of a parameter that are written down
MOST_PARAMETERS: Final = 50
WITHHELD: Final = "…"
# Parameters that name nothing of anybody: times, types, directions, places in an answer.
_PLAIN: Final = frozenset(
    {
        *(
            "direction",
            "max_depth",
            "max_nodes",
            "as_of",
            "to_as_of",
            "at",
            "index",
            "perPage",
            "nextPageToken",
            "after",
            "limit",
        ),
        *("eventType", "EQ_action", "EQ_bizStep", "EQ_disposition", "state", "rule", "lang", "draw"),
        *("from", "to", "unit", "format", "csv"),
        *("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked: the route, and its parameters in order."""

    route: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, route: str, parameters: Iterable[tuple[str, str]]) -> Question:
        """Keep of a request what is written down."""
        kept = [(name[:100], value[:LONGEST_VALUE]) for name, value in parameters]
        return cls(route=route, parameters=tuple(kept[:MOST_PARAMETERS]))

    def names(self) -> dict[str, str]:
        """Give the names that the question holds, by their canonical keys where they have one."""
        found = {}
        for name, value in self.parameters:
            if name not in _PLAIN:
                for each in value.split("|"):
                    found[each] = _key(each)
        return found

    def told(self, known: Collection[str]) -> dict[str, Any]:
        """Write the question for somebody who knows some names, and reads the others as withheld."""
        written = [
            {
                "name": name,
                "value": value if name in _PLAIN else "|".join(_told(each, known) for each in value.split("|")),
            }
            for name, value in self.parameters
        ]
        return {"route": self.route, "parameters": written}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody who looks, and may do it under mandates: those that are in force at this very moment.

    `by` names a person by an opaque id alone.
    """

    at: int  # microseconds since 1970
    by: str
    question: Question
    member_id: int | None = None  # whose mandates: the holder's
    person_id: str | None = None  # and those of this person
    guest: tuple[int, int] | None = None  # or the one of this number, by this link of it


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLook:
    """What is written down of a look at one member's records."""

    member_id: int
    seq: int
    mandate: int
    at: int
    by: str
    question: str  # JSON
    records: str
    count: int
    sha256: bytes


def chain_digest(prev: bytes, said: dict[str, Any]) -> bytes:
    """Chain a look to the one before it: SHA-256 of that one's digest and of the canonical JSON of what is said."""
    return hashlib.sha256(prev + canonicalize(said)).digest()


def say_look(*, mandate_id: str, seq: int, at: int, by: str, question: Any, records: str, count: int) -> dict[str, Any]:
    """Write a look as its member reads it and as it is chained."""
    return {
        "seq": seq,
        "at": iso_instant(at),
        "mandate": mandate_id,
        "by": by,
        "question": question,
        "records": records,
        "count": count,
    }


def write_ranges(indexes: Iterable[int]) -> str:
    """Write log indexes in short: `3-7,9`."""
    ranges: list[list[int]] = []
    for index in sorted(indexes):
        if ranges and index == ranges[-1][1] + 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def read_ranges(text: str) -> list[int]:
    """Read log indexes back."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        low, _, high = part.partition("-")
        found.extend(range(int(low), int(high or low) + 1))
    return found


def responsible(audiences: Sequence[int], own: Collection[int], mandates: Collection[int]) -> tuple[int, ...]:
    """Give the mandates by which alone a record was shown: none where its viewer sees it anyway."""
    if any(audience in own for audience in audiences):
        return ()
    return tuple(sorted(audience for audience in audiences if audience in mandates))


def _told(value: str, known: Collection[str]) -> str:
    return value if value in known else WITHHELD


def _key(text: str) -> str:
    try:
        return canonical_key(text)
    except InvalidIdentifier:
        return text
