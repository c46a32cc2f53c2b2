"""The bus on RabbitMQ: publisher confirms with a window, one copy to many queues, nothing lost in silence.

`publish` returns when the broker has confirmed every message, that is when each is on the disks of a majority of the
queue's replicas. A refusal (a full queue, an address without a queue) fails its message alone; a lost connection
fails what it left unconfirmed. What failed is offered again by the relay, under the same ids.

Messages arrive in the order in which they are handed over, except around a refusal: what follows a refused message may
be delivered before it, and is delivered again after it.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.channel import Channel

from filiere_platform.bus.declarations import Declarations
from filiere_platform.bus.link import Link
from filiere_platform.bus.presence import Presence
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.message import BusUnavailable, Message

WINDOW = 1_000  # messages published and not yet confirmed
PATIENCE = 15.0  # seconds without any sign of the broker before the rest of a batch is given up
CONNECT_SECONDS = 2.0  # that a call waits for a connection; whoever has messages waits longer, without holding a thread
# The BCC header shares one frame (131,072 bytes, the default frame_max) with all properties, and an address takes at
# most 30 bytes there. A message for more recipients than this goes out several times.
MOST_RECIPIENTS = 2_000
# A channel whose first message to a queue came before the broker had found that queue's new leader is refused every
# later one, too: it goes on asking the node that is gone (seen on RabbitMQ 3.10.8). A full queue refuses in the same
# words, so that a refusal is followed by a new channel, which costs two round trips, at most this often.
RENEW_SECONDS = 5.0
CONTENT_TYPE = "application/cloudevents-batch+json; charset=utf-8"
EVENT_CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"  # of a single event
PERSISTENT = 2

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True, kw_only=True)
class _Batch:
    """The messages of one call and how far they got. Written on the link's thread, read elsewhere once done."""

    messages: Sequence[Message]
    to_send: Iterator[tuple[int, tuple[int, ...]]]  # position of the message, recipients of one copy
    unconfirmed_copies: dict[int, int]  # by position
    refused: set[int] = field(default_factory=set)
    unanswered: set[int] = field(default_factory=set)  # sent, and given up
    reason: str = ""
    signs_of_life: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def sign_of_life(self) -> None:
        """Note that the broker answered something."""
        self.signs_of_life += 1

    def settle(self, position: int) -> None:
        """Note that one copy of a message is confirmed or refused."""
        left = self.unconfirmed_copies[position] - 1
        if left:
            self.unconfirmed_copies[position] = left
        else:
            del self.unconfirmed_copies[position]


