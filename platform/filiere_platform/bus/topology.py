"""Names and arguments of everything the platform declares on a broker.

One exchange takes every message. A member's queue is bound with an address that only the broker sees: recipients
travel in the BCC header, which RabbitMQ removes before it delivers, so that no copy names another recipient.
The routing key is the kind of the records: whoever watches the exchange (`filiere events tail`) binds to kinds.

The store is the truth and a member's queue a window on it. A full queue refuses (`reject-publish`) rather than drop:
the relay then knows, and nothing is lost in silence. What a member's program gives up goes to that member's own dead
letters, and so does what it sent to the capture exchange and was refused.

A queue's arguments cannot be changed once it is there: whoever changes them here says in docs/bus.md what becomes of
the queues of before (`filiere bus declare --replace`).

Source: RabbitMQ 3.10: Sender-selected Distribution; Quorum Queues; Dead Letter Exchanges; Queue Leader Location.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from filiere_platform.domain.broker_address import virtual_host
from filiere_schemas.provenance.entry import EntryKind

# What a member that does not consume may leave on the broker's disk. A window is enough: the relay refills it.
MOST_MESSAGES = 10_000  # of up to a hundred records each (domain/deliveries.py)
MOST_QUEUED_BYTES = 128 * 1024**2
MOST_DEAD_MESSAGES = 10_000
# What members may have sent and the platform not yet stored; a full queue refuses, and the sender's spool keeps it.
MOST_CAPTURES = 10_000
# What a member's stream keeps, whether or not it was read; the settings say otherwise.
STREAM_BYTES = 1024**3
STREAM_DAYS = 30
MOST_SEGMENT_BYTES = 100 * 1024**2  # a stream is cut by whole segments
DELIVERY_LIMIT = 20  # attempts of a consumer at one message before it is a dead letter
CAPTURE_ADDRESS = "capture"
MOST_DIGITS = 18  # of a member's id
KINDS = tuple(kind.value for kind in EntryKind)

Arguments = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: str = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A durable queue, and the one binding that it has."""

    name: str
    arguments: Arguments
    bound_to: str
    routing_key: str


