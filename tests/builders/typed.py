"""Commands of a document, typed in one terminal of an empty folder, with a server on a free port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import servers

_PROGRAMS: Final = Path(sys.executable).parent
_SECONDS: Final = 120
_PORT: Final = "8000"  # in documents
# Wait for the server that the commands start, as a person would before typing on.
SERVER_ANSWERS: Final = (
    f"for _ in $(seq 150); do (exec 3<> /dev/tcp/127.0.0.1/{_PORT}) 2> /dev/null && break; sleep 0.1; done\n"
)


class Typed(NamedTuple):
    """How the commands ended, and what they showed."""

    status: int
    shown: str


def typed(script: str, folder: Path) -> Typed:
    """Run a script until something fails, then end the server that it started as its first job."""
    script = script.replace(_PORT, str(servers.free_port()))
    running = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script + "\nkill %1\nwait || true\n"],
        cwd=folder,
        env={"PATH": f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        shown, _ = running.communicate(timeout=_SECONDS)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    return Typed(running.returncode, shown)
