"""The guide `docs/make-your-own-sector.md` is done as it says, in a new folder, with the real commands."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from builders import guide_workbook
from builders.guide import GUIDE, blocks_of
from builders.typed import SERVER_ANSWERS, Typed, typed

_FILLED = "filiere-connect -w forester run"  # before which the workbook is filled in


def follow_guide(folder: Path, guide: Path) -> Typed:
    """Do what the guide says: each file and each block of commands in order, the workbook filled in by hand."""
    fill = shlex.join([sys.executable, guide_workbook.__file__, "forester/workbooks/march.xlsx", str(guide)])
    lines = []
    for file, body in blocks_of(guide.read_text(encoding="utf-8")):
        if file:
            lines.append(f"cat > {file} <<'END-OF-FILE'\n{body}END-OF-FILE\n")
        else:
            lines.append(body.replace(_FILLED, f"{fill}\n{_FILLED}"))
            lines.append(SERVER_ANSWERS if "filiere serve" in body else "")
    return typed("".join(lines), folder)


def test_the_guide_makes_a_sector_whose_every_rule_an_example_breaks_and_an_instance_that_keeps_its_account(
    tmp_path: Path,
) -> None:
    done = follow_guide(tmp_path, GUIDE)
    assert done.status == 0, done.shown
    for rule in (
        "felling.volume",
        "felling.species",
        "delivery.waybill",
        "delivery.certificate",
        "certified-has-claim",
    ):
        assert re.search(rf"^\s*{re.escape(rule)}\s+1$", done.shown, re.MULTILINE), done.shown
    account = done.shown[done.shown.index("certified-credit  credit of certified wood  C-1") :]
    moved = re.findall(r"^  (\S+)T\S+ +\d+ +(\S+) MTQ  = (\S+) MTQ(.*)$", account, re.MULTILINE)
    assert moved == [
        ("2026-03-01", "+12", "12", ""),
        ("2026-03-02", "-5", "7", ""),
        ("2026-03-03", "-8", "-1", "  below the least, 0"),
    ]
    assert "BALANCE  -1 MTQ" in account
    assert re.search(r"^oak,12\b", account, re.MULTILINE), account
    assert re.search(r"certified-credit C-1: this account breaks the limit", account), account


def test_a_guide_that_named_an_unknown_event_in_its_account_would_fail(tmp_path: Path) -> None:
    wrong = tmp_path / "guide.md"
    wrong.write_text(GUIDE.read_text(encoding="utf-8").replace('adds = ["felling"]', 'adds = ["sawing"]'))
    (tmp_path / "folder").mkdir()
    done = follow_guide(tmp_path / "folder", wrong)
    assert done.status != 0
    assert "counters.toml" in done.shown
    assert not (tmp_path / "folder" / "var").exists()
