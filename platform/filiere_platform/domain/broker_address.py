"""Where an instance's broker is: one node, or the nodes of a cluster, by commas."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

SCHEMES = ("amqp://", "amqps://")


def nodes_of(broker_url: str) -> tuple[str, ...]:
    """Read the addresses of a broker's nodes, in the order in which they are tried.

    Raises:
        ValueError: one is not an `amqp://` or `amqps://` address, or they name different virtual hosts. No password is
            in the message.
    """
    nodes = tuple(each.strip() for each in broker_url.split(",") if each.strip())
    if not nodes or not all(each.startswith(SCHEMES) for each in nodes):
        msg = "expected amqp(s)://USER:PASSWORD@HOST/VHOST, and further nodes of the same cluster by commas"
        raise ValueError(msg)
    if len({_path(each) for each in nodes}) > 1:
        msg = "expected one virtual host for all nodes of a cluster"
        raise ValueError(msg)
    return nodes


def virtual_host(broker_url: str) -> str:
    """Read the virtual host of a broker's address."""
    return unquote(_path(nodes_of(broker_url)[0]).removeprefix("/")) or "/"


def _path(node: str) -> str:
    return urlsplit(node).path
