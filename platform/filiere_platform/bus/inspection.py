"""What the broker's management knows and AMQP does not tell: bindings, the nodes that keep a queue, and their alarms.

A binding too few loses what is sent; one too many shows somebody what is not his, since whatever is bound to the
exchange of events by a kind gets all of that kind.

Source: RabbitMQ 3.10, management plugin, HTTP API: bindings, queues, nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from filiere_platform.bus.management_api import ManagementApi
from filiere_platform.bus.topology import Exchange, Part, Queue
from filiere_platform.domain.broker_access import PartFault, PartFound
from filiere_platform.domain.broker_address import virtual_host

USUAL_REPLICAS: Final = 3  # of a quorum queue that does not say, as far as there are nodes (RabbitMQ 3.10)

Binding = tuple[str, str, str]  # exchange, destination, routing key


class BrokerInspection:
    """Looks at one virtual host; changes nothing."""

    def __init__(self, url: str, *, broker_url: str) -> None:
        """Take the management's address and that of the broker itself."""
        self._api = ManagementApi(url)
        self._vhost = quote(virtual_host(broker_url), safe="")

    def examine(self, parts: Sequence[Part], *, known: Sequence[Part], replicas: int) -> list[PartFound]:
        """Compare what the broker has with what it ought to have.

        Args:
            parts: what ought to be there.
            known: what may be there, those of members that are not active included.
            replicas: on how many nodes a queue is kept, as was set; 0 where the broker decides.

        Raises:
            BrokerAccessUnknown: the management did not answer, or refused.
        """
        nodes = self._api.ask("GET", "/api/nodes") or ()
        queues = self._api.ask("GET", f"/api/queues/{self._vhost}") or ()
        bindings = self._api.ask("GET", f"/api/bindings/{self._vhost}") or ()
        temporary = {str(queue["name"]) for queue in queues if queue.get("exclusive") or queue.get("auto_delete")}
        found = {
            (str(each["source"]), str(each["destination"]), str(each["routing_key"]))
            for each in bindings
            if each["source"] and not (each["destination_type"] == "queue" and each["destination"] in temporary)
        }
        wanted_nodes = min(replicas or USUAL_REPLICAS, len(nodes))
        return [
            *_bindings_wrong(parts, known, found),
            *_replicas_wrong(parts, {str(queue["name"]): queue for queue in queues}, wanted_nodes),
            *_nodes_wrong(nodes),
        ]


def _bindings_wrong(parts: Sequence[Part], known: Sequence[Part], found: Collection[Binding]) -> Iterator[PartFound]:
    exchanges = {part.name for part in parts if isinstance(part, Exchange)}
    unbound, extra = _bindings(parts).difference(found), set(found) - _bindings(known)
    for what, wrong in ((PartFault.UNBOUND, unbound), (PartFault.EXTRA, extra)):
        for exchange, destination, key in sorted(wrong):
            if exchange in exchanges:
                yield PartFound(name=destination, what=what, why=f"{exchange} by {key or 'an empty key'}")


def _bindings(parts: Sequence[Part]) -> set[Binding]:
    return {(part.bound_to, part.name, part.routing_key) for part in parts if isinstance(part, Queue)}


def _replicas_wrong(parts: Sequence[Part], queues: Mapping[str, Any], wanted: int) -> Iterator[PartFound]:
    for part in parts:
        known = queues.get(part.name) if isinstance(part, Queue) else None
        members = (known or {}).get("members")
        if not members:  # classic, or so new that the management does not know yet
            continue
        if len(members) < wanted:
            yield PartFound(name=part.name, what=PartFault.FEW, why=f"on {len(members)} nodes instead of {wanted}")
        if away := sorted(set(members) - set((known or {}).get("online", members))):
            yield PartFound(name=part.name, what=PartFault.OFFLINE, why=", ".join(away))


def _nodes_wrong(nodes: Sequence[Mapping[str, Any]]) -> Iterator[PartFound]:
    for node in nodes:
        if not node.get("running", True):
            yield PartFound(name=str(node["name"]), what=PartFault.OFFLINE)
        elif alarms := [name for name in ("mem_alarm", "disk_free_alarm") if node.get(name)]:
            yield PartFound(name=str(node["name"]), what=PartFault.ALARM, why=", ".join(alarms))
