"""Each threat names the tests that play it, and they exist."""

from __future__ import annotations

import re

import pytest

from codebase import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [row for row in PAGE.splitlines() if row.startswith("| **")]
NAMED = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[4:44])
def test_a_threat_is_played_by_tests_that_exist(row: str) -> None:
    named = NAMED.findall(row)
    assert named, "no test plays this attacker"
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_what_is_not_solved_is_said() -> None:
    assert len(PAGE.partition("## What is not solved")[2].splitlines()) > 5
