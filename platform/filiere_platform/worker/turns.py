"""Turns: whose records are next, where several wait.

Everybody's chunks stand in a line of their own, and whoever takes goes round the lines. While somebody else has sent
something of late, one member's part of a group is bounded, too: whoever sends one record then waits for a group of that
size, and not for one that a flood has filled.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

CROWDED_PART = 32  # records of one member in a group while others send, too
CROWD_SECONDS = 5.0


class Waiting(Protocol):
    """Something that waits for its turn."""

    @property
    def records(self) -> int:
        """How many records it has."""

    @property
    def comes_alone(self) -> bool:
        """Whether it shares a group with nothing else."""


T = TypeVar("T", bound=Waiting)


@dataclass(slots=True)
class FairQueue(Generic[T]):
    """What waits, one line per sender or member; taking goes round the lines."""

    lines: OrderedDict[Hashable, deque[T]] = field(default_factory=OrderedDict)
    records: int = 0  # in all lines

    def put(self, line: Hashable, chunk: T) -> None:
        """Put a chunk at the end of its line."""
        self.lines.setdefault(line, deque()).append(chunk)
        self.records += chunk.records

    def put_back(self, line: Hashable, chunk: T) -> None:
        """Put a chunk at the head of its line again, which has gone to the end of the round."""
        self.lines.setdefault(line, deque()).appendleft(chunk)
        self.records += chunk.records

    def take_one(self) -> T:
        """Take the chunk whose turn it is."""
        (chunk,) = self.take(0, each=0)
        return chunk

    def take(self, most: int, *, each: int) -> list[T]:
        """Take chunks in turn up to so many records, and of each line up to so many; an atomic one comes alone."""
        taken: list[T] = []
        records = 0
        of_line: Counter[Hashable] = Counter()
        while name := next((name for name in self.lines if not of_line[name] or of_line[name] < each), None):
            line = self.lines[name]
            size = line[0].records
            if taken and (records + size > most or line[0].comes_alone):
                break
            if of_line[name] and of_line[name] + size > each:
                of_line[name] = each  # the rest of this line waits for the next group
                continue
            chunk = line.popleft()
            del self.lines[name]
            if line:
                self.lines[name] = line  # to the end of the round
            taken.append(chunk)
            records += size
            of_line[name] += size
            if chunk.comes_alone:
                break
        self.records -= records
        return taken


@dataclass(slots=True)
class Crowd:
    """Who has sent something of late."""

    seen: dict[Hashable, float] = field(default_factory=dict)

    def note(self, member: Hashable) -> None:
        """Note that a member's records are ready."""
        self.seen[member] = time.monotonic()

    def part(self, group_size: int) -> int:
        """Give how many records of one member a group may have: all of it where nobody else has sent of late."""
        since = time.monotonic() - CROWD_SECONDS
        self.seen = {member: at for member, at in self.seen.items() if at > since}
        return group_size if len(self.seen) <= 1 else min(group_size, CROWDED_PART)
