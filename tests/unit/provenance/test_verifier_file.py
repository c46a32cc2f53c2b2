"""The verifier is one file that needs a Python and nothing else, says the same, and opens no connection."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codebase import ROOT
from filiere_schemas.provenance.stored_zip import read_zip

VECTORS = ROOT / "tests" / "vectors" / "provenance"
CASES = ("honest", "rewritten_record_fail", "record_and_proof", "stale_checkpoint_fail", "quorum", "padded_base64_fail")
# Runs the file without the site's packages, and ends at once where it reaches for a connection.
RUN = """
import runpy, sys
def deny(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.")):
        raise SystemExit(f"opened a connection: {event}")
sys.addaudithook(deny)
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    heavy = {"cryptography", "orjson", "lxml", "jsonschema_rs", "msgspec", "biip", "stdnum"} & set(sys.modules)
    if heavy:
        raise SystemExit(f"imported {heavy}")
"""


def build(target: Path) -> Path:
    """Build in a process of its own, as `make verifier` does: it gathers what is imported."""
    command = [sys.executable, str(ROOT / "schemas" / "make_verifier.py"), str(target)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return target


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("verifier") / "filiere-verify.pyz"
    return build(target)


def arguments(folder: Path) -> list[str]:
    case = json_of(folder)
    what = ["lot.zip"] if (folder / "lot.zip").exists() else ["record.jws", "--proof", "record.tlog-proof"]
    return [*what, "--trust", "trust.txt", *case["arguments"]]


def json_of(folder: Path) -> dict[str, list[str]]:
    return json.loads((folder / "case.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_the_file_alone_says_what_the_installed_verifier_says(verifier: Path, name: str) -> None:
    folder = VECTORS / name
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(verifier), *arguments(folder), "--lang", "fr"],
        cwd=folder,
        env={},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert told.stdout.decode() == (folder / "expected.fr.txt").read_text(encoding="utf-8"), told.stderr.decode()
    assert told.returncode == int(name.endswith("_fail"))


def test_the_file_runs_by_itself_in_an_empty_environment(verifier: Path) -> None:
    folder = VECTORS / "honest"
    told = subprocess.run(
        [sys.executable, "-I", "-S", str(verifier), "lot.zip", "--trust", "trust.txt"],
        cwd=folder,
        env={},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 0, told.stderr.decode()


def test_the_same_sources_give_the_same_file(verifier: Path) -> None:
    assert build(verifier.with_name("again.pyz")).read_bytes() == verifier.read_bytes()


def test_the_file_holds_plain_python_alone(verifier: Path) -> None:
    content = verifier.read_bytes()
    names = read_zip(content[content.index(b"\n") + 1 :])
    assert all(name.endswith(".py") for name in names)
    assert {name.split("/")[0] for name in names} == {"__main__.py", "filiere_schemas", "rfc8785"}
