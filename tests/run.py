"""Run the suites, one after another, and print how long each took against its budget.

One list drives `make test`, `make test-quick`, `make check`, `make conformance` and `.ci/run`.
A suite is a command; its budget in seconds is stated here and in docs/testing.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTEST = (str(BIN / "python"), "-m", "pytest", "-q")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A command with a time budget in seconds; `modes` says which commands run it."""

    name: str
    command: tuple[str, ...]
    budget: int
    modes: tuple[str, ...]


SUITES: tuple[Suite, ...] = (
    Suite(name="format", command=(str(BIN / "ruff"), "format", "--check", "."), budget=5, modes=("check", "all")),
    Suite(name="lint", command=(str(BIN / "ruff"), "check", "."), budget=10, modes=("check", "all")),
    Suite(name="types", command=(str(BIN / "mypy"),), budget=60, modes=("check", "all")),
    Suite(name="units", command=(*PYTEST, "tests/unit"), budget=150, modes=("quick", "all")),
)


def main(mode: str) -> int:
    """Run every suite of a mode; the exit status is 0 only when all of them passed."""
    rows: list[tuple[str, float, int, bool]] = []
    for suite in (s for s in SUITES if mode in s.modes):
        print(f"\n=== {suite.name} (budget {suite.budget} s)", flush=True)
        start = time.monotonic()
        environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        code = subprocess.run(suite.command, cwd=ROOT, env=environment, check=False).returncode
        rows.append((suite.name, time.monotonic() - start, suite.budget, code == 0))
    print("\nsuite               seconds  budget")
    for name, seconds, budget, passed in rows:
        over = "  OVER BUDGET" if seconds > budget else ""
        print(f"{name:<18} {seconds:>8.1f} {budget:>7}  {'passed' if passed else 'FAILED'}{over}")
    failed = sum(not passed for *_, passed in rows)
    print(f"suites: {len(rows) - failed} passed, {failed} failed in {sum(r[1] for r in rows):.0f} s")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
