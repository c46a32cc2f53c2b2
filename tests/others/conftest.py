"""Programs written elsewhere, ready to be run: each reads what we wrote and says whether it holds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import programs

SECONDS = 120  # for one run; a Go program is compiled first
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def openssl() -> Run:
    """`openssl(*args, input=b"")`."""
    program = _found(programs.openssl)

    def run(*arguments: str | Path, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:  # noqa: A002 - subprocess calls it so
        return _run([program, *arguments], input)

    return run


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`go(folder, *args, input=b"")` compiles the program in a folder once, and runs it."""
    compiler = _found(programs.go)
    built: dict[Path, Path] = {}
    cache = tmp_path_factory.mktemp("go-cache")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(programs.GO_PATH),
        "GOCACHE": str(cache),
        "GOFLAGS": "",
    }

    def run(folder: Path, *arguments: str | Path, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:  # noqa: A002 - subprocess calls it so
        if folder not in built:
            target = tmp_path_factory.mktemp("go-bin") / folder.name
            done = _run([compiler, "build", "-o", target, "."], b"", cwd=folder, env=environment)
            assert done.returncode == 0, done.stderr.decode()
            built[folder] = target
        return _run([built[folder], *arguments], input)

    return run


@pytest.fixture(scope="session")
def node() -> Run:
    """`node(script, *args, input=b"")` runs a module that may import the packages of `programs.NODE_PACKAGES`."""
    program, folder = _found(programs.node)

    def run(script: Path, *arguments: str | Path, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:  # noqa: A002 - subprocess calls it so
        # Node resolves an import from where the module lies, so the module goes where the packages are.
        copy = folder / f"{os.getpid()}-{script.name}"
        shutil.copyfile(script, copy)
        try:
            return _run([program, copy, *arguments], input)
        finally:
            copy.unlink()

    return run


@dataclass(frozen=True, kw_only=True)
class Token:
    """A PKCS#11 token made for the tests; the process finds it through SOFTHSM2_CONF."""

    module: str
    label: str
    pin: str


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """An empty token of SoftHSM, thrown away with the run."""
    util, module = _found(programs.softhsm)
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    token = Token(module=module, label="filiere-test", pin="123456")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        labels = ("--label", token.label, "--pin", token.pin, "--so-pin", "12345678")
        done = _run([util, "--init-token", "--free", *labels], b"")
        assert done.returncode == 0, done.stderr.decode()
        yield token


def _found(provide):
    try:
        return provide()
    except programs.ProgramMissingError as error:
        pytest.skip(str(error))


def _run(command, given: bytes, **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(part) for part in command], input=given, capture_output=True, timeout=SECONDS, check=False, **options
    )
