"""A process of the platform, `filiere serve` or `filiere worker`, that may be told to die or to freeze at a point.

The product has no hook for this: the process starts through a script that wraps the functions at which it may die, and
kills itself there with SIGKILL, as a power cut would, after it has noted where.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from servers.process import Server

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("crashing_filiere.py")


class Filiere(Server):
    """One process on an instance that was founded; `command` is `serve` or `worker`, `options` are its own."""

    name = "filiere"

    def __init__(
        self, command: str, environment: Mapping[str, str], *, folder: Path, options: Sequence[str] = ()
    ) -> None:
        super().__init__(folder=folder)
        self.command = command
        self.options = tuple(options)
        self.environment = dict(environment)
        self.is_watched = command == "serve"  # whether it listens: a worker does where it is told to
        self.crash_at = ""  # point:nth time
        self.freeze_at = ""
        self.crash_note = folder / f"{command}.crash"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        if not self.is_watched:
            return self.process is not None and self.process.poll() is None
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:  # noqa: S310 - our own loopback
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait_for_death(self, seconds: float) -> bool:
        """Say whether the process ended by itself within so many seconds."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def crash_point(self) -> str | None:
        """Where the process noted that it was about to die, if it did; the note is taken away."""
        point = self.crash_note.read_text() if self.crash_note.exists() else ""
        if not point:
            return None
        self.crash_note.unlink()
        return point

    def _launch(self) -> subprocess.Popen[bytes]:
        arguments = ["--port", str(self.port)] if self.is_watched else []
        environment = {
            **self.environment,
            "FILIERE_TEST_CRASH_AT": self.crash_at or self.freeze_at,
            "FILIERE_TEST_CRASH_SIGNAL": "SIGSTOP" if self.freeze_at else "SIGKILL",
            "FILIERE_TEST_CRASH_NOTE": str(self.crash_note),
            "PYTHONPATH": os.pathsep.join(sys.path),
            # Started dozens of times: compiling the platform anew each time would be most of a round.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(ROOT / ".work" / "pycache"),
        }
        return self._spawn([sys.executable, str(SCRIPT), self.command, *arguments, *self.options], environment)
