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


class RabbitMQ(Server):
    """A RabbitMQ node of our own, with its own port mapper.

    `configuration` is added to its rabbitmq.conf; `credentials` are those that it creates at its first start.
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
    ) -> None:
        self.program = rabbitmq_program()
        super().__init__(folder=folder, port=port)
        self.configuration = configuration
        self.credentials = credentials
        self.plugins = tuple(plugins)
        self.management_port = free_port()  # of its HTTP interface, where that plugin is among them
        self.mapper_port = free_port()
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
        if self.plugins:
            listener += f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}\n"
        (self.folder / "rabbitmq.conf").write_text(listener + self.configuration)
        (self.folder / "plugins").write_text(f"[{','.join(self.plugins)}].\n")
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


def epmd_program() -> str:
    """Erlang's port mapper, which comes with RabbitMQ's runtime.

    Raises:
        ServerUnavailableError: It is not installed.
    """
    found = shutil.which("epmd")
    if not found:
        raise ServerUnavailableError("Erlang's port mapper epmd is not on the path")
    return found
