"""Find PostgreSQL and RabbitMQ for the tests, or make them.

In this order: what the environment names; what listens on localhost; what can be started from installed programs;
what can be installed (root on Debian, and only where the caller allows it: `make test` does, a bare pytest does not).
Where all four fail the tests that need a service are skipped, with a loud count; with CI set that is a failure.
`FILIERE_TEST_SERVICES=start` passes over localhost, to see that the tests stand on servers of their own.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pika
import pika.exceptions
import psycopg
from psycopg import sql

import servers

Name = Literal["postgresql", "rabbitmq"]

DATABASE_VARIABLE = "FILIERE_TEST_DATABASE_URL"
BROKER_VARIABLE = "FILIERE_TEST_BROKER_URL"
ORDER_VARIABLE = "FILIERE_TEST_SERVICES"
LOCAL_DATABASE = "postgresql://postgres@127.0.0.1:5432/postgres"
LOCAL_BROKER = "amqp://guest:guest@127.0.0.1:5672/%2F"
OLDEST_POSTGRESQL = 150_000  # server_version_num: partitions and MERGE as we use them are tested from 15 on
OLDEST_RABBITMQ = (3, 10)
DATABASE_PREFIX = "filiere_test_"  # nothing else is ever dropped
PACKAGES: dict[Name, tuple[str, ...]] = {"postgresql": ("postgresql",), "rabbitmq": ("rabbitmq-server",)}
POLICY = Path("/usr/sbin/policy-rc.d")  # Debian asks this program whether an installed service may start


class ServiceMissingError(Exception):
    """A service is neither named, running, installed nor installable; the message says what was tried."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that answers: its address, where it comes from, and the server if it is ours to end."""

    name: Name
    url: str
    origin: str
    server: servers.Server | None = None

    def close(self) -> None:
        """End the server if this run started it."""
        if self.server is not None:
            self.server.close()


def provide(name: Name, *, install: bool = False) -> Service:
    """Find or start a service; `install` allows the machine's package manager as the last resort.

    Raises:
        ServiceMissingError: Every way failed; or the environment names a service that does not answer, which is
            never passed over in silence.
    """
    variable, local, refusal = _WAYS[name]
    if named := os.environ.get(variable):
        url = plain_database_url(named) if name == "postgresql" else named
        if reason := refusal(url):
            raise ServiceMissingError(f"{variable} names a {name} that cannot be used: {reason}")
        return Service(name=name, url=url, origin=variable)
    tried = []
    if os.environ.get(ORDER_VARIABLE) != "start":
        reason = refusal(local)
        if not reason:
            return Service(name=name, url=local, origin="localhost")
        tried.append(f"localhost: {reason}")
    try:
        return _started(name)
    except servers.ServerUnavailableError as error:
        tried.append(f"installed programs: {error}")
    if install:
        try:
            install_debian(*PACKAGES[name])
            return _started(name)
        except servers.ServerUnavailableError as error:
            tried.append(f"installation: {error}")
    raise ServiceMissingError(f"no {name}; tried " + "; ".join(tried))


def create_database(url: str, *, template: str | None = None) -> str:
    """Create a database with a name that nobody else has, and return its URL.

    Args:
        url: Any database of the server, for the connection that creates the new one.
        template: The name of a database to clone, to which nobody is connected.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{DATABASE_PREFIX}{os.getpid()}_{worker}_{secrets.token_hex(4)}"
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        # FILE_COPY clones a small template several times faster than WAL_LOG (PostgreSQL 15, CREATE DATABASE).
        statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with psycopg.connect(plain_database_url(url), autocommit=True) as connection:
        connection.execute(statement)
    return with_database(url, name)


def drop_database(url: str) -> None:
    """Drop a database that `create_database` made, whoever is still connected to it.

    Raises:
        ValueError: The database is not one of the tests'.
    """
    parts = urllib.parse.urlsplit(plain_database_url(url))
    name = parts.path.lstrip("/")
    if not name.startswith(DATABASE_PREFIX):
        raise ValueError(f"only databases named {DATABASE_PREFIX}... are dropped, not {name}")
    with psycopg.connect(with_database(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def database_name(url: str) -> str:
    """The name of the database that a URL points at."""
    return urllib.parse.urlsplit(url).path.lstrip("/")


def with_database(url: str, name: str) -> str:
    """The same server and credentials, another database; plain `postgresql://`."""
    return urllib.parse.urlsplit(plain_database_url(url))._replace(path=f"/{name}").geturl()


def plain_database_url(url: str) -> str:
    """The URL without SQLAlchemy's driver name, as psycopg and psql read it."""
    scheme, separator, rest = url.partition("://")
    return scheme.partition("+")[0] + separator + rest


def install_debian(*packages: str) -> None:
    """Install Debian's packages without starting any as a service of the machine.

    Raises:
        ServerUnavailableError: This is not Debian, we are not root, or the installation failed.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise servers.ServerUnavailableError("only root on Debian can install it")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"installing {' '.join(packages)} ...", flush=True)
    with _services_stay_stopped():
        for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", *command],
                env=environment,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                check=False,
            )
    if done.returncode:
        raise servers.ServerUnavailableError(f"apt-get failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextlib.contextmanager
def _services_stay_stopped():
    # invoke-rc.d(8): exit status 101 of policy-rc.d forbids the action. A policy that is there already stays.
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink()


def _started(name: Name) -> Service:
    server: servers.Server = servers.PostgreSQL() if name == "postgresql" else servers.RabbitMQ()
    try:
        server.start()
    except servers.ServerUnavailableError:
        server.close()
        raise
    return Service(name=name, url=server.url, origin="started", server=server)


def _postgresql_refusal(url: str) -> str:
    """Why a PostgreSQL cannot be used, or nothing."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            if connection.info.server_version < OLDEST_POSTGRESQL:
                return f"version {connection.info.server_version // 10_000} is older than 15"
            return "" if row and row[0] else "the role may not create databases"
    except psycopg.Error as error:
        return str(error).strip()


def _rabbitmq_refusal(url: str) -> str:
    """Why a RabbitMQ cannot be used, or nothing."""
    parameters = pika.URLParameters(url)
    parameters.connection_attempts = 1
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 10
    try:
        connection = pika.BlockingConnection(parameters)
    except (pika.exceptions.AMQPError, OSError) as error:
        return repr(error)
    try:
        # pika tells the server's properties on its private implementation only.
        version = str((connection._impl.server_properties or {}).get("version", "0"))
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_RABBITMQ:
            return f"version {version} is older than 3.10"
        return ""
    finally:
        connection.close()


_WAYS: dict[Name, tuple[str, str, Callable[[str], str]]] = {
    "postgresql": (DATABASE_VARIABLE, LOCAL_DATABASE, _postgresql_refusal),
    "rabbitmq": (BROKER_VARIABLE, LOCAL_BROKER, _rabbitmq_refusal),
}
