"""What the forms of questions give: times by the clock of the pages, objects as they are pasted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.web.lot_choice import LONGEST_TIME
from filiere_platform.web.searching import read_query
from filiere_platform.web.words import ZONE
from filiere_schemas.problems import Problem, Refusal

_EXPECTED: Final = "2026-03-04T05:06"


def read_time(fields: Mapping[str, str], name: str) -> datetime | None:
    """Read a time of a form: with its zone, or by the clock of the pages; None where the field is empty.

    Raises:
        Refusal: code `query-parameter`.
    """
    text = fields.get(name, "").strip()[:LONGEST_TIME]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        values = {"name": name, "found": text, "expected": _EXPECTED}
        raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)]) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)


def read_microseconds(fields: Mapping[str, str], name: str) -> int | None:
    """Read a time as `read_time`, in microseconds since 1970."""
    moment = read_time(fields, name)
    return None if moment is None else microseconds(moment)


def read_objects(text: str) -> list[str]:
    """Read objects that were pasted, one a line or with semicolons and tabs between; each once.

    Raises:
        InvalidIdentifier: a line is no identifier.
    """
    pieces = (piece.strip() for line in text.splitlines() for piece in line.replace("\t", ";").split(";"))
    return list(dict.fromkeys(read_query(piece) for piece in pieces if piece))


def read_lines(text: str) -> list[str]:
    """Read the lines of a field, without those that are empty."""
    return [stripped for line in text.splitlines() if (stripped := " ".join(line.split()))]


def read_period(line: str, name: str) -> tuple[str, datetime | None, datetime | None]:
    """Read a place and two times, of which either may be left out at the end, as somebody typed them.

    Raises:
        InvalidIdentifier: the place is no identifier.
        Refusal: code `query-parameter`.
    """
    place, *times = line.split()
    if len(times) > len(("since", "until")):
        values = {"name": name, "found": line[:LONGEST_TIME], "expected": f"urn:… {_EXPECTED} {_EXPECTED}"}
        raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
    since, until = (*({name: each} for each in times), {}, {})[:2]
    return read_query(place), read_time(since, name), read_time(until, name)
