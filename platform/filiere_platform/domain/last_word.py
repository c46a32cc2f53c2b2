"""Who has the last word at an instant, where the times of what was said are intervals and not all of it may apply.

Each statement was made at some instant of its interval. One that is over before another one begins is contradicted by
it; where intervals overlap, or touch at one instant, either may be the later one. A statement that perhaps does not
concern the object at all (it was said of a container that it may have been in) may have the last word and contradicts
nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value", bound=Hashable)


class Said(NamedTuple, Generic[Value]):
    """What one event says, and the first and last microsecond at which it may have happened."""

    value: Value
    event: int  # log index
    earliest: int
    latest: int
    sure: bool = True  # that it is about the object


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWord(Generic[Value]):
    """The values that may hold at an instant, the likeliest first, each with the events that say so.

    The likeliest is what was said last by the ends of the intervals. Nothing at all may have been said yet.
    """

    values: tuple[tuple[Value, tuple[int, ...]], ...] = ()
    perhaps_nothing: bool = True

    @property
    def is_certain(self) -> bool:
        """Whether every choice of instants gives the same answer."""
        return len(self.values) + self.perhaps_nothing == 1

    def may_be(self, value: Value) -> bool:
        """Whether some choice of instants gives a value."""
        return any(each == value for each, _ in self.values)


def last_word(said: Iterable[Said[Value]], at: int) -> LastWord[Value]:
    """Find what may hold at an instant: the value of the last statement made at or before it."""
    begun = [each for each in said if each.earliest <= at]
    over = [each.earliest for each in begun if each.sure and each.latest <= at]
    last_over = max(over, default=None)
    candidates = [each for each in begun if last_over is None or each.latest >= last_over]
    candidates.sort(key=lambda each: (each.latest, each.earliest, each.event), reverse=True)
    values: dict[Value, dict[int, None]] = {}
    for each in candidates:
        values.setdefault(each.value, {})[each.event] = None
    return LastWord(
        values=tuple((value, tuple(events)) for value, events in values.items()), perhaps_nothing=last_over is None
    )


def any_of(grounds: Iterable[LastWord[bool]]) -> LastWord[bool]:
    """Join grounds of which one is enough; where none says anything, it does not hold."""
    known = list(grounds)
    events: dict[bool, dict[int, None]] = {True: {}, False: {}}
    for ground in known:
        for value, said in ground.values:
            events[value].update(dict.fromkeys(said))
    possible = any(ground.may_be(True) for ground in known)
    refutable = not any(ground.may_be(True) and ground.is_certain for ground in known)
    likely = any(ground.values[0][0] for ground in known if ground.values)
    order = [value for value in (likely, not likely) if (possible if value else refutable)]
    return LastWord(values=tuple((value, tuple(events[value])) for value in order), perhaps_nothing=False)
