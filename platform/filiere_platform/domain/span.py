"""When traced material may be, and surely is, at an object: the arithmetic of uncertain times.

An event's time is an interval, so that a trace asks two questions of every step: could it have happened (for some
choice of instants), and must it have (for every choice)? A span answers one of them for one object. The two kinds
of answer are followed side by side and never mixed, so that what is certain stays certain however much doubt is
found beside it.

Times are integer microseconds; both bounds belong to a span. A search that goes back in time mirrors every span.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

BEGINNING = -(1 << 62)  # before every event: microseconds since 1970 fit in 54 bits until the year 9999
END = 1 << 62


class Sureness(IntEnum):
    """What a span promises of its instants."""

    POSSIBLE = 1  # at none of the others, and perhaps not at all of these
    THROUGHOUT = 2  # surely at every one of these
    SOMETIME = 3  # surely at one of these at least


class Span(NamedTuple):
    """An interval of instants and what is promised of it."""

    lo: int
    hi: int
    sureness: Sureness

    def mirrored(self) -> Span:
        """The same span seen by a search that goes back in time."""
        return Span(-self.hi, -self.lo, self.sureness)

    def onward(self) -> Span:
        """Give what holds from an arrival within this span on: the object itself stays what has been reached."""
        if self.sureness is Sureness.SOMETIME:
            return Span(self.hi, END, Sureness.THROUGHOUT)
        return Span(self.lo, END, self.sureness)

    def covers(self, other: Span) -> bool:
        """Whether everything that follows from the other span follows from this one too."""
        lo, hi, sureness = self
        if sureness is not other[2]:
            # Being there throughout answers for every interval that it meets.
            throughout = sureness is Sureness.THROUGHOUT and other[2] is Sureness.SOMETIME
            return throughout and lo <= other[1] and other[0] <= hi
        if sureness is Sureness.SOMETIME:
            return other[0] <= lo and hi <= other[1]
        return lo <= other[0] and other[1] <= hi


# The start of a trace: the object at any time, as a whole.
ALWAYS = (Span(BEGINNING, END, Sureness.POSSIBLE), Span(BEGINNING, END, Sureness.THROUGHOUT))


def at_event(span: Span, earliest: int, latest: int) -> Span | None:
    """Give when an event takes hold of what a span says is there; None where the span does not promise it."""
    if span.sureness is Sureness.POSSIBLE:
        lo, hi = max(span.lo, earliest), min(span.hi, latest)
        return Span(lo, hi, Sureness.POSSIBLE) if lo <= hi else None
    if span.sureness is Sureness.THROUGHOUT and span.lo <= earliest and latest <= span.hi:
        return Span(earliest, latest, Sureness.THROUGHOUT if earliest == latest else Sureness.SOMETIME)
    return None


def within(span: Span, membership: Iterable[Span]) -> list[Span]:
    """Give when the content is in its container, both as a span says and as one membership does."""
    met: list[Span] = []
    for other in membership:
        pair = (span.sureness, other.sureness)
        if pair in (
            (Sureness.POSSIBLE, Sureness.POSSIBLE),
            (Sureness.THROUGHOUT, Sureness.THROUGHOUT),
        ):
            lo, hi = max(span.lo, other.lo), min(span.hi, other.hi)
            if lo <= hi:
                met.append(Span(lo, hi, span.sureness))
        elif pair == (Sureness.THROUGHOUT, Sureness.SOMETIME):
            if span.lo <= other.lo and other.hi <= span.hi:
                met.append(other)
        elif pair == (Sureness.SOMETIME, Sureness.THROUGHOUT) and other.lo <= span.lo and span.hi <= other.hi:
            met.append(span)
    return met


def add_span(spans: list[Span], new: Span) -> bool:
    """Add a span to those kept of an object, dropping what it makes superfluous; False if it says nothing new.

    What is left is the same in whatever order spans arrive: the greatest ones.
    """
    if not spans:
        spans.append(new)
        return True
    for kept in spans:
        if kept.covers(new):
            return False
    spans[:] = [kept for kept in spans if not new.covers(kept)]
    spans.append(new)
    return True


def slack(span: Span, earliest: int, latest: int) -> int:
    """By how many microseconds the step is possible: 0 means at one single instant only."""
    return min(latest - span.lo, span.hi - earliest)
