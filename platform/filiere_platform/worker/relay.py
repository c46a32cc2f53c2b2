"""The relay's worker: one process leads, hands over what is new, waits out a bus or database that is away.

Rounds follow each other without a pause while there is something to relay. A round that the bus fails is tried again
after a back-off with jitter, and stopped members are refilled one round at a time, so that neither a broker nor a
member who comes back is met by a rush.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from filiere_platform.domain.deliveries import Delivery
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.ports import Bus, Leadership, UnitsOfWork
from filiere_platform.usecases.relay import (
    EVERYBODY,
    ROUND,
    LeadershipLost,
    Plan,
    Share,
    note_queues,
    plan_refill,
    plan_round,
    probes,
    settle,
    stopped_members,
)
from filiere_schemas.backoff import full_jitter

# All in seconds.
IDLE_PAUSE = 0.2  # until somebody wakes the relay, or looks again whether another process has stored something
BRISK_PAUSE = 0.01  # the same, after a round that took no time; one that took longer is rested from as long
STANDBY_PAUSE = 2.0  # until a relay that does not lead asks again
FIRST_WAIT = 0.2
LONGEST_WAIT = 10.0
LONGEST_REFILL_WAIT = 60.0
# Stopped members that are offered something between two rounds of new grants, and the grants of a first offer to one
# that refused the last: most of a sector may be asleep, and those who are awake do not wait for them.
LOOK_SECONDS = 60.0  # between two looks whether the members' queues are there
MOST_REFILLS = 8
TRIAL = 100

logger = logging.getLogger(__name__)
_draw = random.SystemRandom().random


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatus:
    """What the relay of this process is doing; `position` is its cursor, None before the first look."""

    leads: bool = False
    position: int | None = None
    messages: int = 0  # confirmed since the process started
    stopped: frozenset[int] = frozenset()
    waits_for: str = ""  # why the last round failed


@dataclass(slots=True)
class _Patience:
    """When a stopped member is offered something again."""

    failures: int = 0
    due: float = field(default_factory=time.monotonic)

    def postpone(self) -> None:
        self.failures += 1
        wait = full_jitter(self.failures, first=FIRST_WAIT, longest=LONGEST_REFILL_WAIT, draw=_draw())
        self.due = time.monotonic() + wait


class Relay:
    """Relays as long as it runs and leads; `run` is a thread's body, `run_once` a command's."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        bus: Bus,
        origin: str,
        clock: Callable[[], int],
        limit: int = ROUND,
        share: Share = EVERYBODY,
    ) -> None:
        """Build the relay of a share's members.

        Args:
            units: the database.
            leadership: of all processes, who relays this share.
            bus: where messages go.
            origin: the log's name.
            clock: microseconds since 1970.
            limit: how many grants one round takes.
            share: whose members it delivers to.
        """
        self._units = units
        self._leadership = leadership
        self._bus = bus
        self._origin = origin
        self._clock = clock
        self._limit = limit
        self.share = share
        self._wake = threading.Event()
        self._directory_version = -1
        self._members: tuple[Member, ...] = ()
        self._patience: dict[int, _Patience] = {}
        self._confirmed = 0
        self._look_due = 0.0  # monotonic
        self.status = RelayStatus()

    def wake(self) -> None:
        """Say that something was stored. Safe from any thread."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until told to stop; a last round takes what was stored by then."""
        failures = 0
        while not stop.is_set():
            try:
                with self._leadership(self.share.cursor) as leads:
                    if leads:
                        failures = 0
                        self._lead(stop, leads)
                        continue
                self.status = RelayStatus(messages=self._confirmed)
                stop.wait(STANDBY_PAUSE)
                continue
            except (StoreUnavailable, LeadershipLost) as error:
                # Leadership is asked for anew: it may have gone with the connection.
                logger.warning("relay.waits", extra={"reason": str(error) or type(error).__name__})
            except Exception:
                # A fault of ours, perhaps in one record: said as loudly as can be, and tried again, since a relay that
                # ends in silence is noticed by nobody until a member asks.
                logger.exception("relay.failed")
            failures += 1
            self.status = RelayStatus(messages=self._confirmed, waits_for="database")
            stop.wait(full_jitter(failures, first=FIRST_WAIT * 4, longest=LONGEST_WAIT, draw=_draw()))

    def run_once(self) -> bool:
        """Relay everything stored so far; False where another process leads, which then does.

        Raises:
            BusUnavailable: the bus is away.
            StoreUnavailable: the database is away.
        """
        with self._leadership(self.share.cursor) as leads:
            if leads:
                while self._round():
                    pass
            return bool(leads)

    def _lead(self, stop: threading.Event, leads: object) -> None:
        """Relay as long as this process leads; `leads` is true until it is seen that it does not."""
        failures, pause = 0, IDLE_PAUSE
        while leads:
            stopping = stop.is_set()
            self._wake.clear()
            confirmed, started = self._confirmed, time.monotonic()
            try:
                busy = self._round()
                self._look_for_queues()
            except BusUnavailable as error:
                if stopping:
                    return
                failures += 1
                logger.warning("relay.bus_unavailable", extra={"reason": str(error), "failures": failures})
                self._tell(waits_for=str(error))
                stop.wait(full_jitter(failures, first=FIRST_WAIT, longest=LONGEST_WAIT, draw=_draw()))
                continue
            failures = 0
            if stopping:
                return
            # What comes often is looked for often, and at most half of the time: a machine that has much to do makes
            # rounds long, and longer rounds carry more.
            moved = self._confirmed > confirmed
            pause = min(max(BRISK_PAUSE, time.monotonic() - started) if moved else 2 * pause, IDLE_PAUSE)
            if not busy:
                self._wake.wait(pause)

    def _round(self) -> bool:
        """Relay one round of new grants and one of each stopped member that is due; says whether more waits.

        Raises:
            BusUnavailable: the bus is away; what it confirmed before is settled.
        """
        with self._units.unit_of_work() as uow:
            version = uow.directory_version()
            if version != self._directory_version:
                self._members, self._directory_version = tuple(uow.members.all()), version
            plan = plan_round(
                uow,
                members=self._members,
                origin=self._origin,
                now=self._clock(),
                limit=self._limit,
                share=self.share,
            )
            stopped = {member for member in stopped_members(uow) if self.share.has(member)}
        self._patience = {member: self._patience.get(member) or _Patience() for member in stopped}
        position = self._hand_over(plan)
        refills = [self._refill(member) for member in self._due(stopped)]
        self._tell(position=position, stopped=frozenset(self._patience))
        return plan.is_full or any(refills)

    def _look_for_queues(self) -> None:
        """Look now and then whether a queue was removed: what others received meanwhile, its member did not."""
        if time.monotonic() < self._look_due:
            return
        self._look_due = time.monotonic() + LOOK_SECONDS
        with self._units.unit_of_work() as uow:
            seen_at = uow.cursors.read(self.share.cursor)
        active = [each.id for each in self._members if each.status is MemberStatus.ACTIVE and self.share.has(each.id)]
        missing = self._bus.missing(active)
        with self._units.unit_of_work() as uow:
            going_back = note_queues(uow, self.share, missing, seen_at=seen_at)
        if going_back:
            logger.warning("relay.queues_missing", extra={"members": sorted(going_back)})

    def _due(self, stopped: Collection[int]) -> list[Member]:
        """Choose the stopped members that are offered something now, those who wait longest first."""
        now = time.monotonic()
        due = [
            member
            for member in self._members
            if member.id in stopped and member.status is MemberStatus.ACTIVE and self._patience[member.id].due <= now
        ]
        return sorted(due, key=lambda member: self._patience[member.id].due)[:MOST_REFILLS]

    def _refill(self, member: Member) -> bool:
        """Offer a stopped member what it missed; says whether more waits that it may take."""
        patience = self._patience[member.id]
        limit = min(self._limit, TRIAL) if patience.failures else self._limit
        with self._units.unit_of_work() as uow:
            plan = plan_refill(
                uow, member=member, origin=self._origin, now=self._clock(), limit=limit, share=self.share
            )
        if plan is None:
            del self._patience[member.id]
            logger.info("relay.member_caught_up", extra={"member": member.id})
            return False
        try:
            moved = self._hand_over(plan) != plan.after
        except BusUnavailable as error:
            if error.failed != error.refused:
                raise
            moved = False
        if moved:
            patience.failures = 0
        else:
            patience.postpone()
        return moved

    def _hand_over(self, plan: Plan) -> int:
        """Publish a plan and settle it; gives where its cursor stands now.

        Raises:
            BusUnavailable: the bus is away; what it confirmed is settled.
        """
        failure: BusUnavailable | None = None
        stop: Sequence[tuple[int, Delivery]] = ()
        try:
            self._bus.publish(plan.messages)
        except BusUnavailable as error:
            failure = error
            if error.failed == error.refused:
                stop = self._in_the_way(plan, error)
        self._confirmed += len(plan.deliveries) - (len(failure.failed) if failure else 0)
        if plan.reach == plan.after:
            return plan.after
        with self._units.unit_of_work() as uow:
            position = settle(uow, plan, failure, stop)
        for member, delivery in stop:
            logger.warning("relay.member_stopped", extra={"member": member, "grant": delivery.first_grant})
            if member not in self._patience:
                self._patience[member] = _Patience()
                self._patience[member].postpone()
        if failure is not None and not stop:
            raise failure
        return position

    def _in_the_way(self, plan: Plan, failure: BusUnavailable) -> Sequence[tuple[int, Delivery]]:
        """Find out whose queue refuses, by offering each recipient's first refused message to it alone.

        Raises:
            BusUnavailable: the bus went away meanwhile.
        """
        suspects = probes(plan, failure.refused)
        try:
            self._bus.publish([delivery.message for _, delivery in suspects])
        except BusUnavailable as error:
            if error.failed != error.refused:
                raise
            return [suspects[position] for position in sorted(error.refused)]
        return ()

    def _tell(self, *, position: int | None = None, stopped: frozenset[int] | None = None, waits_for: str = "") -> None:
        known = self.status
        self.status = RelayStatus(
            leads=True,
            position=known.position if position is None else position,
            messages=self._confirmed,
            stopped=known.stopped if stopped is None else stopped,
            waits_for=waits_for,
        )
