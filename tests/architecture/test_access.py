"""The expected answers of the access matrix are read by tests alone: code that reads its own oracle always agrees."""

from __future__ import annotations

from codebase import PACKAGES, ROOT, source_files, tracked_files

FOLDER = "vectors/access"


def test_no_code_names_the_matrix() -> None:
    assert [file.name for file in source_files((*PACKAGES, "benchmarks")) if "access_matrix" in file.text] == []
    assert [file.name for file in source_files((*PACKAGES, "benchmarks")) if FOLDER in file.text] == []


def test_no_file_that_is_installed_carries_the_matrix() -> None:
    matrix = {path.name for path in (ROOT / "tests" / FOLDER).glob("*.csv")}
    assert matrix
    installed = ("platform/", "schemas/", "connectors/")
    names = [path.relative_to(ROOT) for path in tracked_files()]
    assert [str(n) for n in names if str(n).startswith(installed) and "access" in n.parts and n.name in matrix] == []
