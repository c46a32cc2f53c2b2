"""A RabbitMQ node of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pika
import pika.exceptions

from servers.process import STOP_SECONDS, Server, ServerUnavailableError, die_with_parent, free_port

# Debian's /usr/sbin/rabbitmq-server refuses anybody but root; the script behind it does not.
PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")

# RabbitMQ 3.10 writes down half a second late that a new quorum queue has a replica here; one that is killed before
# never elects a leader again.
QUEUE_SETTLED_SECONDS = 2.0


class RabbitMQ(Server):
    """A RabbitMQ node of our own, with its own port mapper.

    `configuration` is added to its rabbitmq.conf; `credentials` are those that it creates at its first start. Nodes of
    one cluster share a port mapper, which somebody else runs, and an Erlang cookie (`rabbitmq_cluster.py`).
    """

    name = "rabbitmq"

    def __init__(
        self,
        *,
        folder: Path | None = None,
        port: int | None = None,
        configuration: str = "",
        credentials: tuple[str, str] = ("guest", "guest"),
        plugins: Sequence[str] = (),
        mapper_port: int | None = None,
        cookie: str = "",
    ) -> None:
        self.program = rabbitmq_program()
        super().__init__(folder=folder, port=port)
        self.configuration = configuration
        self.credentials = credentials
        self.plugins = tuple(plugins)
        self.management_port = free_port()  # of its HTTP interface, where that plugin is among them
        self.runs_mapper = mapper_port is None
        self.mapper_port = mapper_port or free_port()
        self.cookie = cookie
        self.distribution_port = free_port()
        self.mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://{':'.join(self.credentials)}@127.0.0.1:{self.port}/%2F"

    @property
    def management_url(self) -> str:
        """The address of the management's HTTP interface."""
        return f"http://{':'.join(self.credentials)}@127.0.0.1:{self.management_port}"

    @property
    def node(self) -> str:
        """Its name among Erlang's nodes."""
        return f"filiere-{self.port}@localhost"

    @property
    def environment(self) -> dict[str, str]:
        """What makes the node, and rabbitmqctl, ours alone: name, ports, folders and cookie."""
        folder = str(self.folder)
        return {
            "HOME": folder,  # the Erlang cookie lies in the home folder
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node,
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
            # pika tells every refused connection at length; a node that starts refuses many.
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
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
        command = [str(program), "-n", self.node, "--quiet", *arguments]
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
        if self.plugins:
            listener += f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}\n"
        (self.folder / "rabbitmq.conf").write_text(listener + self.configuration)
        (self.folder / "plugins").write_text(f"[{','.join(self.plugins)}].\n")
        if self.cookie:
            secret = self.folder / ".erlang.cookie"
            secret.unlink(missing_ok=True)
            secret.write_text(self.cookie)
            secret.chmod(0o400)
        if self.runs_mapper:
            # The port mapper is started here, in the foreground: the one that Erlang would start outlives it.
            self.mapper = self._spawn(mapper_command(self.mapper_port), self.environment)
        return self._spawn([*die_with_parent(), self.program], self.environment)

    def _end_mapper(self) -> None:
        if self.mapper is not None:
            self.mapper.kill()
            self.mapper.wait(STOP_SECONDS)
            self.mapper = None


def rabbitmq_program() -> str:
    """The script that runs RabbitMQ in the foreground.

    Raises:
        ServerUnavailableError: It is not installed.
    """
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return found
    raise ServerUnavailableError("RabbitMQ is not installed: none of " + ", ".join(PROGRAMS))


def mapper_command(port: int) -> list[str]:
    """The words that run a port mapper in the foreground."""
    return [*die_with_parent(), epmd_program(), "-port", str(port), "-address", "127.0.0.1"]


def epmd_program() -> str:
    """Erlang's port mapper, which comes with RabbitMQ's runtime.

    Raises:
        ServerUnavailableError: It is not installed.
    """
    found = shutil.which("epmd")
    if not found:
        raise ServerUnavailableError("Erlang's port mapper epmd is not on the path")
    return found
