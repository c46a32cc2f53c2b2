"""The pages for companies name every command, key, reader and kind that there is, and show a flow that works."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from codebase import ROOT
from filiere_connectors import flow
from filiere_connectors.checking import check_flow
from filiere_connectors.cli.main import COMMANDS, connect
from filiere_connectors.flow_section import Section
from filiere_connectors.kinds import KINDS
from filiere_connectors.reader_names import READERS

CONNECT = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
FLOWS = (ROOT / "docs" / "flows.md").read_text(encoding="utf-8")
UNIVERSAL = {"--json", "--name", "--patience", "--wait-published", "--help"}  # `--help` explains them
EXAMPLE = re.search(r"```toml\n(.*?)```", FLOWS, re.DOTALL)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    assert re.search(rf"`filiere-connect {name}\b", CONNECT)
    command = connect.get_command(click.Context(connect), name)
    assert command is not None
    options = {word for parameter in command.params for word in parameter.opts if word.startswith("--")}
    assert {word for word in options - UNIVERSAL if word not in CONNECT} == set()


@pytest.mark.parametrize("word", [*KINDS, *READERS, *flow.CORRECTIONS, *flow.ORDERS, *flow.SOURCE_TYPES])
def test_every_word_that_a_flow_may_say_is_documented(word: str) -> None:
    assert re.search(rf'[`"]{word}[`"]', FLOWS)


def test_every_key_that_a_flow_may_have_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys are those that reading the page's own flow asks for."""
    asked: set[str] = set()
    finish = Section.finish

    def noting(section: Section) -> None:
        if not section.path.startswith(("tables", "event.ilmd")):
            asked.update(section.known)
        finish(section)

    monkeypatch.setattr(Section, "finish", noting)
    read_example()
    missing = {key for key in asked if not re.search(rf"[`.\[]{key}\b", FLOWS)}
    assert len(asked) > 40
    assert missing == set()


def test_the_flow_on_the_page_holds_against_a_file_of_its_rows(tmp_path: Path) -> None:
    found = read_example(tmp_path / "flows" / "fabrication.toml")
    (test,) = found.tests
    headers = list(dict.fromkeys(header for row in test.rows for header in row))
    lines = [headers, *([row.get(header, "") for header in headers] for row in test.rows)]
    (tmp_path / "fabrication.csv").write_text("\n".join(map(";".join, lines)) + "\n", encoding="utf-8")
    assert check_flow(found, member="urn:filiere:party:siret:00001003300017") == []


def read_example(path: Path = Path("flows/fabrication.toml")) -> flow.Flow:
    assert EXAMPLE is not None
    return flow.parse_flow(tomllib.loads(EXAMPLE[1]), path)


@pytest.mark.parametrize("command", [[], ["run"], ["preview"], ["status"]])
def test_help_loads_nothing_that_it_does_not_need(command: list[str]) -> None:
    """Whoever types --help waits for no spreadsheet, no network and no cryptography."""
    program = (
        "import sys\n"
        "from filiere_connectors.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'openpyxl', 'python_calamine', 'httpx', 'cryptography'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "--help" in done.stdout
    found = ast.literal_eval(done.stdout.splitlines()[-1])
    assert found == [] if not command else "openpyxl" not in found
