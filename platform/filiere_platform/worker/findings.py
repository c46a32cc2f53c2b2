"""The worker of the rules that read each record once: one process leads, and nothing waits for it.

A rule has a cursor of its own, so that a new one reads what is stored already; they share a thread and a leadership.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from filiere_platform.domain.counter_watch import Watch
from filiere_platform.usecases.counter_watch import begin_to_watch, read_counter_round
from filiere_platform.usecases.event_hash import read_hash_round
from filiere_platform.usecases.finding_round import ROUND, FindingRound, RoundMoved, keep_finding_round
from filiere_platform.usecases.neighbour_rules import read_neighbour_round
from filiere_platform.usecases.ownership import read_ownership_round
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.usecases.sector_rules import read_sector_round
from filiere_platform.worker.following import PAUSE, follow_log
from filiere_schemas.sectors.judging import CompiledProfile

LEADERSHIP = "findings"
RULES: Final = (read_ownership_round, read_hash_round)


class FindingFollower:
    """Follows the log as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        profile: CompiledProfile | None = None,
        watch: Watch | None = None,
        pause: float = PAUSE,
        limit: int = ROUND,
    ) -> None:
        """Build a follower; `profile` judges events, where given, and `watch` the accounts that they enter.

        `pause` is in seconds, `limit` in log indexes.
        """
        self._units = units
        self._leadership = leadership
        self._pause = pause
        self._limit = limit
        self._rules: tuple[Callable[..., FindingRound], ...] = RULES
        if profile is not None:
            self._rules += (partial(read_sector_round, profile=profile),)
        if profile is not None and profile.neighbours:
            self._rules += (partial(read_neighbour_round, rules=profile.neighbours),)
        self._watch: Watch | None = None
        if profile is not None and watch is not None and watch.watched:
            self._watch = watch
            self._rules += (partial(read_counter_round, watch=watch, profile=profile),)

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self.follow,
            pause=self._pause,
            moved=RoundMoved,
        )

    def follow(self) -> bool:
        """Keep one round of each rule; gives whether everything that is stored was followed."""
        is_last = True
        if self._watch is not None:
            with self._units.unit_of_work() as uow:
                begin_to_watch(uow, self._watch)
        for read_round in self._rules:
            with self._units.unit_of_work() as uow:
                found = read_round(uow, limit=self._limit)
            if found.stop > found.after:
                with self._units.unit_of_work() as uow:
                    keep_finding_round(uow, found)
            is_last = is_last and found.is_last
        return is_last
