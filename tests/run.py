"""Run the suites, one after another, and print how long each took against its budget.

One list drives `make test`, `make test-quick`, `make check`, `make conformance` and `.ci/run`.
A suite is one or more commands with a budget in seconds, stated here and in docs/testing.md (a test compares them).
A suite over its budget is named in the closing table; one that takes four times its budget is ended and has failed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".work" / "reports"
BIN = Path(sys.executable).parent
PATIENCE = 4  # times its budget, then a suite is ended: some machines take twice as long, a hang must not eat the run
MOST_FAILURES, LONGEST_REASON = 20, 300  # named again under the closing table, with characters of why
WHOLE_BUDGET = 45 * 60  # seconds for everything, on two cores
# A module's tests share what it set up. Three processes, since each waits a third of its time for what others do; the
# modules in the order of their names, since the longest tests would come last in the order of how many there are.
PARALLEL = ("-n", "3", "--dist", "loadscope", "--no-loadscope-reorder")
EMBEDDED_ONLY = ("-m", "not postgresql and not rabbitmq")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Commands with a time budget in seconds; `modes` says which of the make commands run them.

    `folder` names the tests of a pytest suite; while it holds none, the suite does not exist.
    `services` says that its tests need PostgreSQL and RabbitMQ, `browser` that they need Debian's Chromium,
    `programs` that they need programs written elsewhere.
    """

    name: str
    budget: int
    modes: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...] = ()
    folder: str = ""
    options: tuple[str, ...] = ()
    services: bool = False
    browser: bool = False
    programs: bool = False

    def exists(self) -> bool:
        """Say whether there is anything to run."""
        return not self.folder or any((ROOT / self.folder).rglob("test_*.py"))

    @property
    def report(self) -> Path:
        """Where pytest writes what it counted."""
        return REPORTS / f"{self.name}.xml"

    def lines(self) -> tuple[tuple[str, ...], ...]:
        """The commands to run: those given, or pytest on the folder."""
        pytest = (sys.executable, "-m", "pytest", "-q", f"--junitxml={self.report}", *self.options, self.folder)
        return (pytest,) if self.folder else self.commands


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a suite: `tests` and `skipped` are None where it counts nothing; `failures` are lines to print."""

    suite: Suite
    seconds: float
    passed: bool
    tests: int | None = None
    skipped: int | None = None
    failures: tuple[str, ...] = ()


# Declared and not imported, each for its reason: uvicorn finds httptools and websockets by itself, as zoneinfo does
# tzdata; the connectors and the platform stand on the distributions below them before every module that will use them
# exists.
NOT_IMPORTED = "DEP002=httptools|websockets|tzdata|filiere-schemas|filiere-connectors"


def distribution_check(folder: str) -> tuple[str, ...]:
    """Compare the imports of a distribution with the dependencies it declares."""
    return ("deptry", folder, "--config", f"{folder}/pyproject.toml", "--per-rule-ignores", NOT_IMPORTED, "--no-ansi")


CHECKED = ("check", "all")
SUITES: tuple[Suite, ...] = (
    Suite(name="format", commands=(("ruff", "format", "--check", "--quiet", "."),), budget=5, modes=CHECKED),
    Suite(name="lint", commands=(("ruff", "check", "--quiet", "."),), budget=5, modes=CHECKED),
    Suite(name="types", commands=(("mypy",),), budget=45, modes=CHECKED),
    Suite(name="layers", commands=(("lint-imports", "--no-cache"),), budget=5, modes=CHECKED),
    Suite(
        name="dependencies",
        commands=tuple(distribution_check(folder) for folder in ("schemas", "connectors", "platform")),
        budget=10,
        modes=CHECKED,
    ),
    Suite(name="architecture", folder="tests/architecture", budget=50, modes=("check", "quick", "all")),
    Suite(name="units", folder="tests/unit", options=("-n", "2"), budget=120, modes=("quick", "all")),
    Suite(
        name="contracts-embedded",
        folder="tests/contracts",
        options=(*PARALLEL, *EMBEDDED_ONLY),
        budget=90,
        modes=("quick",),
    ),
    Suite(name="contracts", folder="tests/contracts", options=PARALLEL, budget=390, modes=("all",), services=True),
    Suite(name="api", folder="tests/api", options=PARALLEL, budget=710, modes=("all",), services=True),
    Suite(name="cli", folder="tests/cli", options=PARALLEL, budget=110, modes=("all",), services=True),
    Suite(name="connectors", folder="tests/connectors", options=PARALLEL, budget=190, modes=("all",), services=True),
    Suite(name="web", folder="tests/web", options=("-n", "2"), budget=120, modes=("all",), browser=True),
    Suite(
        name="conformance",
        folder="tests/conformance",
        options=PARALLEL,
        budget=60,
        modes=("conformance", "all"),
        services=True,
    ),
    Suite(name="others", folder="tests/others", budget=100, modes=("all",), services=True, programs=True),
    Suite(name="scenarios", folder="tests/scenarios", options=PARALLEL, budget=270, modes=("all",), services=True),
    Suite(name="image", folder="tests/image", budget=60, modes=("all",)),
    Suite(name="faults", folder="tests/faults", budget=430, modes=("all",), services=True),
)


def main(mode: str) -> int:
    """Run every suite of a mode; the exit status is 0 only when all of them passed."""
    chosen = [suite for suite in SUITES if mode in suite.modes and suite.exists()]
    print(f"{mode}: {len(chosen)} suites, time budget {sum(suite.budget for suite in chosen)} s", flush=True)
    REPORTS.mkdir(parents=True, exist_ok=True)
    with provided_services(chosen) as environment:
        results = [run(suite, environment) for suite in chosen]
    print(closing_table(results))
    return 0 if results and all(result.passed for result in results) else 1


def run(suite: Suite, environment: Mapping[str, str]) -> Result:
    """Run a suite's commands; it passes when each exits with 0 in time, and in CI only if nothing was skipped."""
    print(f"\n=== {suite.name} (budget {suite.budget} s)", flush=True)
    suite.report.unlink(missing_ok=True)
    start = time.monotonic()
    passed = True
    for command in suite.lines():
        left = suite.budget * PATIENCE - (time.monotonic() - start)
        passed = run_command(command, environment, seconds=left) and passed
    tests, skipped = counted(suite.report)
    if suite.folder and environment.get("CI") and (skipped or not tests):
        print(f"{suite.name}: {skipped} of {tests} tests skipped, and in CI nothing may be", flush=True)
        passed = False
    return Result(
        suite=suite,
        seconds=time.monotonic() - start,
        passed=passed,
        tests=tests,
        skipped=skipped,
        failures=failures(suite.report),
    )


