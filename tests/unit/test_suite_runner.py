"""The list of suites, its budgets, and what makes a run fail."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping

import pytest

import run as runner
import servers

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "CI"}


@pytest.fixture
def suite_of(tmp_path, monkeypatch) -> Callable[..., runner.Suite]:
    """Build a pytest suite from the text of its one test file."""
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "REPORTS", tmp_path)

    def build(text: str, *, budget: int = 60) -> runner.Suite:
        folder = tmp_path / "checks"
        folder.mkdir()
        if text:
            (folder / "test_it.py").write_text(text)
        options = ("-p", "no:cacheprovider", "--rootdir", str(tmp_path))
        return runner.Suite(name="sample", folder=str(folder), budget=budget, modes=("all",), options=options)

    return build


def run_in(suite: runner.Suite, extra: Mapping[str, str]) -> runner.Result:
    return runner.run(suite, {**ENVIRONMENT, **extra})


def test_a_suite_passes_when_its_tests_do(suite_of) -> None:
    result = run_in(suite_of("def test_it(): assert True"), {"CI": "true"})
    assert (result.passed, result.tests, result.skipped) == (True, 1, 0)


def test_a_suite_fails_when_one_test_does_and_the_end_says_which_and_why(suite_of) -> None:
    result = run_in(suite_of("def test_a(): assert True\ndef test_b(): assert 'found' == 'wanted'"), {})
    assert not result.passed
    lines = runner.closing_table([result]).splitlines()
    (named,) = [line for line in lines if line.startswith("FAILED")]
    assert "test_it.test_b" in named
    assert "'found' == 'wanted'" in named
    assert lines.index(named) > next(i for i, line in enumerate(lines) if line.startswith("sample"))


def test_the_end_names_some_failures_and_counts_the_rest() -> None:
    suite = runner.Suite(name="bad", budget=10, modes=("all",))
    many = tuple(f"test_{number}: no" for number in range(runner.MOST_FAILURES + 5))
    table = runner.closing_table([runner.Result(suite=suite, seconds=1, passed=False, failures=many)])
    assert table.count("FAILED test_") == runner.MOST_FAILURES
    assert "and 5 more" in table


SKIPPED = "import pytest\ndef test_a(): assert True\ndef test_b(): pytest.skip('no server')"


def test_a_skipped_test_is_counted_on_a_developers_machine_and_fails_in_ci(suite_of) -> None:
    suite = suite_of(SKIPPED)
    at_home, in_ci = run_in(suite, {}), run_in(suite, {"CI": "true"})
    assert (at_home.passed, at_home.skipped) == (True, 1)
    assert not in_ci.passed


def test_a_suite_that_selects_no_test_fails(suite_of) -> None:
    assert not run_in(suite_of("# nothing here"), {}).passed


def test_a_suite_without_test_files_does_not_exist_yet(suite_of) -> None:
    assert not suite_of("").exists()


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path) -> None:
    child = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}, sys.argv[1]])"
    note = tmp_path / "pid"
    assert not runner.run_command((sys.executable, "-c", parent, str(note)), ENVIRONMENT, seconds=1.5)
    assert not _still_runs(int(note.read_text()))


def test_one_failed_suite_fails_the_closing_count() -> None:
    suites = [runner.Suite(name=name, budget=10, modes=("all",)) for name in ("good", "slow", "bad")]
    table = runner.closing_table(
        [
            runner.Result(suite=suites[0], seconds=1, passed=True, tests=3, skipped=1),
            runner.Result(suite=suites[1], seconds=11, passed=True),
            runner.Result(suite=suites[2], seconds=1, passed=False),
        ]
    )
    assert table.endswith("suites: 2 passed, 1 failed")
    assert "1 TESTS WERE SKIPPED" in table
    assert [line.split()[0] for line in table.splitlines() if "OVER BUDGET" in line] == ["slow"]


@pytest.mark.parametrize(("mode", "seconds"), [("check", 60), ("quick", 180), ("all", runner.WHOLE_BUDGET)])
def test_what_a_command_promises_is_what_its_suites_may_take(mode, seconds) -> None:
    # `check` and `quick` promise what they usually take; a budget has slack for a busy machine.
    slack = 1.0 if mode == "all" else 2.0
    assert sum(suite.budget for suite in runner.SUITES if mode in suite.modes) <= seconds * slack


def test_the_documented_budgets_are_the_budgets() -> None:
    text = (runner.ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    documented = {row[0]: int(row[1]) for row in re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", text, re.MULTILINE)}
    assert documented == {suite.name: suite.budget for suite in runner.SUITES}


def _still_runs(pid: int) -> bool:
    for _ in range(20):
        if not servers.runs(pid):
            return False
        time.sleep(0.05)
    return True
