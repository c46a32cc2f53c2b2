"""Findings as CSV: a line each, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from filiere_platform.domain.finding import Finding, FindingStep, StepKind
from filiere_platform.render.csv_rows import BYTE_ORDER_MARK, Dialect
from filiere_platform.render.finding_table import HEADER, write_findings
from filiere_platform.usecases.findings import finding_as_json


def a_finding(words: str) -> dict[str, Any]:
    step = FindingStep(number=1, kind=StepKind.EXPLAINED, at=2_000_000, actor="token:a", reason="other", words=words)
    finding = Finding(
        id=7,
        rule="event-hash-differs",
        level="warning",
        subject="=1+1",
        low=0,
        high=0,
        log_index=12,
        member_id=1,
        evidence={"index": 12, "found": "été"},
        first_seen=0,
        opens_at=1_000_000,
        step=step,
    )
    return finding_as_json(finding, now=3_000_000)


@pytest.mark.parametrize("dialect", Dialect)
def test_a_line_says_what_the_finding_says(dialect: Dialect) -> None:
    words = 'Deux lignes,\net des "guillemets" ; bien.'
    text = write_findings([a_finding(words)], dialect).decode()
    separator = ";" if dialect is Dialect.FR else ","
    (row,) = csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), delimiter=separator)
    assert tuple(row) == HEADER
    assert (row["id"], row["state"], row["level"], row["version"]) == ("7", "explained", "warning", "1")
    assert (row["explanation_reason"], row["explanation_by"]) == ("other", "token:a")
    assert row["explanation_text"] == words
    assert row["evidence"] == '{"found": "été", "index": 12}'
    assert (row["closedAt"], row["closedBy"]) == ("", "")


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-1", "@x", "\uff1d1"])
def test_a_cell_that_a_spreadsheet_would_compute_is_a_text(words: str) -> None:
    text = write_findings([a_finding(words)], Dialect.RFC4180).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["explanation_text"] == f"'{words}"
    assert row["subject"] == "'=1+1"
