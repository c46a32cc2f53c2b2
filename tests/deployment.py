"""The services of docker-compose.yml, started on this machine with the file's own commands, settings and secrets."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

import compose
import servers

BIN = Path(sys.executable).parent
HEALTHY_SECONDS = 60
STOP_SECONDS = 30
ENVIRONMENT = {
    "FILIERE_SECTOR": "food",
    "FILIERE_BASE_URL": "http://127.0.0.1",
    "FILIERE_LOG_ORIGIN": "compose.example/log",
}


@dataclass(kw_only=True)
class Deployment:
    """The services of the file, with the ports and folders that they have here."""

    file: compose.ComposeFile
    secrets: Path
    data: Path
    database: servers.PostgreSQL
    broker: servers.RabbitMQ
    app_port: int
    worker_port: int = field(default_factory=servers.free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the app listens here."""
        return f"http://127.0.0.1:{self.app_port}"

    def secret(self, name: str) -> str:
        """A secret of the file, as `make secrets` made it."""
        return (self.secrets / self.file.secret_file(name).name).read_text(encoding="utf-8")

    def environment(self, service: str) -> dict[str, str]:
        """The variables that the file gives a service, with its secrets where they lie here."""
        given = {}
        for name, value in self.file.services[service].get("environment", {}).items():
            secret = value.removeprefix("/run/secrets/")
            given[name] = self._translated(value) if secret == value else str(self._translated_secret(secret))
        return given

    def run(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of our own services to its end: the command that the file gives it, or these words."""
        return subprocess.run(
            [str(BIN / "filiere"), *(words or self._command(service))],
            env={**os.environ, **self.environment(service)},
            cwd=self.data,
            capture_output=True,
            text=True,
            timeout=HEALTHY_SECONDS,
            check=False,
        )

    def start(self, service: str) -> None:
        """Start one of our own services with the command and the variables that the file gives it."""
        with self._log(service).open("ab") as log:
            self.processes[service] = subprocess.Popen(
                [str(BIN / "filiere"), *self._command(service)],
                env={**os.environ, **self.environment(service)},
                cwd=self.data,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def stop(self, service: str) -> int:
        """Stop a service as Compose does, and return its exit status."""
        process = self.processes.pop(service)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    def check_health(self, service: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run a service's health check as the file writes it; `changes` replace the values of its options."""
        program, *words = (self._translated(word) for word in self.file.healthcheck(service))
        for option, value in changes.items():
            words[words.index("--" + option.replace("_", "-")) + 1] = value
        environment = {**os.environ, **self.environment(service)}
        if service == "broker":
            program = str(Path(self.broker.program).with_name(program))
            words = ["-n", self.broker.environment["RABBITMQ_NODENAME"], *words]
            environment |= self.broker.environment
        if (BIN / program).exists():
            program = str(BIN / program)
        return subprocess.run(
            [program, *words],
            env=environment,
            cwd=self.data,
            capture_output=True,
            text=True,
            timeout=HEALTHY_SECONDS,
            check=False,
        )

    def wait_until_healthy(self, service: str, **changes: str) -> None:
        """Run a service's health check until it passes."""
        deadline = time.monotonic() + HEALTHY_SECONDS
        while (done := self.check_health(service, **changes)).returncode:
            if time.monotonic() > deadline:
                log = self._log(service).read_text(errors="replace")[-3000:] if self._log(service).exists() else ""
                raise AssertionError(f"{service} is not well: {done.stdout}{done.stderr}\n{log}")
            time.sleep(0.3)

    def _command(self, service: str) -> list[str]:
        words = [self._translated(word) for word in self.file.services[service]["command"]]
        if "--port" in words:
            words[words.index("--port") + 1] = str(self.app_port if service == "app" else self.worker_port)
        if "--host" in words:
            words[words.index("--host") + 1] = "127.0.0.1"  # a container's own network; here it would be everybody's
        return words

    def _translated(self, text: str) -> str:
        """A text of the file or of a secret, with the addresses that the services have here."""
        return (
            text.replace("@db:5432", f"@127.0.0.1:{self.database.port}")
            .replace("@broker:5672", f"@127.0.0.1:{self.broker.port}")
            .replace("--port=5432", f"--port={self.database.port}")
            .replace("127.0.0.1:8000", f"127.0.0.1:{self.app_port}")
            .replace("/var/lib/filiere", str(self.data))
        )

    def _translated_secret(self, name: str) -> Path:
        path = self.data / f"secret-{name}"
        path.write_text(self._translated(self.secret(name)), encoding="utf-8")
        return path

    def _log(self, service: str) -> Path:
        return self.data / f"{service}.log"


@contextlib.contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """Start the database and the broker of the file; our own services are started by who needs them."""
    file = compose.read(ENVIRONMENT)
    secrets = make_secrets(folder / "secrets")
    given = file.services["db"]["environment"]
    user, password = _credentials((secrets / "broker.conf").read_text(encoding="utf-8"))
    with contextlib.ExitStack() as running:
        database = servers.PostgreSQL(
            settings=file.flags("db"),
            initdb=given["POSTGRES_INITDB_ARGS"].split(),
            user=given["POSTGRES_USER"],
            password=(secrets / "database_password").read_text(encoding="utf-8"),
        )
        running.callback(database.close)
        broker = servers.RabbitMQ(
            configuration=file.content["configs"]["broker"]["content"] + (secrets / "broker.conf").read_text(),
            credentials=(user, password),
        )
        running.callback(broker.close)
        database.start()
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {given['POSTGRES_DB']}")
        broker.start()
        data = folder / "data"
        data.mkdir()
        deployment = Deployment(
            file=file, secrets=secrets, data=data, database=database, broker=broker, app_port=servers.free_port()
        )
        try:
            yield deployment
        finally:
            for service in list(deployment.processes):
                deployment.stop(service)


def make_secrets(folder: Path) -> Path:
    """Make the secret files with the project's own program."""
    program = compose.ROOT / "platform" / "make_secrets.py"
    subprocess.run([sys.executable, str(program), str(folder)], check=True, capture_output=True)
    return folder


def _credentials(configuration: str) -> Sequence[str]:
    return [line.partition("=")[2].strip() for line in configuration.splitlines()]
