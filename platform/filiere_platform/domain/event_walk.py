"""Walk along the events that rows find, in the order of an answer, and look at each of them, up to a bound.

A row finds an event by what it holds; whether the event states the rest of what is asked, only the event says. One
request looks at so many and no more: its page then ends where it has come to, and the next begins behind that, however
few events were found. Nothing is skipped, nothing comes twice. An event may be long and a question have many parts: the
work that both make is bounded, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final, NamedTuple

from filiere_platform.domain.query_sentences import TOO_MUCH_TO_READ
from filiere_schemas.problems import Problem, Refusal

MOST_LOOKED_AT: Final = 5_000  # events of one request
MOST_WORK: Final = 32_000_000  # bytes of events, times the conditions asked of each; some seconds of one request
AT_ONCE: Final = 500  # found by rows in one statement
READ_AT_ONCE: Final = 50  # events in memory: each may have a megabyte


class Place(NamedTuple):
    """Where an event stands in an answer: what it is ordered by, and its log index among equals."""

    rank: Any
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What was found on a walk, in its order, and the place that it came to; None where nothing is left behind it."""

    found: Sequence[Place]
    reached: Place | None = None


Finder = Callable[[Place | None, int], Sequence[Place]]  # behind a place, so many


class Looked(NamedTuple):
    """Whether an event is one that is asked for, and what it took to find out."""

    is_wanted: bool
    work: int = 0  # as in `MOST_WORK`


Looker = Callable[[Collection[int]], Iterable[Looked]]  # at the events at some log indexes, one after the other
_KNOWN: Final = Looked(is_wanted=True)  # by its rows


def walk(find: Finder, look: Looker | None, limit: int, behind: Place | None) -> Walk:
    """Walk from a place on until so many events are found, or as many are looked at as one request may.

    `look` is None where the rows know everything that is asked.
    """
    found: list[Place] = []
    looked, work, size = 0, 0, limit
    while True:
        places = find(behind, size)
        for place, seen in look_along(places, look):
            if seen.is_wanted:
                found.append(place)
            looked, work, behind = looked + 1, work + seen.work, place
            if len(found) == limit or looked >= MOST_LOOKED_AT or work >= MOST_WORK:
                return Walk(found=found, reached=place)
        if len(places) < size:
            return Walk(found=found)
        size = AT_ONCE


def look_along(places: Sequence[Place], look: Looker | None) -> Iterator[tuple[Place, Looked]]:
    """Look at the events at some places one after the other, of which few are in memory at once."""
    for start in range(0, len(places), READ_AT_ONCE):
        chunk = places[start : start + READ_AT_ONCE]
        looked = repeat(_KNOWN, len(chunk)) if look is None else look([place.log_index for place in chunk])
        yield from zip(chunk, looked, strict=True)


def join(walks: Sequence[Walk], limit: int, *, descending: bool) -> tuple[list[Place], Place | None]:
    """Lay walks along different events side by side: one page of them, and the place that the next one begins behind.

    What one of them has found behind the place that another one came to belongs to a later page.
    """
    reached = [each.reached for each in walks if each.reached is not None]
    horizon = (max(reached) if descending else min(reached)) if reached else None
    found = sorted((place for each in walks for place in each.found), reverse=descending)
    if horizon is not None:
        found = [place for place in found if place == horizon or (place > horizon) is descending]
    page = found[:limit]
    return page, page[-1] if len(found) > limit else horizon


def ranked(everything: Walk, ranks: Mapping[int, Any], limit: int, behind: Place | None, *, descending: bool) -> Walk:
    """Order all that was found by what no row knows, and walk along it from a place on.

    Raises:
        Refusal: code `query-reads-too-much`: there is more than was looked at.
    """
    if everything.reached is not None:
        raise too_much()
    places = sorted((Place(ranks[each.log_index], each.log_index) for each in everything.found), reverse=descending)
    rest = [place for place in places if behind is None or (place != behind and (place < behind) is descending)]
    return Walk(found=rest[:limit], reached=rest[limit - 1] if len(rest) >= limit else None)


def too_much() -> Refusal:
    """Say that an answer would take more reading than one request may do."""
    return Refusal([Problem(sentence=TOO_MUCH_TO_READ, values={"expected": MOST_LOOKED_AT})])
