"""Names and arguments of everything the platform declares on a broker.

One exchange takes every message. A member's queue is bound with an address that only the broker sees: recipients
travel in the BCC header, which RabbitMQ removes before it delivers, so that no copy names another recipient.
The routing key is the kind of the records: whoever watches the exchange (`filiere events tail`) binds to kinds.

The store is the truth and a member's queue a window on it. A full queue refuses (`reject-publish`) rather than drop:
the relay then knows, and nothing is lost in silence. What a member's program gives up goes to the dead letters.

Source: RabbitMQ 3.10: Sender-selected Distribution; Quorum Queues; Dead Letter Exchanges.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from filiere_schemas.provenance.entry import EntryKind

# What a member that does not consume may leave on the broker's disk. A window is enough: the relay refills it.
MOST_MESSAGES = 10_000  # of up to a hundred records each (domain/deliveries.py)
MOST_QUEUED_BYTES = 128 * 1024**2
MOST_DEAD_MESSAGES = 10_000
DELIVERY_LIMIT = 20  # attempts of one member's program at one message before it is a dead letter
KINDS = tuple(kind.value for kind in EntryKind)

Arguments = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A durable queue, and the one binding that it has."""

    name: str
    arguments: Arguments
    bound_to: str
    routing_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The names of one instance's exchanges and queues; `prefix` keeps several instances on one broker apart."""

    prefix: str = ""
    most_messages: int = MOST_MESSAGES

    @property
    def exchange(self) -> str:
        """The direct exchange that takes every message."""
        return f"{self.prefix}filiere.events"

    @property
    def dead_letter_exchange(self) -> str:
        """The fanout exchange for messages that a member's program rejected or could not digest."""
        return f"{self.prefix}filiere.dead"

    @property
    def dead_letter_queue(self) -> str:
        """Where the operator finds them; `x-death` tells from which queue each came and why."""
        return f"{self.prefix}filiere.dead"

    def member_queue(self, member_id: int) -> str:
        """The queue of a member."""
        return f"{self.prefix}filiere.member.{member_id}"

    @staticmethod
    def member_address(member_id: int) -> str:
        """The routing key that reaches a member's queue and no other."""
        return f"member.{member_id}"

    def parts(self, member_ids: Iterable[int]) -> list[Exchange | Queue]:
        """List everything that an instance with some members has on its broker, in the order of declaring it."""
        own: list[Exchange | Queue] = [
            Exchange(name=self.exchange, kind="direct"),
            Exchange(name=self.dead_letter_exchange, kind="fanout"),
            Queue(
                name=self.dead_letter_queue,
                arguments=self.dead_letter_queue_arguments(),
                bound_to=self.dead_letter_exchange,
            ),
        ]
        queues = (
            Queue(
                name=self.member_queue(member_id),
                arguments=self.member_queue_arguments(),
                bound_to=self.exchange,
                routing_key=self.member_address(member_id),
            )
            for member_id in member_ids
        )
        return [*own, *queues]

    def member_user(self, member_id: int) -> str:
        """The broker user of a member's own program."""
        return f"{self.prefix}member-{member_id}"

    def member_permissions(self, member_id: int) -> tuple[str, str, str]:
        """Patterns of what that user may configure, write and read: nothing, nothing, its own queue.

        Who may bind a queue to the exchange can read everything.
        """
        return "^$", "^$", f"^{re.escape(self.member_queue(member_id))}$"

    def member_queue_arguments(self) -> Arguments:
        """Arguments of a member's queue: replicated, bounded, refusing when full, dead letters never lost."""
        return {
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-max-length": self.most_messages,
            "x-max-length-bytes": MOST_QUEUED_BYTES,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": self.dead_letter_exchange,
            # Needs reject-publish: a message leaves the member's queue once the dead letter queue has confirmed it.
            "x-dead-letter-strategy": "at-least-once",
        }

    @staticmethod
    def dead_letter_queue_arguments() -> Arguments:
        """Arguments of the dead letter queue: it refuses when full, and the letters wait in their members' queues."""
        return {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-max-length": MOST_DEAD_MESSAGES}


def virtual_host(broker_url: str) -> str:
    """Read the virtual host of a broker's address."""
    return unquote(urlsplit(broker_url).path.removeprefix("/")) or "/"


def broker_commands(broker_url: str, topology: Topology, member_id: int, *, is_active: bool) -> list[str]:
    """Give the commands by which a member's program is shut out of the broker, or let back in (docs/bus.md)."""
    vhost, user = virtual_host(broker_url), topology.member_user(member_id)
    if is_active:
        permissions = ["rabbitmqctl", "set_permissions", "-p", vhost, user, *topology.member_permissions(member_id)]
    else:
        # Without any permission it cannot even open the virtual host.
        permissions = ["rabbitmqctl", "clear_permissions", "-p", vhost, user]
    closing = [] if is_active else [["rabbitmqctl", "close_all_user_connections", user, "suspended"]]
    return [shlex.join(command) for command in (permissions, *closing)]
