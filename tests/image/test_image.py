"""The image's build stage, run here step by step under a root of its own, gives a platform that runs, and no tool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import dockerfile
from dockerfile import ROOT

BUILD_SECONDS = 280  # fetching every file of the lock takes a minute on a slow line
TOOLS = {"mypy", "pytest", "ruff", "hadolint", "uv", "pip"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the COPY and RUN instructions of the build stage under a root of our own, and return that root."""
    root: Path = tmp_path_factory.mktemp("image")
    here = translation(root)
    subprocess.run([sys.executable, "-m", "venv", str(root / "interpreter")], check=True)
    for folder in ("src", "wheels", "opt"):
        (root / folder).mkdir()
    environment = {
        "PATH": f"{root / 'interpreter' / 'bin'}:/usr/bin:/bin",
        **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HOME", "SSL_"))},
    }
    for step in dockerfile.instructions():
        if step.stage != "build":
            continue
        if step.word == "COPY":
            source, target = step.words
            copy(ROOT / source, root / "src" / target)
        elif step.word == "RUN":
            run(here(step.arguments), cwd=root / "src", environment=environment)
    return root


def test_the_platform_of_the_image_runs(image: Path) -> None:
    program = image / "opt" / "filiere" / "bin" / "filiere"
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout


def test_the_image_carries_no_tool(image: Path) -> None:
    programs = {path.name for path in (image / "opt" / "filiere" / "bin").iterdir()}
    assert "filiere" in programs
    assert programs & TOOLS == set()


def test_what_runs_is_taken_from_the_build_and_nothing_else() -> None:
    copied = [step.arguments for step in dockerfile.instructions() if step.stage == "run" and step.word == "COPY"]
    assert copied == ["--from=build /opt/filiere /opt/filiere"]


def test_a_file_that_differs_from_the_lock_stops_the_build(image: Path, tmp_path: Path) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    name, _, rest = lock[lock.index("\nidna==") + 1 :].partition(" \\\n")
    digest = rest.partition("sha256:")[2][:64]
    tampered = tmp_path / "requirements.lock"
    tampered.write_text(f"{name} --hash=sha256:{digest[::-1]}\n", encoding="utf-8")
    pip = image / "interpreter" / "bin" / "pip"
    command = [pip, "install", "--no-index", "--find-links", image / "wheels", "--require-hashes", "-r", tampered]
    done = subprocess.run([*command, "--target", tmp_path / "out"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "DO NOT MATCH" in done.stderr


def translation(root: Path) -> Callable[[str], str]:
    """Put the absolute folders of the image under a root."""

    def translate(command: str) -> str:
        for folder in ("/opt/", "/wheels"):
            command = command.replace(f" {folder}", f" {root}{folder}")
        return f"{root}{command}" if command.startswith("/opt/") else command

    return translate


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    else:
        target = target / source.name if target.is_dir() else target
        shutil.copy(source, target)


def run(command: str, *, cwd: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
