"""The streams of deliveries that are open in this process: how many of each member, and when each ends.

Every open stream asks in turn whether there is something new; the question is put to the database once for all.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from filiere_platform.domain.delivery_sentences import TOO_MANY_STREAMS
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_schemas.problems import Problem, Refusal

MOST_OF_MEMBER: Final = 5
MOST: Final = 500  # of a process; each costs a task, and a thread while it reads
RETRY_SECONDS: Final = 10
LOOK_EVERY: Final = 0.2  # seconds between two looks at the database, for all streams together


class Head(NamedTuple):
    """Where the grants end, and the version of who may do what."""

    grants: int
    directory: int


class OpenStreams:
    """Counts streams, and tells them what is new. Safe for any thread."""

    def __init__(self, units: UnitsOfWork, *, steady: Callable[[], float] = time.monotonic) -> None:
        """Build with the database; `steady` is a clock in seconds that nobody sets."""
        self._units = units
        self._steady = steady
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._open: Counter[int] = Counter()
        self._head = Head(0, 0)
        self._looked_at = float("-inf")
        self.are_ending = False

    @contextmanager
    def taken(self, member_id: int) -> Iterator[None]:
        """Hold one stream of a member for as long as the context lasts.

        Raises:
            Refusal: code `too-many-streams`.
        """
        with self._lock:
            if self._open[member_id] >= MOST_OF_MEMBER or self._open.total() >= MOST:
                values = {"limit": MOST_OF_MEMBER, "seconds": RETRY_SECONDS}
                raise Refusal([Problem(sentence=TOO_MANY_STREAMS, values=values)])
            self._open[member_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[member_id] -= 1

    def head(self) -> Head:
        """Give the head as it was a moment ago at most.

        Raises:
            StoreUnavailable: the database is away.
        """
        now = self._steady()
        # One looks; nobody waits for it, so that a slow database does not take every thread of the process.
        if now - self._looked_at >= LOOK_EVERY and self._looking.acquire(blocking=False):
            try:
                with self._units.unit_of_work() as uow:
                    head = uow.log.head()
                self._head, self._looked_at = Head(head.grants, head.directory_version), now
            finally:
                self._looking.release()
        return self._head

    def end(self) -> None:
        """Let every stream end at its next look: the process is about to."""
        self.are_ending = True
