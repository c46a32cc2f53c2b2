"""No text that somebody typed is computed by who opens a file of ours, whichever of them it is."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.table_text import guarded, unguarded
from filiere_platform.render.csv_rows import Dialect, write_csv
from filiere_platform.render.table_file import write_table
from filiere_schemas.spreadsheet import COMPUTED, as_text

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]


@pytest.mark.parametrize("sign", SIGNS)
def test_every_writer_shows_a_formula_as_text(sign: str) -> None:
    cell = f"{sign}HYPERLINK(1)"
    assert as_text(cell) == f"'{cell}"
    for written in (
        write_table(["a"], [[cell]]).decode("utf-8-sig"),
        "".join(write_csv(["a"], [[cell]], Dialect.RFC4180)),
        "".join(write_csv(["a"], [[cell]], Dialect.FR)).removeprefix("\ufeff"),
    ):
        (_, (found,)) = csv.reader(io.StringIO(written, newline=""), delimiter=";")
        assert found.startswith("'")
    assert guarded(cell).startswith("'")


@given(st.text(max_size=20))
def test_nothing_that_is_written_is_computed_and_what_was_exported_is_read_back(text: str) -> None:
    assert as_text(text)[:1] not in COMPUTED
    assert guarded(text)[:1] not in COMPUTED
    assert unguarded(guarded(text)) == text
