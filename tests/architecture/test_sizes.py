"""A file is one noun and a function one screen."""

from __future__ import annotations

import statistics

from codebase import PACKAGES, source_files

LONGEST_FILE = 400
MEDIAN_FILE = 180
LONGEST_FUNCTION = 60


def test_no_file_is_longer_than_one_noun_needs() -> None:
    assert {f.name: f.length for f in source_files() if f.length > LONGEST_FILE} == {}


def test_the_usual_file_is_read_in_one_go() -> None:
    # An empty __init__.py would flatter the median.
    lengths = [f.length for f in source_files(PACKAGES) if f.length > 1]
    assert statistics.median(lengths) <= MEDIAN_FILE


def test_a_function_fits_a_screen() -> None:
    lengths = {
        f"{file.name}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for file in source_files()
        for function in file.functions()
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
