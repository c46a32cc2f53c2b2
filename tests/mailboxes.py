"""What members really receive, read by means of its own on either bus.

On RabbitMQ it is a plain pika consumer that keeps the raw headers and knows nothing of the platform's code but the
names of queues and exchanges, which are public.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pika
import pika.exceptions

from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.domain.message import Copy

_INTERNAL_ERROR = 541  # AMQP 0-9-1, 1.2: the server met an error of its own
_NO_LEADER = ("noproc", "timeout")  # of a quorum queue: why it could not be asked


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message as it arrived; `properties` and `routing_key` are None where the bus has no such thing."""

    id: str
    kind: str
    body: bytes
    properties: Any = None

    @property
    def events(self) -> list[dict[str, Any]]:
        return json.loads(self.body)


class Mailboxes(Protocol):
    """One mailbox per member."""

    def open(self, members: Iterable[int]) -> None: ...

    def letters(self, member: int, *, at_least: int = 0, seconds: float = 10.0) -> list[Letter]:
        """Take what has arrived, once there are so many letters or the time is over."""

    def remove(self, member: int) -> None:
        """Remove a member's mailbox by hand, with what is in it."""

    def close(self) -> None: ...


@dataclass
class EmbeddedMailboxes:
    """Mailboxes inside the process; one that is full refuses, as a bounded queue does."""

    bus: EmbeddedBus
    capacity: int = 100_000
    arrived: dict[int, list[Letter]] = field(default_factory=dict)

    def open(self, members: Iterable[int]) -> None:
        for member in members:
            self.arrived[member] = []
            self.bus.subscribe(functools.partial(self._receive, member), member_id=member)

    def letters(self, member: int, *, at_least: int = 0, seconds: float = 10.0) -> list[Letter]:  # noqa: ARG002 - there is nothing to wait for
        box = self.arrived[member]
        taken = box[:]
        box.clear()
        return taken

    def remove(self, member: int) -> None:
        self.arrived[member].clear()  # here it is the subscriber's own

    def close(self) -> None:
        self.arrived.clear()

    def _receive(self, member: int, copy: Copy) -> None:
        box = self.arrived[member]
        if len(box) >= self.capacity:
            raise OverflowError("the mailbox is full")
        box.append(Letter(id=copy.id, kind=copy.kind, body=copy.body))


@dataclass
class BrokerMailboxes:
    url: str
    prefix: str
    opened: set[int] = field(default_factory=set)

    def open(self, members: Iterable[int]) -> None:
        self.opened.update(members)

    def letters(self, member: int, *, at_least: int = 0, seconds: float = 10.0) -> list[Letter]:
        taken: list[Letter] = []
        deadline = time.monotonic() + seconds
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        try:
            channel = connection.channel()
            while True:
                try:
                    method, properties, body = channel.basic_get(f"{self.prefix}filiere.member.{member}")
                except pika.exceptions.ChannelClosedByBroker:
                    return taken  # the queue does not exist: nothing was ever sent to it
                except pika.exceptions.ConnectionClosedByBroker as error:
                    # A quorum queue that is being declared this moment is known by name before its process runs
                    # ("noproc"), and one whose broker has just come back may not have its leader yet ("timeout"):
                    # RabbitMQ 3.10 ends the whole connection of who asks then. What it took by that, if anything, was
                    # never acknowledged: it goes back into the queue.
                    if error.reply_code != _INTERNAL_ERROR or not any(w in error.reply_text for w in _NO_LEADER):
                        raise
                    return taken
                if method is None:
                    if len(taken) >= at_least or time.monotonic() > deadline:
                        return taken
                    time.sleep(0.02)
                else:
                    letter = Letter(id=properties.message_id, kind=method.routing_key, body=body, properties=properties)
                    taken.append(letter)
                    channel.basic_ack(method.delivery_tag)
        finally:
            if connection.is_open:
                connection.close()

    def remove(self, member: int) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        connection.channel().queue_delete(f"{self.prefix}filiere.member.{member}")
        connection.close()

    def close(self) -> None:
        """Remove everything this instance declared."""
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        channel = connection.channel()
        owned = ("member", "dead", "stream")
        for queue in (
            *(f"{self.prefix}filiere.{what}.{member}" for member in self.opened for what in owned),
            f"{self.prefix}filiere.dead.capture",
            f"{self.prefix}filiere.capture",
        ):
            channel.queue_delete(queue)
        for exchange in ("filiere.events", "filiere.dead-letters", "filiere.capture", "filiere.streams"):
            channel.exchange_delete(f"{self.prefix}{exchange}")
        connection.close()
