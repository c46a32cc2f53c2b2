"""Several RabbitMQ nodes on this machine that form one cluster, each with a name and ports of its own."""

from __future__ import annotations

import secrets
import subprocess
from types import TracebackType
from typing import Self

from servers.process import STOP_SECONDS, free_port
from servers.rabbitmq import RabbitMQ, mapper_command

SIZE = 3  # nodes: the least of which two are a majority
# A node that starts joins those that it is told of and finds; by default it waits up to a minute before it looks.
_FORMATION = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.randomized_startup_delay_range.min = 0
cluster_formation.randomized_startup_delay_range.max = 0
"""


class RabbitMQCluster:
    """Nodes that may be stopped, frozen and killed one by one, and one port mapper for all of them.

    A context manager: it starts them all and leaves nothing behind.
    """

    def __init__(self) -> None:
        self._mapper_port = free_port()
        self._mapper: subprocess.Popen[bytes] | None = None
        cookie = secrets.token_hex(16)
        self.nodes = tuple(RabbitMQ(mapper_port=self._mapper_port, cookie=cookie) for _ in range(SIZE))
        names = "".join(
            f"cluster_formation.classic_config.nodes.{number} = {node.node}\n"
            for number, node in enumerate(self.nodes, start=1)
        )
        for node in self.nodes:
            node.configuration = _FORMATION + names

    @property
    def url(self) -> str:
        """The addresses of all nodes, as the platform takes them."""
        return ",".join(node.url for node in self.nodes)

    def start(self) -> None:
        """Start the nodes, each of which joins those before it.

        Raises:
            ServerUnavailableError: one did not start.
        """
        self._mapper = subprocess.Popen(
            mapper_command(self._mapper_port), cwd=self.nodes[0].folder, stdin=subprocess.DEVNULL, process_group=0
        )
        for node in self.nodes:
            # One after the other: two that join at once meet in the schema's table, and one of them gives up.
            node.start()
        self.nodes[0].control("await_online_nodes", str(len(self.nodes)))

    def replicas(self, queue: str) -> tuple[RabbitMQ, set[str]]:
        """Say which node leads a queue, and the names of all that keep it; asked of any node that runs."""
        asked = next(node for node in self.nodes if node.process is not None)
        for line in asked.control("list_queues", "--silent", "name", "leader", "members").splitlines():
            name, leader, members = line.split("\t")
            if name == queue:
                [leading] = [node for node in self.nodes if node.node == leader]
                return leading, {member.strip() for member in members.strip("[]").split(",")}
        raise LookupError(queue)

    def close(self) -> None:
        """End every node and remove its data."""
        for node in self.nodes:
            node.kill()  # in order it takes seconds each
            node.close()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
