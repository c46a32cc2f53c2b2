"""The README's first ten minutes run as they are printed, one block after the other, in an empty folder."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from codebase import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- runs: ([a-z ]+) -->\n```sh\n(.*?)```", re.DOTALL)
PROGRAMS = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


# Wait for the server that the first block starts, as a person would before typing on.
WAIT = "for _ in $(seq 150); do (exec 3<> /dev/tcp/127.0.0.1/PORT) 2> /dev/null && break; sleep 0.1; done\n"


def test_the_first_ten_minutes_of_each_reader(tmp_path: Path) -> None:
    port = free_port()
    blocks = dict(BLOCK.findall(README))
    assert list(blocks) == ["sector body", "manufacturer", "auditor"]
    script = blocks["sector body"] + WAIT.replace("PORT", str(port)) + blocks["manufacturer"] + blocks["auditor"]
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("--port 8000", f"--port {port}")
    environment = {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    running = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script + "\nkill %1\nwait || true\n"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        shown, _ = running.communicate(timeout=120)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 0, shown
    assert "HOLDS" in shown
    assert "published 2" in shown
    for secret in ("token.txt", "enrolment.txt"):
        assert (tmp_path / secret).read_text().strip() not in shown


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)", README))))
def test_every_make_target_that_the_readme_names_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


def test_every_settings_variable_that_the_readme_names_is_documented() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    connect = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"FILIERE_[A-Z_]+", README)):
        assert name in operations + connect, name
