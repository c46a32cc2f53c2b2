"""PostgreSQL and RabbitMQ servers that the tests start for themselves, from installed programs.

A server has a data folder and a port of its own, listens on loopback alone, is ended by its own process id and
leaves nothing behind. It also dies with the process that started it, so that a killed test run leaves no server.
The fault suite stops, freezes and restarts such servers; a developer's own server is never touched by it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pika
import pika.exceptions
import psycopg

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90  # a first start of RabbitMQ on two busy cores takes up to 30 s
STOP_SECONDS = 30
POSTGRESQL_FOLDERS = "/usr/lib/postgresql/*/bin"  # where Debian keeps what it does not put on the path
# Debian's /usr/sbin/rabbitmq-server refuses anybody but root; the script behind it does not.
RABBITMQ_PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")


class ServerUnavailableError(Exception):
    """A server cannot be started here: its program is missing, or it did not answer in time."""


class Server(ABC):
    """A server process of our own: start it, freeze it, kill it, start it again on the same data and port."""

    name: str

    def __init__(self, *, folder: Path | None = None, port: int | None = None) -> None:
        self.port = port or free_port()
        self.folder = folder or new_folder(self.name)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients, with its credentials."""

    @abstractmethod
    def answers(self) -> bool:
        """Say whether a client can work with the server now."""

    @abstractmethod
    def _launch(self) -> subprocess.Popen[bytes]:
        """Start the process, on the data that is there."""

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            ServerUnavailableError: It ended at once, or did not answer within `START_SECONDS`.
        """
        self.process = self._launch()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ServerUnavailableError(f"{self.name} did not start; its log ends with:\n{self.log_tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server in order (what a shutdown of the machine does); stopping twice is harmless."""
        self._signal(self._stop_signal)
        self._wait()

    def kill(self) -> None:
        """End the server without giving it a chance to write anything (what a power cut does)."""
        self._signal(signal.SIGKILL)
        self._wait()

    def freeze(self) -> None:
        """Stop the process where it is: its sockets stay open and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self) -> str:
        """The last lines that the server printed."""
        log = self.folder / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.exists() else "(no log)"

    _stop_signal = signal.SIGTERM

    def _signal(self, number: signal.Signals) -> None:
        # Every server leads a process group of its own, so its children end with it.
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def _wait(self) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
        self.process = None

    def _spawn(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )


class PostgreSQL(Server):
    """A PostgreSQL cluster of our own; `settings` become `-c` flags, as in docker-compose.yml."""

    name = "postgresql"
    # SIGINT is PostgreSQL's "fast shutdown": it does not wait for clients to leave (PostgreSQL 15, 19.5).
    _stop_signal = signal.SIGINT

    def __init__(
        self, *, folder: Path | None = None, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.programs = postgresql_programs()
        super().__init__(folder=folder, port=port)
        self.settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **(settings or {})}

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def _launch(self) -> subprocess.Popen[bytes]:
        data = self.folder / "data"
        # PostgreSQL refuses to run as root.
        leave_root = as_user("postgres") if os.geteuid() == 0 else die_with_parent()
        if leave_root and os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        if not (data / "PG_VERSION").exists():
            initdb = [*leave_root, str(self.programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
            initdb += ["-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
            done = subprocess.run(initdb, capture_output=True, text=True, check=False, cwd=self.folder)
            if done.returncode:
                raise ServerUnavailableError(f"initdb failed:\n{done.stdout}{done.stderr}")
        flags = [flag for name, value in self.settings.items() for flag in ("-c", f"{name}={value}")]
        postgres = [str(self.programs / "postgres"), "-D", str(data), "-p", str(self.port)]
        return self._spawn([*leave_root, *postgres, *flags])


class RabbitMQ(Server):
    """A RabbitMQ node of our own, with its own port mapper; `configuration` is added to its rabbitmq.conf."""

    name = "rabbitmq"

    def __init__(self, *, folder: Path | None = None, port: int | None = None, configuration: str = "") -> None:
        self.program = rabbitmq_program()
        super().__init__(folder=folder, port=port)
        self.configuration = configuration
        self.mapper_port = free_port()
        self.distribution_port = free_port()
        self.mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    @property
    def environment(self) -> dict[str, str]:
        """What makes the node, and rabbitmqctl, ours alone: name, ports, folders and cookie."""
        folder = str(self.folder)
        return {
            "HOME": folder,  # the Erlang cookie lies in the home folder
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"filiere-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/environment",  # absent: the machine's own must not speak here
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "ERL_FLAGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def answers(self) -> bool:
        try:
            parameters = pika.URLParameters(self.url)
            parameters.socket_timeout = parameters.blocked_connection_timeout = 5
            parameters.connection_attempts = 1
            pika.BlockingConnection(parameters).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    def kill(self) -> None:
        super().kill()
        self._end_mapper()

    def stop(self) -> None:
        super().stop()
        self._end_mapper()

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` against this node and return what it printed.

        Raises:
            ServerUnavailableError: The command failed.
        """
        program = Path(self.program).with_name("rabbitmqctl")
        command = [str(program), "-n", self.environment["RABBITMQ_NODENAME"], "--quiet", *arguments]
        done = subprocess.run(
            command,
            env={**os.environ, **self.environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerUnavailableError(f"rabbitmqctl {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _launch(self) -> subprocess.Popen[bytes]:
        listener = f"listeners.tcp.local = 127.0.0.1:{self.port}\n"
        (self.folder / "rabbitmq.conf").write_text(listener + self.configuration)
        (self.folder / "plugins").write_text("[].\n")
        # The port mapper is started here, in the foreground: the one that Erlang would start outlives it.
        self.mapper = self._spawn(
            [*die_with_parent(), epmd_program(), "-port", str(self.mapper_port), "-address", "127.0.0.1"],
            self.environment,
        )
        return self._spawn([*die_with_parent(), self.program], self.environment)

    def _end_mapper(self) -> None:
        if self.mapper is not None:
            self.mapper.kill()
            self.mapper.wait(STOP_SECONDS)
            self.mapper = None


def postgresql_programs() -> Path:
    """The folder of initdb and postgres: on the path, else the newest of Debian's.

    Raises:
        ServerUnavailableError: Neither is there.
    """
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    newest = sorted(_glob(POSTGRESQL_FOLDERS), key=lambda folder: int(folder.parent.name))
    if not newest:
        raise ServerUnavailableError("PostgreSQL is not installed: neither initdb nor " + POSTGRESQL_FOLDERS)
    return newest[-1]


def rabbitmq_program() -> str:
    """The script that runs RabbitMQ in the foreground.

    Raises:
        ServerUnavailableError: It is not installed.
    """
    for program in RABBITMQ_PROGRAMS:
        found = shutil.which(program)
        if found:
            return found
    raise ServerUnavailableError("RabbitMQ is not installed: none of " + ", ".join(RABBITMQ_PROGRAMS))


def epmd_program() -> str:
    """Erlang's port mapper, which comes with RabbitMQ's runtime.

    Raises:
        ServerUnavailableError: It is not installed.
    """
    found = shutil.which("epmd")
    if not found:
        raise ServerUnavailableError("Erlang's port mapper epmd is not on the path")
    return found


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_folder(name: str) -> Path:
    """A new data folder under `.work/services`, or under /tmp where the server's user cannot reach the checkout."""
    base = ROOT / ".work" / "services"
    base.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0 and name == PostgreSQL.name:
        reachable = subprocess.run([*as_user("postgres"), "test", "-x", str(base)], check=False).returncode == 0
        base = base if reachable else Path(tempfile.gettempdir())
    return Path(tempfile.mkdtemp(prefix=f"filiere-{name}-{os.getpid()}-", dir=base))


def as_user(name: str) -> list[str]:
    """The words that run a command as another user, for root.

    Raises:
        ServerUnavailableError: There is no such user, or no program to change to it.
    """
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise ServerUnavailableError(f"{name} does not run as root, and there is no user {name}") from None
    if not shutil.which("setpriv"):
        raise ServerUnavailableError("setpriv (util-linux) is not on the path")
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", "--pdeathsig=INT"]


def die_with_parent() -> list[str]:
    """The words that end a command when the process that started it ends; none where util-linux is absent."""
    return ["setpriv", "--pdeathsig=TERM"] if shutil.which("setpriv") else []


def _glob(pattern: str) -> Iterator[Path]:
    return Path("/").glob(pattern.lstrip("/"))
