"""A setting that nobody can read about does not exist."""

from __future__ import annotations

import re

from codebase import ROOT, table_column
from filiere_platform.settings import PREFIX, Settings

OPERATIONS = "docs/operations.md"


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    assert set(table_column(OPERATIONS, "Settings")) == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_documented_defaults_are_the_defaults() -> None:
    text = (ROOT / OPERATIONS).read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `{PREFIX}([A-Z_]+)` \| `?([^`|]+?)`? \|", text, re.MULTILINE)
    documented = {name.lower(): "" if value == "empty" else value for name, value in rows}
    assert documented == {name: str(field.default) for name, field in Settings.model_fields.items()}


def test_no_code_but_the_settings_reads_a_setting_from_the_environment() -> None:
    readers = re.compile(rf"os\.(environ|getenv)[^\n]*{PREFIX}(?!LANG)")
    platform = (ROOT / "platform" / "filiere_platform").rglob("*.py")
    found = [path.name for path in platform if readers.search(path.read_text(encoding="utf-8"))]
    assert found == []