Part = Exchange | Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The names of one instance's exchanges and queues.

    `prefix` keeps several instances on one broker apart. `replicas` is on how many nodes of a cluster a new queue is
    kept; 0 leaves that to the broker (three, or all where there are fewer).
    """

    prefix: str = ""
    most_messages: int = MOST_MESSAGES
    replicas: int = 0
    stream_bytes: int = STREAM_BYTES
    stream_days: int = STREAM_DAYS

    @property
    def exchange(self) -> str:
        """The direct exchange that takes every message."""
        return f"{self.prefix}filiere.events"

    @property
    def capture_exchange(self) -> str:
        """The direct exchange to which members send what is to be captured, with the key `CAPTURE_ADDRESS`."""
        return f"{self.prefix}filiere.capture"

    @property
    def capture_queue(self) -> str:
        """Where it waits for the platform."""
        return f"{self.prefix}filiere.capture"

    @property
    def dead_letter_exchange(self) -> str:
        """The direct exchange for messages that a program rejected or could not digest, by the member's address."""
        return f"{self.prefix}filiere.dead-letters"

    @property
    def stream_exchange(self) -> str:
        """The direct exchange of single events, for the streams of members that have chosen one."""
        return f"{self.prefix}filiere.streams"

    @property
    def former_dead_letters(self) -> str:
        """The fanout exchange of before, and its queue of the same name, to which queues of before still send."""
        return f"{self.prefix}filiere.dead"

    @property
    def capture_dead_letter_queue(self) -> str:
        """Where what the platform itself could not digest of `capture_queue` waits for the operator."""
        return f"{self.prefix}filiere.dead.capture"

    def member_queue(self, member_id: int) -> str:
        """The queue of a member."""
        return f"{self.prefix}filiere.member.{member_id}"

    def dead_letter_queue(self, member_id: int) -> str:
        """A member's dead letters; `x-death` tells from which queue each came and why."""
        return f"{self.prefix}filiere.dead.{member_id}"

    def stream(self, member_id: int) -> str:
        """The stream of a member that has chosen one."""
        return f"{self.prefix}filiere.stream.{member_id}"

    @staticmethod
    def member_address(member_id: int) -> str:
        """The routing key that reaches a member's queue, or its dead letters, and no other."""
        return f"member.{member_id}"

    def parts(self, member_ids: Iterable[int], *, streams: Iterable[int] = ()) -> list[Part]:
        """List everything that an instance with some members has on its broker, in the order of declaring it.

        `streams` are the members that have chosen one.
        """
        return [
            *self.own_parts(),
            *(part for member_id in member_ids for part in self.member_parts(member_id)),
            *(self.stream_part(member_id) for member_id in streams),
        ]

    def own_parts(self) -> list[Part]:
        """List what an instance has whoever its members are."""
        exchanges = (self.exchange, self.dead_letter_exchange, self.capture_exchange, self.stream_exchange)
        return [
            *(Exchange(name=name) for name in exchanges),
            Queue(
                name=self.capture_dead_letter_queue,
                arguments=self._quorum(MOST_DEAD_MESSAGES),
                bound_to=self.dead_letter_exchange,
                routing_key=CAPTURE_ADDRESS,
            ),
            Queue(
                name=self.capture_queue,
                arguments={**self._quorum(MOST_CAPTURES), **self._given_up_as(CAPTURE_ADDRESS)},
                bound_to=self.capture_exchange,
                routing_key=CAPTURE_ADDRESS,
            ),
        ]

    def member_parts(self, member_id: int) -> list[Queue]:
        """List a member's queues: its dead letters first, so that they are there before anything can go to them."""
        address = self.member_address(member_id)
        return [
            Queue(
                name=self.dead_letter_queue(member_id),
                arguments=self._quorum(MOST_DEAD_MESSAGES),
                bound_to=self.dead_letter_exchange,
                routing_key=address,
            ),
            Queue(
                name=self.member_queue(member_id),
                arguments={**self._quorum(self.most_messages), **self._given_up_as(address)},
                bound_to=self.exchange,
                routing_key=address,
            ),
        ]

    def stream_part(self, member_id: int) -> Queue:
        """Describe a member's stream: what was read stays, until it is too old or there is too much of it."""
        arguments: Arguments = {
            "x-queue-type": "stream",
            "x-queue-leader-locator": "balanced",
            "x-max-length-bytes": self.stream_bytes,
            "x-max-age": f"{self.stream_days}D",
            "x-stream-max-segment-size-bytes": min(MOST_SEGMENT_BYTES, self.stream_bytes // 4),
            **({"x-initial-cluster-size": self.replicas} if self.replicas else {}),
        }
        return Queue(
            name=self.stream(member_id),
            arguments=arguments,
            bound_to=self.stream_exchange,
            routing_key=self.member_address(member_id),
        )

    def member_user(self, member_id: int) -> str:
        """The broker user of a member's own program."""
        return f"{self.prefix}member-{member_id}"

    def member_of_user(self, user: str) -> int | None:
        """Give the member whose program a broker user is; None where it is nobody's."""
        number = user.removeprefix(f"{self.prefix}member-")
        is_one = number != user and number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS
        return int(number) if is_one and self.member_user(int(number)) == user else None

    def member_permissions(self, member_id: int) -> tuple[str, str, str]:
        """Patterns of what that user may configure, write and read: nothing, the capture exchange, its own queues.

        Who may bind a queue to an exchange can read everything that passes there: that takes the right to write to the
        queue and to read the exchange. Here no name may be written and also read, or be read and is an exchange.
        """
        prefix = re.escape(self.prefix)
        return "^$", f"^{prefix}filiere\\.capture$", f"^{prefix}filiere\\.(dead|member|stream)\\.{member_id}$"

    def _quorum(self, most_messages: int) -> Arguments:
        """Arguments of a queue that is replicated, bounded, and refuses when it is full."""
        return {
            "x-queue-type": "quorum",
            "x-queue-leader-locator": "balanced",
            "x-overflow": "reject-publish",
            "x-max-length": most_messages,
            "x-max-length-bytes": MOST_QUEUED_BYTES,
            **({"x-quorum-initial-group-size": self.replicas} if self.replicas else {}),
        }

    def _given_up_as(self, address: str) -> Arguments:
        """Arguments by which a message that a consumer gives up leaves for the dead letters, and is never lost."""
        return {
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": self.dead_letter_exchange,
            "x-dead-letter-routing-key": address,
            # Needs reject-publish: a message leaves its queue once the dead letter queue has confirmed it.
            "x-dead-letter-strategy": "at-least-once",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTopology(Topology):
    """The same names as the publisher of streams sees them: one exchange, and for each member its stream alone."""

    @property
    def exchange(self) -> str:
        """The exchange that takes what this publisher sends."""
        return self.stream_exchange

    def own_parts(self) -> list[Part]:
        """List what there is whoever the members are."""
        return [Exchange(name=self.stream_exchange)]

    def member_queue(self, member_id: int) -> str:
        """Where a member's events go."""
        return self.stream(member_id)

    def member_parts(self, member_id: int) -> list[Queue]:
        """List what a member has here."""
        return [self.stream_part(member_id)]


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
