"""What is installed is pinned by hash, and the pins name no address."""

from __future__ import annotations

import re

from codebase import ROOT, tracked_files

LOCKS = re.compile(r"(\.lock|-lock\.(json|yaml)|requirements[^/]*\.txt)$")
ADDRESS = re.compile(r"https?://|^-i |--(extra-)?index-url|--find-links", re.MULTILINE)
PINNED = re.compile(r"^[a-z0-9-]+(\[[a-z,]+\])?==\S+")


def test_no_lock_file_holds_an_address() -> None:
    locks = [path for path in tracked_files() if LOCKS.search(path.name)]
    assert locks
    held = {path.name: ADDRESS.findall(path.read_text(encoding="utf-8")) for path in locks}
    assert {name: found for name, found in held.items() if found} == {}


def test_every_dependency_is_pinned_with_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        assert PINNED.match(line), line
        assert "--hash=sha256:" in line, line
