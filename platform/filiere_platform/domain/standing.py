"""Whether an instance takes records: open, in recovery after a loss, or a scratch copy that must never speak for it.

The standing is part of the directory that captures decide with, and changing it moves the directory's version: as with
a suspension, it is in force for every record that is stored after its commit, in every process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from filiere_platform.domain import recovery_sentences
from filiere_platform.domain.storage import StoreUnavailable
from filiere_schemas.problems import Problem, Refusal

RETRY_SECONDS = 30  # what a sender is told to wait while the instance is closed


class State(StrEnum):
    """What an instance may do."""

    OPEN = "open"
    RECOVERING = "recovering"  # the database has lost records that were published: their indexes are not given again
    SCRATCH = "scratch"  # a copy to look at: nothing is stored, signed or delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An instance's state; `since` is in microseconds, `start` and `stop` are the log indexes that were lost."""

    state: State
    since: int = 0
    start: int = 0
    stop: int = 0


OPEN = Standing(state=State.OPEN)


class InstanceClosed(Refusal, StoreUnavailable):
    """The instance takes no records now; nothing was stored, and the same bytes may be sent again later."""


def require_open(standing: Standing) -> None:
    """Let records pass where the instance is open.

    Raises:
        InstanceClosed: it is recovering, or a scratch copy.
    """
    if standing.state is State.RECOVERING:
        values = {"start": standing.start, "stop": standing.stop, "seconds": RETRY_SECONDS}
        raise InstanceClosed([Problem(sentence=recovery_sentences.INSTANCE_RECOVERING, values=values)])
    if standing.state is State.SCRATCH:
        raise InstanceClosed([Problem(sentence=recovery_sentences.INSTANCE_SCRATCH, values={"seconds": RETRY_SECONDS})])


def nothing_promised() -> int:
    """Give the size of a log of which nothing was signed."""
    return 0


def require_whole(size: int, promised: int) -> None:
    """Let records pass where the database holds all that was signed; asked under the log head's lock.

    Raises:
        InstanceClosed: it holds less, and would give places of the log a second time.
    """
    if size < promised:
        require_open(Standing(state=State.RECOVERING, start=size, stop=promised))
