"""The table of `make conformance`: every test tells what it found by family, and the end of the run prints it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders.judged import PROPERTY, Judge, Verdict, rendered

_VERDICTS: list[Verdict] = []


@pytest.fixture
def judge(record_property: pytest.RecordProperty) -> Iterator[Judge]:
    """Judge official files one by one; see tests/builders/judged.py."""
    judge = Judge()
    yield judge
    for verdict in judge.verdicts:
        record_property(PROPERTY, verdict.text)
    assert not judge.failures, "\n".join(judge.failures)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Gather what tests told, in the process that writes the summary."""
    if report.when == "teardown":
        _VERDICTS.extend(Verdict.of_text(text) for name, text in report.user_properties if name == PROPERTY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if _VERDICTS:
        terminalreporter.section("conformance")
        for line in rendered(_VERDICTS):
            terminalreporter.write_line(line)