class RabbitBus:
    """Publishes through one connection. Safe to use from several threads; one batch is under way at a time."""

    def __init__(
        self,
        url: str,
        *,
        topology: Topology | None = None,
        window: int = WINDOW,
        patience: float = PATIENCE,
        content_type: str = CONTENT_TYPE,
    ) -> None:
        self.topology = topology or Topology()
        self._window = window
        self._patience = patience
        self._content_type = content_type  # of a message's body
        self._publishing = threading.Lock()
        self._is_closed = False
        self._connected = threading.Event()
        # From here on everything belongs to the link's thread.
        self._channel: Channel | None = None
        self._batch: _Batch | None = None
        self._declarations = Declarations(self.topology)
        self._waiting: dict[int, int] = {}  # delivery tag -> position of the message, in order of tags
        self._last_tag = 0
        self._renewed_at = -RENEW_SECONDS
        self._is_renewing = False
        self._link = Link(url, name=f"{self.topology.exchange} relay", owner=self)

    @property
    def is_connected(self) -> bool:
        """Whether there is a channel to the broker now."""
        return self._connected.is_set()

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish messages in order and wait until the broker has confirmed each.

        Raises:
            BusUnavailable: the broker is away, or refused some; `failed` names the messages that are not safe.
        """
        if not messages:
            return
        batch = _batch_of(messages)
        with self._publishing:
            if self._is_closed:
                raise BusUnavailable("the bus is closed", failed=range(len(messages)))
            if not self._connected.wait(min(self._patience, CONNECT_SECONDS)):
                raise BusUnavailable("no connection to the broker", failed=range(len(messages)))
            self._link.call(functools.partial(self._begin, batch))
            seen = 0
            while not batch.done.wait(self._patience):
                if batch.signs_of_life == seen:
                    self._link.call(functools.partial(self._give_up, batch))
                    batch.done.wait(self._patience)
                    break
                seen = batch.signs_of_life
            if batch.unanswered and self._connected.wait(self._patience):
                # The broker is there and takes connections: it is those messages' queues that do not answer.
                batch.refused |= batch.unanswered
        if batch.unconfirmed_copies or batch.refused:
            reason = batch.reason or "the broker did not answer"
            raise BusUnavailable(reason, failed=set(batch.unconfirmed_copies), refused=batch.refused)

    def missing(self, members: Collection[int]) -> set[int]:
        """Say whose queues are not there, and declare them."""
        queues = {self.topology.member_queue(member): member for member in members}
        with self._publishing:
            gone = {queues[queue] for queue in Presence(self._link, queues).missing(self._patience)}
            if gone:
                declared = threading.Event()
                self._link.call(functools.partial(self._declare_again, gone, declared))
                declared.wait(self._patience)
        return gone

    def close(self) -> None:
        """Let the batch under way finish, then close the connection."""
        with self._publishing:
            self._is_closed = True
        self._link.stop()

    def channel_opened(self, channel: Channel) -> None:
        """Start afresh: nothing is declared on a new connection, and a channel's tags start at 1."""
        if self._is_renewing:
            self._declarations.go_on(channel)
        else:
            self._declarations.start(channel)
        self._is_renewing = False
        self._renewed_at = time.monotonic()
        self._waiting.clear()
        self._last_tag = 0
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._answered, callback=functools.partial(self._ready, channel))

    def channel_lost(self, reason: str) -> None:
        """Fail what the broker had not confirmed."""
        self._channel = None
        self._connected.clear()
        self._waiting.clear()
        self._is_renewing = False
        self._declarations.refused(reason)
        self._finish(reason)

    def _ready(self, channel: Channel, _frame: Any) -> None:
        self._channel = channel
        self._connected.set()
        self._prepare()

    def _begin(self, batch: _Batch) -> None:
        self._batch = batch
        self._leave_out_ailing(batch)
        self._prepare()

    def _declare_again(self, members: Collection[int], declared: threading.Event) -> None:
        self._declarations.forget(members)
        self._declarations.ensure(members, progress=lambda: None, done=declared.set)

    def _leave_out_ailing(self, batch: _Batch) -> None:
        """Refuse the messages to members whose queues did not answer of late."""
        ailing = self._declarations.ailing(_recipients(batch.messages))
        for position, message in enumerate(batch.messages):
            if not ailing.isdisjoint(message.recipients):
                batch.refused.add(position)
                batch.reason = "a recipient's queue does not answer"
                batch.unconfirmed_copies.pop(position, None)

    def _prepare(self) -> None:
        """Declare what the batch needs, then send it; without a channel yet, wait for one."""
        batch = self._batch
        if batch is not None and self._channel is not None:
            wanted = [message for position, message in enumerate(batch.messages) if position not in batch.refused]
            self._declarations.ensure(_recipients(wanted), progress=batch.sign_of_life, done=self._send)

    def _send(self) -> None:
        """Publish until the window is full or nothing is left; finish when all is confirmed."""
        batch, channel = self._batch, self._channel
        if batch is None or channel is None:
            return
        while len(self._waiting) < self._window:
            copy = next(batch.to_send, None)
            if copy is None:
                break
            position, recipients = copy
            if position not in batch.unconfirmed_copies:
                continue  # left out
            message = batch.messages[position]
            self._last_tag += 1
            self._waiting[self._last_tag] = position
            channel.basic_publish(
                self.topology.exchange,
                message.kind,
                message.body,
                self._properties(message, recipients),
                mandatory=True,
            )
        if not self._waiting:
            if batch.refused and time.monotonic() - self._renewed_at >= RENEW_SECONDS:
                self._channel, self._is_renewing = None, True
                self._connected.clear()
                self._link.renew()
            self._finish()

    def _properties(self, message: Message, recipients: tuple[int, ...]) -> pika.BasicProperties:
        return pika.BasicProperties(
            content_type=self._content_type,
            delivery_mode=PERSISTENT,
            message_id=message.id,
            headers={"BCC": [self.topology.member_address(member) for member in recipients]},
        )

    def _answered(self, frame: Any) -> None:
        """Settle what the broker confirmed (basic.ack) or refused (basic.nack), perhaps many at once."""
        batch = self._batch
        if batch is None:
            return
        batch.sign_of_life()
        settled = frame.method
        tag = settled.delivery_tag
        tags = list(itertools.takewhile(tag.__ge__, self._waiting)) if settled.multiple else [tag]
        for known in tags:
            position = self._waiting.pop(known, None)
            if position is None:
                continue
            if isinstance(settled, pika.spec.Basic.Nack):
                batch.refused.add(position)
                batch.reason = "a recipient's queue is full, or its replicas are not there"
            batch.settle(position)
        self._send()

    def _returned(self, _channel: Channel, method: Any, properties: Any, _body: bytes) -> None:
        """Fail a message that reached no queue at all: its queues were removed under us."""
        batch = self._batch
        if batch is None:
            return
        logger.warning("bus.message_returned", extra={"message_id": properties.message_id, "code": method.reply_code})
        batch.reason = "no recipient's queue exists"
        # A return names no delivery tag. Where one body goes to several sets of recipients, all of them are suspected.
        for position, message in enumerate(batch.messages):
            if message.id == properties.message_id:
                batch.refused.add(position)
                self._declarations.forget(message.recipients)

    def _give_up(self, batch: _Batch) -> None:
        if batch is self._batch:
            if self._declarations.unanswered():
                self._leave_out_ailing(batch)
            batch.unanswered.update(self._waiting.values())
            self._finish("the broker does not answer")
            if self._channel is not None:
                # Late confirms must not be taken for those of the next batch, and unsent bytes must not pile up.
                self._link.reset("no answer")

    def _finish(self, reason: str = "") -> None:
        batch, self._batch = self._batch, None
        if batch is not None:
            batch.reason = batch.reason or reason
            batch.done.set()


def _recipients(messages: Sequence[Message]) -> set[int]:
    return {member for message in messages for member in message.recipients}


def _batch_of(messages: Sequence[Message]) -> _Batch:
    copies = [
        (position, message.recipients[start : start + MOST_RECIPIENTS])
        for position, message in enumerate(messages)
        for start in range(0, len(message.recipients), MOST_RECIPIENTS)
    ]
    unconfirmed = Counter(position for position, _ in copies)
    return _Batch(messages=messages, to_send=iter(copies), unconfirmed_copies=dict(unconfirmed))
