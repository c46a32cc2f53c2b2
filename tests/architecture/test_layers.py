"""The import contracts hold for the code (suite `layers`) and would not hold for anything: here each is broken once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from codebase import PACKAGES, ROOT

# One import per contract that must break it, and the module to plant it in.
PLANTED = {
    "distributions": ("filiere_connectors/planted.py", "import filiere_platform"),
    "platform": ("filiere_platform/domain/planted.py", "import filiere_platform.usecases.ports"),
    "cycles": ("filiere_schemas/problems.py", "import filiere_schemas.planted"),
    "pure": ("filiere_platform/domain/planted.py", "import socket"),
    "witness": ("filiere_witness/planted.py", "import filiere_connectors"),
    "watched": ("filiere_platform/domain/planted.py", "import filiere_witness.sentences"),
    "agent": ("filiere_connectors/planted.py", "import fastapi"),
    "agent-amqp": ("filiere_connectors/planted.py", "import pika"),
    "sql": ("filiere_platform/usecases/planted.py", "import sqlalchemy"),
    "amqp": ("filiere_platform/usecases/planted.py", "import pika"),
    "settings": ("filiere_platform/usecases/planted.py", "import filiere_platform.settings"),
    "intake": ("filiere_platform/usecases/planted.py", "import filiere_connectors"),
    "store": ("filiere_platform/api/planted.py", "import filiere_platform.store"),
    "http": ("filiere_platform/usecases/planted.py", "import fastapi"),
}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run every contract on a copy of the code in which each is broken; name of contract to verdict."""
    copy: Path = tmp_path_factory.mktemp("planted")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / Path(package).name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "filiere_schemas" / "planted.py").write_text("import filiere_schemas.problems\n")
    for module, line in PLANTED.values():
        with (copy / module).open("a") as file:
            file.write(f"\n{line}\n")
    shutil.copy(ROOT / "pyproject.toml", copy)
    program = str(Path(sys.executable).with_name("lint-imports"))
    # The copy comes before the installed packages on the path, or the copy would not be what is read.
    environment = {**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "1000"}
    done = subprocess.run(
        [program, "--no-cache"], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    lines = dict(re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE))
    return {contract["id"]: lines.get(contract["name"], done.stdout) for contract in CONTRACTS}


def test_every_contract_has_an_import_that_would_break_it() -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_contract_sees_the_import_it_forbids(contract: str, verdicts: dict[str, str]) -> None:
    assert verdicts[contract] == "BROKEN"
