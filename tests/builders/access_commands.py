"""How the commands that ask as a member are run in the matrix, and what they tell of an object."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
from click.testing import CliRunner

from builders.access_tale import Places
from builders.instance import Instance
from filiere_platform.cli.main import filiere

OPERATOR: Final = "operator"  # who names nobody with --as
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "presence": ("urn:filiere:party:duns:000000000",),
    "investigate": ("--weight", "event=0"),
}
_ALWAYS: Final = ("--from", "2000-01-01", "--until", "2100-01-01")
_NAMED: Final[Mapping[str, tuple[str, ...]]] = {  # before the object
    "report": ("fda-sortable", *_ALWAYS, "--lot"),
    "account": ("on-hand",),
}
_BY_DEFAULT: Final = {"report"}  # which need no word for JSON
_FILES: Final = {"bundle"}  # which write a file, with the records themselves


def run_command(instance: Instance, command: str, viewer: str, places: Places) -> str:
    """Run a command about an object as a viewer: the URI of a member, or the operator.

    Returns:
        `refused`; else `shown` where the answer names the event about the object, or holds its record, and `answered`
        where it does not.
    """
    settings = instance.platform.settings
    environment = {"FILIERE_DATA_DIR": str(settings.data_dir), "FILIERE_DATABASE_URL": settings.database_url}
    words = [command, *_NAMED.get(command, ()), places["lot"], *_WORDS.get(command, ())]
    words += [] if viewer == OPERATOR else ["--as", viewer]
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "answer"
        words += ["--output", str(written)] if command in _FILES else ["--json"] * (command not in _BY_DEFAULT)
        ran = CliRunner().invoke(filiere, words, env=environment)
        if ran.exit_code:
            return "refused"
        answer = written.read_bytes() if command in _FILES else ran.output.encode()
    told = places["jws"] if command in _FILES else f'"{places["event_id"]}"'
    return "shown" if told.encode() in answer else "answered"


def commands_that_ask() -> Iterator[str]:
    """Name every command of the console that can ask as a member."""
    context = click.Context(filiere)
    for name in filiere.list_commands(context):
        command = filiere.get_command(context, name)
        assert command is not None
        named = command.commands if isinstance(command, click.Group) else {"": command}
        for inner, each in named.items():
            if any("--as" in parameter.opts for parameter in each.params):
                yield f"{name} {inner}".strip()
