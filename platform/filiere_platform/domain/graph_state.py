"""What an operator watches of the graph that a process keeps in memory."""

from __future__ import annotations

from typing import NamedTuple


class GraphState(NamedTuple):
    """The log's entries that it reflects, the ends of events that it holds, the bytes that it takes.

    `remembered` and `asked` count the questions that it answered, and those for which the database was searched.
    """

    size: int
    ends: int
    nbytes: int
    remembered: int = 0
    asked: int = 0
