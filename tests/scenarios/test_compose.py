"""What docker-compose.yml says works: its services, started here with its settings, are well by its own checks."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import compose
import servers

BIN = Path(sys.executable).parent
HEALTHY_SECONDS = 60
ENVIRONMENT = {
    "FILIERE_SECTOR": "food",
    "FILIERE_BASE_URL": "http://127.0.0.1",
    "FILIERE_LOG_ORIGIN": "compose.example/log",
}


@dataclasses.dataclass(kw_only=True)
class Deployment:
    """The services of the file, running here, with the ports and folders that they have here."""

    file: compose.ComposeFile
    secrets: Path
    data: Path
    database: servers.PostgreSQL
    broker: servers.RabbitMQ
    app_port: int

    def secret(self, name: str) -> str:
        return (self.secrets / self.file.secret_file(name).name).read_text()

    def translated(self, text: str) -> str:
        """A text of the file or of a secret, with the addresses that the services have here."""
        return (
            text.replace("@db:5432", f"@127.0.0.1:{self.database.port}")
            .replace("@broker:5672", f"@127.0.0.1:{self.broker.port}")
            .replace("--port=5432", f"--port={self.database.port}")
            .replace("127.0.0.1:8000", f"127.0.0.1:{self.app_port}")
            .replace("/var/lib/filiere", str(self.data))
        )

    def check_health(self, service: str) -> subprocess.CompletedProcess[str]:
        """Run a service's health check as the file writes it."""
        program, *words = (self.translated(word) for word in self.file.healthcheck(service))
        environment = {**os.environ, **self.environment(service)}
        if service == "broker":
            program = str(Path(self.broker.program).with_name(program))
            words = ["-n", self.broker.environment["RABBITMQ_NODENAME"], *words]
            environment |= self.broker.environment
        if program in {"python", "filiere"}:
            program = str(BIN / program)
        return subprocess.run(
            [program, *words], env=environment, cwd=self.data, capture_output=True, text=True, timeout=60, check=False
        )

    def environment(self, service: str) -> dict[str, str]:
        """The variables that the file gives a service, with its secrets where they lie here."""
        given = {}
        for name, value in self.file.services[service].get("environment", {}).items():
            path = value.removeprefix("/run/secrets/")
            given[name] = str(self._translated_secret(path)) if path != value else self.translated(value)
        return given

    def filiere(self, service: str) -> subprocess.Popen[bytes]:
        """Start one of our own services with the command and the variables that the file gives it."""
        words = [self.translated(word) for word in self.file.services[service]["command"]]
        if "--port" in words:
            words[words.index("--port") + 1] = str(self.app_port)
        with (self.data / f"{service}.log").open("wb") as log:
            return subprocess.Popen(
                [str(BIN / "filiere"), *words],
                env={**os.environ, **self.environment(service)},
                cwd=self.data,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def log(self, service: str) -> str:
        return (self.data / f"{service}.log").read_text(errors="replace")

    def _translated_secret(self, name: str) -> Path:
        path = self.data / f"secret-{name}"
        path.write_text(self.translated(self.secret(name)))
        return path


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Start the database and the broker of the file, each with the file's settings and the secrets that we make."""
    file = compose.read(ENVIRONMENT)
    folder = tmp_path_factory.mktemp("compose")
    secrets = folder / "secrets"
    make = compose.ROOT / "platform" / "make_secrets.py"
    subprocess.run([sys.executable, str(make), str(secrets)], check=True, capture_output=True)
    given = file.services["db"]["environment"]
    database = servers.PostgreSQL(
        settings=file.flags("db"),
        initdb=given["POSTGRES_INITDB_ARGS"].split(),
        user=given["POSTGRES_USER"],
        password=(secrets / "database_password").read_text(),
    )
    credentials = (secrets / "broker.conf").read_text()
    user, password = (line.partition("=")[2].strip() for line in credentials.splitlines())
    broker = servers.RabbitMQ(
        configuration=file.content["configs"]["broker"]["content"] + credentials, credentials=(user, password)
    )
    try:
        database.start()
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {given['POSTGRES_DB']}")
        broker.start()
        data = folder / "data"
        data.mkdir()
        yield Deployment(
            file=file,
            secrets=secrets,
            data=data,
            database=database,
            broker=broker,
            app_port=servers.free_port(),
        )
    finally:
        broker.close()
        database.close()


def wait_until_healthy(deployment: Deployment, service: str) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while (done := deployment.check_health(service)).returncode:
        assert time.monotonic() < deadline, f"{service} is not well: {done.stdout}{done.stderr}"
        time.sleep(0.5)


@pytest.mark.parametrize("service", ["db", "broker"])
def test_a_service_is_well_by_the_check_that_the_file_gives_it(deployment: Deployment, service: str) -> None:
    wait_until_healthy(deployment, service)


def test_the_check_of_a_stopped_database_fails(deployment: Deployment) -> None:
    deployment.database.stop()
    try:
        assert deployment.check_health("db").returncode != 0
    finally:
        deployment.database.start()


def test_the_database_took_every_setting_and_asks_for_its_password(deployment: Deployment) -> None:
    with psycopg.connect(deployment.database.url) as connection:
        for name, value in deployment.file.flags("db").items():
            row = connection.execute(
                "SELECT setting = %s OR current_setting(name) = %s FROM pg_settings WHERE name = %s",
                (value, value, name),
            ).fetchone()
            assert row == (True,), name
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(deployment.database.url.replace(deployment.secret("database_password"), "wrong"))


def test_the_broker_took_every_setting_and_knows_no_guest(deployment: Deployment) -> None:
    effective = re.sub(r"\s", "", deployment.broker.control("environment"))
    assert '{disk_free_limit,"512MB"}' in effective
    assert "{vm_memory_high_watermark,0.5}" in effective
    assert "{heartbeat,30}" in effective
    users = deployment.broker.control("list_users").splitlines()[1:]
    assert [line.split("\t")[0] for line in users] == ["filiere"]
