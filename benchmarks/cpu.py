"""Processor time of other processes, from /proc: on a busy machine a better measure than the clock on the wall."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessTree:
    """A process and its children, those that have ended included once they were waited for."""

    pid: int

    def seconds(self) -> float:
        """User and system time used so far. Source: proc(5), /proc/pid/stat, fields 14 to 17."""
        total = sum(sum(_times(pid)) for pid in (self.pid, *_descendants(self.pid)))
        return total / TICKS


class Meter:
    """Reads what named processes use between its start and each reading."""

    def __init__(self, processes: Mapping[str, ProcessTree]) -> None:
        self._processes = processes
        self._start = {name: process.seconds() for name, process in processes.items()}

    def read(self) -> dict[str, float]:
        """Seconds of processor time used since the start, by name."""
        return {name: process.seconds() - self._start[name] for name, process in self._processes.items()}


def _times(pid: int) -> tuple[int, ...]:
    fields = _stat(pid)
    # After the command's closing bracket: fields 14 to 17 are the times of the process and of its ended children.
    return tuple(int(field) for field in fields[11:15]) if fields else ()


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _descendants(root: int) -> list[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            fields = _stat(int(folder.name))
            if fields:
                parents[int(folder.name)] = int(fields[1])
    found, wanted = [], {root}
    while wanted:
        wanted = {pid for pid, parent in parents.items() if parent in wanted}
        found += sorted(wanted)
    return found
