"""Several processes relay at once: each leads its part of the shares, and another takes over what one leaves behind.

Members are dealt out to a fixed number of shares. Each process that relays holds a numbered seat, by a lock, and looks
every few seconds how many seats are held: that tells it how many shares are its own. One that holds too many stops
relaying some, one that holds too few takes those that nobody leads. Each share's relay leads by a lock of its own, so
that nobody is delivered to twice by a process whose count is a moment old.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.ports import Leaders, Leadership, Leading, UnitsOfWork
from filiere_platform.usecases.relay import LeadershipLost, Share, found_shares
from filiere_platform.worker.relay import FIRST_WAIT, LONGEST_WAIT, STANDBY_PAUSE, Relay, RelayStatus
from filiere_schemas.backoff import full_jitter

FOUNDING = "relay.shares"
SEAT = "relay.seat."
STOP_SECONDS = 15.0  # a relay finishes its round before its share is somebody else's

logger = logging.getLogger(__name__)
_draw = random.SystemRandom().random


@dataclass(slots=True)
class _Running:
    """The relay of one share in a thread of its own."""

    relay: Relay
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)
    looks: int = 0  # at which somebody else was seen to lead its share

    def __post_init__(self) -> None:
        name = self.relay.share.cursor
        self.thread = threading.Thread(target=self.relay.run, args=(self.stop,), name=name, daemon=True)
        self.thread.start()


class RelayShares:
    """Runs the relays of this process's shares; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        leadership: Leadership,
        leaders: Leaders,
        relay: Callable[[Share], Relay],
        count: int = 1,
        pause: float = STANDBY_PAUSE,
    ) -> None:
        """Build the keeper of this process's shares.

        Args:
            units: the database.
            leadership: the locks of seats and shares.
            leaders: which of them are held.
            relay: builds the relay of a share.
            count: into how many shares the members are dealt out; the same in every process.
            pause: seconds between two looks at who holds what.
        """
        self._units = units
        self._leadership = leadership
        self._leaders = leaders
        self._relay = relay
        self._shares = [Share(number, count) for number in range(count)]
        self._seats = [f"{SEAT}{number}of{count}" for number in range(count)]
        self._pause = pause
        self._running: dict[Share, _Running] = {}

    @property
    def statuses(self) -> dict[Share, RelayStatus]:
        """What the relays of this process are doing."""
        return {share: running.relay.status for share, running in list(self._running.items())}

    def wake(self) -> None:
        """Say that something was stored. Safe from any thread."""
        for running in list(self._running.values()):
            running.relay.wake()

    def run(self, stop: threading.Event) -> None:
        """Hold a seat and relay its shares until told to stop; a last round takes what was stored by then."""
        failures = 0
        while not stop.is_set():
            try:
                with self._a_seat() as (name, seat):
                    if seat and self._found():
                        failures = 0
                        self._keep(name, seat, stop)
                stop.wait(0 if stop.is_set() else self._pause)
                continue
            except (StoreUnavailable, LeadershipLost) as error:
                logger.warning("relay.waits", extra={"reason": str(error) or type(error).__name__})
            except Exception:
                logger.exception("relay.failed")
            failures += 1
            stop.wait(full_jitter(failures, first=FIRST_WAIT * 4, longest=LONGEST_WAIT, draw=_draw()))

    @contextmanager
    def _a_seat(self) -> Iterator[tuple[str, Leading]]:
        """Take the first seat that is free; false where none is, and this process stands by."""
        taken = self._leaders(self._seats)
        for name in self._seats:
            if name not in taken:
                with self._leadership(name) as seat:
                    if seat:
                        yield name, seat
                        return
        yield "", False

    def _found(self) -> bool:
        """Give the shares their cursors, unless another process is about it: then this one looks again."""
        with self._leadership(FOUNDING) as leads:
            if not leads:
                return False
            with self._units.unit_of_work() as uow:
                if found_shares(uow, len(self._shares)):
                    logger.warning("relay.shares_changed", extra={"count": len(self._shares)})
        return True

    def _keep(self, name: str, seat: Leading, stop: threading.Event) -> None:
        try:
            while seat and not stop.is_set():
                self._balance(name)
                stop.wait(self._pause)
        finally:
            self._give_up(list(self._running))

    def _balance(self, name: str) -> None:
        """Take shares that nobody leads, or give some up, until this process has as many as its seat is due."""
        led = self._leaders([*self._seats, *(share.cursor for share in self._shares)])
        due = self._due(name, led)
        for running in self._running.values():
            elsewhere = running.relay.share.cursor in led and not running.relay.status.leads
            running.looks = running.looks + 1 if elsewhere else 0
        beaten = [share for share, running in self._running.items() if running.looks > 1]
        kept = [share for share in self._running if share not in beaten]
        self._give_up([*beaten, *kept[due:]])
        free = [share for share in self._shares if share not in self._running and share.cursor not in led]
        for share in free[: max(0, due - len(self._running))]:
            self._running[share] = _Running(self._relay(share))

    def _due(self, name: str, led: Collection[str]) -> int:
        """How many shares this seat is due: the same for all, and one more for the first seats where some are left."""
        held = [seat for seat in self._seats if seat in led or seat == name]
        share, left = divmod(len(self._shares), len(held))
        return share + (held.index(name) < left)

    def _give_up(self, shares: Collection[Share]) -> None:
        leaving = [self._running[share] for share in shares]
        for running in leaving:
            running.stop.set()
            running.relay.wake()
        for share, running in zip(shares, leaving, strict=True):
            running.thread.join(STOP_SECONDS)
            del self._running[share]
