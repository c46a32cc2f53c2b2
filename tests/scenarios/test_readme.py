"""The README's first ten minutes run as they are printed, one block after the other, in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builders.typed import SERVER_ANSWERS, typed
from codebase import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- runs: ([a-z ]+) -->\n```sh\n(.*?)```", re.DOTALL)


def test_the_first_ten_minutes_of_each_reader(tmp_path: Path) -> None:
    blocks = dict(BLOCK.findall(README))
    assert list(blocks) == ["sector body", "manufacturer", "auditor"]
    status, shown = typed(blocks["sector body"] + SERVER_ANSWERS + blocks["manufacturer"] + blocks["auditor"], tmp_path)
    assert status == 0, shown
    assert "HOLDS" in shown
    assert "published 2" in shown
    for secret in ("token.txt", "enrolment.txt"):
        assert (tmp_path / secret).read_text().strip() not in shown


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)", README))))
def test_every_make_target_that_the_readme_names_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


def test_every_settings_variable_that_the_readme_names_is_documented() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    connect = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"FILIERE_[A-Z_]+", README)):
        assert name in operations + connect, name
