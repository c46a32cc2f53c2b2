"""Buses that fail in the middle of what they were handed."""

from __future__ import annotations

from filiere_platform.domain.message import BusUnavailable


class LosingBus:
    """A bus that goes away in the middle: it takes the first messages of a call, and not the rest."""

    def __init__(self, bus, takes: int) -> None:
        self._bus = bus
        self.takes = takes

    def publish(self, messages) -> None:
        self._bus.publish(messages[: self.takes])
        if len(messages) > self.takes:
            raise BusUnavailable("away", failed=range(self.takes, len(messages)))

    def missing(self, members) -> set[int]:
        return self._bus.missing(members)

    def close(self) -> None:
        pass


class CrashingBus(LosingBus):
    """A bus after whose confirms the process dies."""

    def publish(self, messages) -> None:
        self._bus.publish(messages[: self.takes])
        raise KeyboardInterrupt
