"""The instances under measurement: the platform and the baseline, each with its database on one and the same server.

PostgreSQL is a cluster of the benchmark's own, with the settings of docker-compose.yml: nobody else's work is in its
figures, and both sides have the same.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

import compose
import deployment
import servers
from builders.instance import Instance, Sender, found
from cpu import ProcessTree
from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from material import MEMBERS, party_uri
from servers.process import Server
from services import create_database

ROOT = Path(__file__).resolve().parent.parent
BASELINE = Path(__file__).with_name("baseline.py")
SHOWN = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "wal_compression", "jit")


class WebServer(Server):
    """A process that serves HTTP on a port of its own; compiled code is kept, so that its start compiles nothing."""

    name = "measured"

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str], *, folder: Path) -> None:
        super().__init__(folder=folder)
        self._command = command
        self.environment = {
            **environment,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(ROOT / ".work" / "pycache"),
        }

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Say whether it answers anything at all."""
        try:
            httpx.get(self.url, timeout=2)
        except httpx.TransportError:
            return False
        return True

    def _launch(self) -> subprocess.Popen[bytes]:
        return self._spawn([sys.executable, *self._command, "--port", str(self.port)], self.environment)


@dataclass(frozen=True, kw_only=True)
class Site:
    """An instance that is served, with the members of the benchmark in it."""

    name: str
    platform: bootstrap.Platform
    server: WebServer
    senders: Mapping[str, Sender]
    processes: Mapping[str, ProcessTree]


@contextmanager
def postgresql() -> Iterator[servers.PostgreSQL]:
    """Start a cluster with the settings of docker-compose.yml.

    Raises:
        ServerUnavailableError: PostgreSQL is not installed, or did not start.
    """
    cluster = servers.PostgreSQL(settings=compose.read(deployment.ENVIRONMENT).flags("db"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


def shown_settings(cluster: servers.PostgreSQL) -> dict[str, str]:
    """Read the settings that decide what a commit costs."""
    with psycopg.connect(cluster.url) as connection:
        rows = connection.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", (list(SHOWN),))
        return dict(rows.fetchall())


@contextmanager
def platform_on(cluster: servers.PostgreSQL) -> Iterator[Site]:
    """Serve the platform as in production: publisher and relay are other processes, and not started here."""
    with _site("platform", _serve("--no-workers"), cluster) as site:
        yield site


@contextmanager
def delivering_on(
    cluster: servers.PostgreSQL, broker_url: str, members: Sequence[str]
) -> Iterator[tuple[Site, ProcessTree]]:
    """Serve the platform with a worker of its own and a broker; gives the worker's processes, too."""
    more = {"FILIERE_BROKER_URL": broker_url}
    with _site("platform", _serve("--no-workers"), cluster, members=members, more=more) as site:
        program = str(Path(sys.executable).parent / "filiere")
        worker = subprocess.Popen([program, "worker"], env={**os.environ, **site.server.environment})
        try:
            yield site, ProcessTree(worker.pid)
        finally:
            worker.terminate()
            worker.wait(30)


@contextmanager
def baseline_on(cluster: servers.PostgreSQL) -> Iterator[Site]:
    """Serve the baseline; members are admitted through the platform's own use cases."""
    with _site("baseline", (str(BASELINE),), cluster) as site:
        yield site


@contextmanager
def embedded(*, workers: bool = True) -> Iterator[Site]:
    """Serve the platform on SQLite, with the publisher and the relay in the same process, or without them."""
    with _site("embedded", _serve("--workers" if workers else "--no-workers"), None) as site:
        yield site


def _serve(*options: str) -> tuple[str, ...]:
    return (str(Path(sys.executable).parent / "filiere"), "serve", *options)


@contextmanager
def _site(
    name: str,
    command: tuple[str, ...],
    cluster: servers.PostgreSQL | None,
    *,
    members: Sequence[str] = MEMBERS,
    more: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder())
        # Requests are counted as everywhere; nobody is slowed.
        rates = {f"FILIERE_REQUESTS_PER_{who}": "1000000" for who in ("TOKEN", "PERSON", "ADDRESS")}
        environment = {"FILIERE_DATA_DIR": str(folder / "data"), **rates}
        values: dict[str, Any] = {"data_dir": folder / "data"}
        environment |= more or {}
        processes = {}
        if cluster is not None:
            url = create_database(cluster.url)
            environment["FILIERE_DATABASE_URL"] = values["database_url"] = url
            assert cluster.process is not None
            processes["postgresql"] = ProcessTree(cluster.process.pid)
        settings = read_settings({}, **values)
        found(settings, seed="benchmark")
        platform = stack.enter_context(bootstrap.open_platform(settings))
        senders = _admit(platform, members)
        server = WebServer(command, environment, folder=folder)
        stack.callback(server.stop)
        server.start()
        assert server.process is not None
        processes["server"] = ProcessTree(server.process.pid)
        yield Site(name=name, platform=platform, server=server, senders=senders, processes=processes)


def _admit(platform: bootstrap.Platform, members: Sequence[str]) -> dict[str, Sender]:
    # In this process: enrolment is not what is measured, and the baseline has no route for it.
    from fastapi.testclient import TestClient

    with TestClient(platform.application(with_workers=False)) as client:
        instance = Instance(platform=platform, client=client)
        return {name: instance.admit(name, uri=party_uri(name)) for name in members}


@contextmanager
def _folder() -> Iterator[Path]:
    base = ROOT / ".work" / "benchmarks"
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="site-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
