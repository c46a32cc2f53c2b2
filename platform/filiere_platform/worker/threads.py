"""The threads of the workers within a process that runs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

JOIN_SECONDS = 15.0  # a worker finishes what it has in hand before the process ends


def _nothing() -> None:
    """Wake nobody: the workers run in a process of their own and look by themselves."""


@dataclass(frozen=True, kw_only=True)
class Workers:
    """The threads of the workers; none where another process runs them."""

    threads: tuple[threading.Thread, ...] = ()
    wake: Callable[[], None] = _nothing

    @classmethod
    def of(
        cls, bodies: Mapping[str, Callable[[threading.Event], None]], stop: threading.Event, *, wake: Callable[[], None]
    ) -> Workers:
        """Give each body a thread of its name; it runs until told to stop."""
        named = (threading.Thread(target=body, args=(stop,), name=name, daemon=True) for name, body in bodies.items())
        return cls(threads=tuple(named), wake=wake)

    def beside(self, bodies: Mapping[str, Callable[[threading.Event], None]], stop: threading.Event) -> Workers:
        """Give some more bodies a thread each, beside those that are there; before any is started."""
        return Workers(threads=self.threads + Workers.of(bodies, stop, wake=self.wake).threads, wake=self.wake)

    @property
    def are_alive(self) -> dict[str, bool]:
        """Which threads run, by name."""
        return {thread.name: thread.is_alive() for thread in self.threads}

    def start(self) -> None:
        """Start the threads."""
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        """Wait until the threads have finished what they had in hand."""
        for thread in self.threads:
            thread.join(JOIN_SECONDS)
