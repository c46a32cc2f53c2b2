"""Run `filiere doctor` as an operator does."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from filiere_platform.cli.main import filiere


def doctor(data: Path, database_url: str = "", *arguments: str, **settings: str) -> Result:
    environment = {"FILIERE_DATA_DIR": str(data), "FILIERE_DATABASE_URL": database_url, "FILIERE_LANG": "en"}
    result = CliRunner().invoke(filiere, ("doctor", "--json", *arguments), env={**environment, **settings})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def codes(result: Result) -> dict[str, str]:
    """The codes that were said, with their levels; each with both languages, and an exit status that fits."""
    told = json.loads(result.stdout)
    assert all(each["fr"] and each["en"] for each in told["findings"])
    assert told["healthy"] == (result.exit_code == 0)
    return {each["code"]: each["level"] for each in told["findings"]}
