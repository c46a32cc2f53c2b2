"""docker-compose.yml, read as Docker Compose reads it, for the tests that lint it and start it natively."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docker-compose.yml"
# ${NAME}, ${NAME:-default}, ${NAME:?message}, as the Compose Specification's section on interpolation has them.
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")


class UnsetVariableError(Exception):
    """A variable that the file requires is not set; the message is the file's own."""


@dataclass(frozen=True, kw_only=True)
class ComposeFile:
    """The file after interpolation."""

    text: str
    content: Mapping[str, Any]

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """Every service, merged with the anchors that it uses."""
        return self.content["services"]

    def flags(self, service: str) -> dict[str, str]:
        """The `-c name=value` settings of a service's command."""
        command = self.services[service]["command"]
        pairs = [command[n + 1] for n, word in enumerate(command) if word == "-c"]
        return dict(pair.split("=", 1) for pair in pairs)

    def healthcheck(self, service: str) -> list[str]:
        """The words of a health check, without the `CMD` that says it is not a shell's."""
        kind, *words = self.services[service]["healthcheck"]["test"]
        if kind != "CMD":
            raise AssertionError(f"{service}'s health check needs a shell: {kind}")
        return words

    def secret_file(self, name: str) -> Path:
        """Where a secret of the file lies on the host."""
        return FILE.parent / self.content["secrets"][name]["file"]


def read(environment: Mapping[str, str]) -> ComposeFile:
    """Read the file with these variables.

    Raises:
        UnsetVariableError: One that it requires is absent or empty.
    """
    text = FILE.read_text(encoding="utf-8")
    # Comments may show variables, too; Compose interpolates values only.
    content = yaml.safe_load(VARIABLE.sub(lambda match: _value(match, environment), text))
    return ComposeFile(text=text, content=content)


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    given = environment.get(match["name"], "")
    if match["kind"] == "-":
        return given or match["text"]
    if match["kind"] == "?" and not given:
        raise UnsetVariableError(f"{match['name']}: {match['text']}")
    return given
