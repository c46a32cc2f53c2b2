"""A server process of our own: start, freeze, kill, start again."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVICES = Path(__file__).resolve().parents[2] / ".work" / "services"
START_SECONDS = 90  # a first start of RabbitMQ on two busy cores takes up to 30 s
STOP_SECONDS = 30
SERVER_PORTS = (10_000, 31_999)  # Linux gives clients 32768 to 60999


class ServerUnavailableError(Exception):
    """A server cannot be started here: its program is missing, or it did not answer in time."""


class Server(ABC):
    """A server process of our own: start it, freeze it, kill it, start it again on the same data and port."""

    name: str
    runs_as: str | None = None  # the user that root hands it to, where it refuses to run as root

    def __init__(self, *, folder: Path | None = None, port: int | None = None) -> None:
        self.port = port or free_port()
        self.folder = folder or new_folder(self.name, user=self.runs_as if os.geteuid() == 0 else None)
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


def free_port() -> int:
    """A loopback port that nobody listens on now, below those that the system gives to clients.

    A server that is killed and started again needs its port again, and what waits for it asks for that very port all
    the while: from among the system's own, a client may be given it as its side of a connection.
    """
    while True:
        port = random.SystemRandom().randint(*SERVER_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def new_folder(name: str, *, user: str | None = None) -> Path:
    """Make a data folder under `.work/services`, or in the temporary folder where `user` cannot reach the checkout."""
    base = SERVICES
    base.mkdir(parents=True, exist_ok=True)
    remove_abandoned()
    if user and subprocess.run([*as_user(user), "test", "-x", str(base)], check=False).returncode:
        base = Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=f"filiere-{name}-{os.getpid()}-", dir=base))
    if user:
        shutil.chown(folder, user)
    return folder


def remove_abandoned() -> None:
    """Remove the data of servers whose run was killed: a folder's name carries the process that made it."""
    for base in (SERVICES, Path(tempfile.gettempdir())):
        for folder in base.glob("filiere-*-*-*"):
            _, server, maker, _ = folder.name.split("-", 3)
            if server in {"postgresql", "rabbitmq"} and maker.isdigit() and not runs(int(maker)):
                shutil.rmtree(folder, ignore_errors=True)


def runs(pid: int) -> bool:
    """Say whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


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
