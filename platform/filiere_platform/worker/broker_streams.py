"""The worker that writes members' streams on the broker; of all processes one leads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from filiere_platform.domain.member import Member
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.usecases.broker_streams import StreamPlan, plan_stream, settle_stream, streaming_members
from filiere_platform.usecases.ports import Bus, Leadership, UnitsOfWork
from filiere_platform.worker.following import follow_log

LEADERSHIP = "broker-streams"
PAUSE = 0.25  # seconds until it is looked again what is new

log = logging.getLogger(__name__)


class StreamWriter:
    """Writes as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self, *, units: UnitsOfWork, leadership: Leadership, bus: Bus, origin: str, clock: Callable[[], int]
    ) -> None:
        """Build a writer; `bus` reaches streams, `clock` gives microseconds since 1970."""
        self._units = units
        self._leadership = leadership
        self._bus = bus
        self._origin = origin
        self._clock = clock
        self._members: dict[int, Member] = {}
        self._directory_version = -1

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop; what fails is tried again."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self.write_round,
            pause=PAUSE,
            moved=BusUnavailable,
        )
        self._bus.close()

    def write_round(self) -> bool:
        """Write what is next to each stream; says whether nothing more waits.

        Raises:
            BusUnavailable: the broker is away; what it had confirmed may come again, under the same ids.
        """
        with self._units.unit_of_work() as uow:
            version = uow.directory_version()
            if version != self._directory_version:
                self._members = {member.id: member for member in uow.members.all()}
                self._directory_version = version
            streams, grants = streaming_members(uow), uow.log.head().grants
        behind = [self._members[member] for member, after in streams.items() if after < grants]
        waiting = [self._write(member, streams[member.id]) for member in behind]
        return not any(waiting)

    def _write(self, member: Member, after: int) -> bool:
        """Write one member's next events; says whether more waits."""
        with self._units.unit_of_work() as uow:
            plan = plan_stream(uow, member, after=after, origin=self._origin, now=self._clock())
        if plan.reach == plan.after or not self._is_taken(plan):
            return False
        with self._units.unit_of_work() as uow:
            settled = settle_stream(uow, plan)
        return settled and plan.has_more

    def _is_taken(self, plan: StreamPlan) -> bool:
        """Hand a plan over; False where this one stream did not take it, which keeps no other from its own.

        Raises:
            BusUnavailable: the broker is away.
        """
        try:
            self._bus.publish(plan.messages)
        except BusUnavailable as error:
            if error.failed != error.refused:
                raise
            log.warning("streams.refused", extra={"member": plan.member_id, "reason": str(error)})
            return False
        return True
