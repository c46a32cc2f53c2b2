"""The worker that tells members on the bus what becomes of their findings; of all processes one leads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.message import BusUnavailable, Message
from filiere_platform.usecases.finding_news import plan_news, settle_news
from filiere_platform.usecases.ports import Bus, Leadership, UnitsOfWork
from filiere_platform.worker.following import follow_log

LEADERSHIP = "finding-news"
PAUSE = 0.5  # seconds until it is looked again what is due

log = logging.getLogger(__name__)


class FindingTeller:
    """Tells as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self, *, units: UnitsOfWork, leadership: Leadership, bus: Bus, origin: str, clock: Callable[[], int]
    ) -> None:
        """Build it; `origin` is the log's name, `clock` gives microseconds since 1970."""
        self._units = units
        self._leadership = leadership
        self._bus = bus
        self._origin = origin
        self._clock = clock
        self._active: frozenset[int] = frozenset()
        self._directory_version = -1

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop; what fails is tried again."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self.tell_round,
            pause=PAUSE,
            moved=BusUnavailable,
        )

    def tell_round(self) -> bool:
        """Tell what is due; says whether nothing more waits. Suspended members are told once they are active again.

        Raises:
            BusUnavailable: the bus is away; what it had taken comes again, under the same ids.
        """
        with self._units.unit_of_work() as uow:
            version = uow.directory_version()
            if version != self._directory_version:
                self._active = frozenset(each.id for each in uow.members.all() if each.status is MemberStatus.ACTIVE)
                self._directory_version = version
            planned = plan_news(uow, self._active, origin=self._origin, now=self._clock())
        if not planned.news:
            return True
        refused = self._hand_over([message for message, _ in planned.messages])
        with self._units.unit_of_work() as uow:
            settle_news(uow, planned, refused, now=self._clock())
        return not planned.has_more

    def _hand_over(self, messages: list[Message]) -> frozenset[int]:
        try:
            self._bus.publish(messages)
        except BusUnavailable as error:
            if error.failed != error.refused:
                raise
            log.warning("finding_news.refused", extra={"reason": str(error), "messages": len(error.refused)})
            return error.refused
        return frozenset()
