"""Migrations are one line: each follows one other, and no two the same one."""

from __future__ import annotations

import re

from codebase import ROOT

FOLDER = ROOT / "platform/filiere_platform/store/migrations/versions"
NAMED = {name: re.compile(rf"^{name}.*?= (None|\"[^\"]+\")", re.MULTILINE) for name in ("revision", "down_revision")}


def test_each_migration_follows_one_other_and_their_numbers_follow_each_other() -> None:
    files = sorted(FOLDER.glob("[0-9]*.py"))
    found = [{name: form.search(path.read_text(encoding="utf-8")) for name, form in NAMED.items()} for path in files]
    revisions = [each["revision"][1] for each in found if each["revision"]]
    assert len(revisions) == len(files)
    assert len(set(revisions)) == len(revisions)
    assert [each["down_revision"][1] for each in found if each["down_revision"]] == ["None", *revisions[:-1]]
    assert [path.name[:4] for path in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
