"""PostgreSQL and RabbitMQ servers that the tests start for themselves, from installed programs.

A server has a data folder and a port of its own, listens on loopback alone, is ended by its own process id and
leaves nothing behind. It also dies with the process that started it, so that a killed test run leaves no server.
The fault suite stops, freezes and restarts such servers; a developer's own server is never touched by it.
"""

from servers.postgresql import PostgreSQL
from servers.process import Server, ServerUnavailableError, free_port, remove_abandoned, runs
from servers.rabbitmq import RabbitMQ
from servers.rabbitmq_cluster import RabbitMQCluster

__all__ = [
    "PostgreSQL",
    "RabbitMQ",
    "RabbitMQCluster",
    "Server",
    "ServerUnavailableError",
    "free_port",
    "remove_abandoned",
    "runs",
]
