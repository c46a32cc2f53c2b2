"""The worker that shuts suspended members' programs out of the broker and lets them back in: one process leads."""

from __future__ import annotations

import logging
import threading
import time

from filiere_platform.domain.broker_access import AccessFault, BrokerAccessUnknown
from filiere_platform.usecases.broker_users import CURSOR, BrokerUsers
from filiere_platform.usecases.ports import Leadership, UnitsOfWork
from filiere_platform.worker.following import PAUSE, follow_log

LEADERSHIP = "broker-users"
LOOK_EVERY = 60.0  # seconds: somebody else may have changed a user at the broker

log = logging.getLogger(__name__)


class BrokerUserKeeper:
    """Keeps members' users as long as it runs and leads; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        users: BrokerUsers,
        pause: float = PAUSE,
        look_every: float = LOOK_EVERY,
    ) -> None:
        """Build a keeper; `pause` between looks at the directory and `look_every` at the broker are in seconds."""
        self._units = units
        self._leadership = leadership
        self._users = users
        self._pause = pause
        self._look_every = look_every
        self._kept: int | None = None  # version of the directory
        self._due = 0.0

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop; what fails is tried again."""
        follow_log(
            stop,
            name=LEADERSHIP,
            leadership=self._leadership,
            keep_round=self.keep,
            pause=self._pause,
            moved=BrokerAccessUnknown,
        )

    def keep(self) -> bool:
        """Make the broker follow the directory where it changed, or where it is time to look again; always true.

        Raises:
            BrokerAccessUnknown: the broker's management did not answer, or refused.
        """
        with self._units.unit_of_work() as uow:
            version = uow.directory_version()
            if version == self._kept and time.monotonic() < self._due:
                return True
            members = uow.members.all()
        for fault in self._users.keep(members):
            if fault.what is not AccessFault.ABSENT:
                log.warning("broker.user_put_right", extra={"member": fault.member.id, "found": fault.what.value})
        with self._units.unit_of_work() as uow:
            uow.cursors.move(CURSOR, version)
        self._kept, self._due = version, time.monotonic() + self._look_every
        return True
