"""What a slot of measurement came to, and how pairs of them are summed up: medians, and the median of paired ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One slot. `rate` is per second of wall time; `microseconds` is processor time per event or call, by process."""

    rate: float
    microseconds: dict[str, float] = field(default_factory=dict)
    median_ms: float | None = None
    slow_ms: float | None = None  # 99 of 100 were faster
    clients_share: float | None = None  # of all processor time that the slot took
    count: int = 0
    seconds: float = 0.0

    @property
    def cost(self) -> float:
        """Processor time per event or call of everything that is measured, in microseconds; 0 where unknown."""
        return sum(self.microseconds.values())


Pair = tuple[Figures, Figures | None]


def paired(name: str, pairs: Sequence[Pair], *, unit: str) -> dict[str, Any]:
    """Sum up pairs of slots: the medians of each side, and the medians of the ratios within each pair."""
    ours = [pair[0] for pair in pairs]
    theirs = [pair[1] for pair in pairs if pair[1] is not None]
    result: dict[str, Any] = {"scenario": name, "unit": unit, "platform": _medians(ours)}
    if theirs:
        both = [(mine, other) for mine, other in pairs if other is not None]
        result["baseline"] = _medians(theirs)
        result["ratio"] = {
            "rate": statistics.median(mine.rate / other.rate for mine, other in both),
            "cpu": statistics.median(other.cost / mine.cost for mine, other in both if mine.cost and other.cost),
        }
    return result


def timed(call: Callable[[], object], count: int) -> Figures:
    """Time one call that does so many things, by the clock and by this thread's processor time."""
    started, wall = time.thread_time(), time.perf_counter()
    call()
    used, seconds = time.thread_time() - started, time.perf_counter() - wall
    return Figures(rate=count / seconds, microseconds={"call": used / count * 1e6}, count=count, seconds=seconds)


def taking_turns(
    name: str,
    call: Callable[[], object],
    floor: Callable[[], object],
    counts: tuple[int, int],
    *,
    rounds: int = 7,
    unit: str = "calls/s",
) -> dict[str, Any]:
    """Time a call and its floor in turns, once each to warm up; `counts` says how many things each does."""
    call()
    floor()
    pairs = [(timed(call, counts[0]), timed(floor, counts[1])) for _ in range(rounds)]
    return paired(name, pairs, unit=unit)


def claimed(result: dict[str, Any], text: str, found: float, *, holds: bool) -> dict[str, Any]:
    """Say beside a result what is asked of it, what was found, and whether that is enough."""
    return {**result, "claim": {"text": text, "found": round(found, 3), "holds": holds}}


def at_most_ms(result: dict[str, Any], limit: float, *, slowest: bool = False) -> dict[str, Any]:
    """Ask a result not to exceed so many milliseconds: the median of its slots, or 19 of 20 of them."""
    seconds = sorted(slot["ms"] for slot in result["platform"]["slots"])
    found = seconds[(len(seconds) * 19 - 1) // 20] if slowest else statistics.median(seconds)
    which = "19 of 20 " if slowest else ""
    return claimed(result, f"{which}at most {limit:.0f} ms", found, holds=found <= limit)


def at_least_times(result: dict[str, Any], limit: float) -> dict[str, Any]:
    """Ask a result to be so many times as fast as its baseline, by the clock on the wall within each pair."""
    found = result["ratio"]["rate"]
    return claimed(result, f"at least {limit:g} times as fast", found, holds=found >= limit)


def _medians(slots: Sequence[Figures]) -> dict[str, Any]:
    names = slots[0].microseconds
    medians: dict[str, Any] = {
        "rate": statistics.median(slot.rate for slot in slots),
        "cpu_us": {name: statistics.median(slot.microseconds[name] for slot in slots) for name in names},
        "slots": [
            {"rate": round(s.rate, 1), "count": s.count, "seconds": round(s.seconds, 2), "ms": s.median_ms}
            for s in slots
        ],
    }
    for name in ("median_ms", "slow_ms", "clients_share"):
        values = [value for slot in slots if (value := getattr(slot, name)) is not None]
        if values:
            medians[name] = statistics.median(values)
    return medians
