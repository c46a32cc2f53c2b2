"""Each folder of tests/vectors/provenance gets the verdict, the step and the words that it says: a case is a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codebase import ROOT
from filiere_schemas.provenance.verify_cli import verify

FOLDER = ROOT / "tests" / "vectors" / "provenance"
CASES = sorted(path.parent for path in FOLDER.glob("*/case.json"))
EACH = pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)


def command(folder: Path, *more: str) -> list[str]:
    """How the verifier is called in a case."""
    what = (
        [str(folder / "lot.zip")]
        if (folder / "lot.zip").exists()
        else [str(folder / "record.jws"), "--proof", str(folder / "record.tlog-proof")]
    )
    return [*what, "--trust", str(folder / "trust.txt"), *expected(folder)["arguments"], *more]


def expected(folder: Path) -> dict[str, object]:
    return json.loads((folder / "case.json").read_text(encoding="utf-8"))


@EACH
def test_a_case_gets_its_verdict_at_its_step(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = expected(folder)
    assert verify(command(folder, "--json", "--lang", "en")) == case["status"]
    told = json.loads(capsys.readouterr().out)
    if case["status"]:
        assert (told["step"], [problem["code"] for problem in told["problems"]]) == (case["step"], case["codes"])
    else:
        assert [remark["code"] for step in told["steps"] for remark in step["remarks"]] == case["codes"]


@EACH
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_case_is_said_line_by_line(folder: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    verify(command(folder, "--lang", language))
    lines = (folder / f"expected.{language}.txt").read_text(encoding="utf-8")
    assert capsys.readouterr().out == lines


@EACH
def test_a_case_is_named_for_its_verdict_and_a_failing_one_has_a_twin_that_holds(folder: Path) -> None:
    case = expected(folder)
    assert folder.name.endswith("_fail") == bool(case["status"])
    assert (folder / "README.md").read_text(encoding="utf-8").count("\n\n") == 1
    if case["status"]:
        assert expected(FOLDER / str(case["twin"]))["status"] == 0