def run_command(command: Sequence[str], environment: Mapping[str, str], *, seconds: float) -> bool:
    """Run one command within a time; what it started ends with it."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, process_group=0)
    try:
        return process.wait(timeout=max(seconds, 1)) == 0
    except subprocess.TimeoutExpired:
        print(f"ended after {seconds:.0f} s: {' '.join(command)}", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        # Whatever outlived its leader is in its group still.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def counted(report: Path) -> tuple[int | None, int | None]:
    """How many tests a pytest report counts, and how many of them were skipped."""
    if not report.exists():
        return None, None
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - pytest wrote it a moment ago
    return sum(int(s.get("tests", 0)) for s in suites), sum(int(s.get("skipped", 0)) for s in suites)


def failures(report: Path) -> tuple[str, ...]:
    """Name the tests that failed in a pytest report, each with the beginning of why, as it will be read at the end."""
    if not report.exists():
        return ()
    lines = []
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        for verdict in (*case.iter("failure"), *case.iter("error")):
            why = " ".join(verdict.get("message", "").split())
            lines.append(f"{case.get('classname')}.{case.get('name')}: {why[:LONGEST_REASON]}")
    return tuple(lines)


@contextlib.contextmanager
def provided_services(suites: Sequence[Suite]) -> Iterator[Mapping[str, str]]:
    """Find or start what the suites need, once for all of them, and name it in their environment."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    with contextlib.ExitStack() as running:
        if any(suite.browser for suite in suites):
            import browsers

            try:
                print(f"chromium: {browsers.provide(install=True)}", flush=True)
            except browsers.BrowserMissingError as error:
                print(f"!!! {error}\n!!! tests that need a browser will be SKIPPED", flush=True)
        if any(suite.programs for suite in suites):
            import programs

            for missing in programs.provide_all(install=True):
                print(f"!!! {missing}\n!!! tests that need it will be SKIPPED", flush=True)
        if any(suite.services for suite in suites):
            # Here, because `make check` must not need the database and broker clients.
            import services

            for name, variable in (
                ("postgresql", services.DATABASE_VARIABLE),
                ("rabbitmq", services.BROKER_VARIABLE),
            ):
                try:
                    service = services.provide(name, install=True)
                except services.ServiceMissingError as error:
                    print(f"!!! {error}\n!!! tests that need {name} will be SKIPPED", flush=True)
                    continue
                running.callback(service.close)
                environment[variable] = service.url
                print(f"{name}: {service.origin}", flush=True)
        yield environment


def closing_table(results: Sequence[Result]) -> str:
    """The times against the budgets, what failed or was skipped, and the closing count on a line of its own."""
    rows = ["", f"{'suite':<20} {'seconds':>8} {'budget':>7} {'tests':>7} {'skipped':>8}"]
    for result in results:
        verdict = "passed" if result.passed else "FAILED"
        over = ", OVER BUDGET" if result.seconds > result.suite.budget else ""
        tests, skipped = ("" if n is None else str(n) for n in (result.tests, result.skipped))
        rows.append(
            f"{result.suite.name:<20} {result.seconds:>8.1f} {result.suite.budget:>7} {tests:>7} {skipped:>8}"
            f"  {verdict}{over}"
        )
    if failed := [line for result in results for line in result.failures]:
        rows += ["", *(f"FAILED {line}" for line in failed[:MOST_FAILURES])]
        rows += [f"and {len(failed) - MOST_FAILURES} more"] if len(failed) > MOST_FAILURES else []
    if lost := sum(result.skipped or 0 for result in results):
        rows += ["", f"!!! {lost} TESTS WERE SKIPPED: this run did not test everything"]
    spent, budget = sum(r.seconds for r in results), sum(r.suite.budget for r in results)
    passed = sum(result.passed for result in results)
    rows += ["", f"{spent:.0f} s of a budget of {budget} s", f"suites: {passed} passed, {len(results) - passed} failed"]
    return "\n".join(rows)


def _end(number: int, _frame: object) -> None:
    # Turned into an exception, so that what was started is ended on the way out.
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
