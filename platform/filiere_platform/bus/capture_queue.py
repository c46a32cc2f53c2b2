"""The capture queue on RabbitMQ: what members' programs send, one message after the other, until each is settled.

A message is acknowledged after everything that it led to is safe: its records are committed (the caller's part), and
each letter about a refused one is confirmed by the broker. A letter goes to its sender's dead letters; where those are
full or gone, to the operator's; where those are full too, it is tried again, and its message stays unacknowledged.

Who sent it says `user_id`, which the broker compares with the user of the connection and refuses where it differs.
An answer goes to RabbitMQ's direct reply-to alone: another name in `reply_to` could be somebody else's queue, into
which the sender may not write, and we may.

Source: RabbitMQ 3.10: Validated User-ID; Direct Reply-to; Consumer Acknowledgements and Publisher Confirms.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pika
from pika.channel import Channel

from filiere_platform.bus.declarations import Declarations
from filiere_platform.bus.link import Link
from filiere_platform.bus.rabbitmq import PERSISTENT
from filiere_platform.bus.topology import CAPTURE_ADDRESS, Topology
from filiere_platform.domain.accept_language import preferred_language
from filiere_platform.domain.arrival import Arrival, Letter
from filiere_platform.usecases.record_exchange import Answer

PREFETCH: Final = 200  # messages in hand at once: a commit group is made of them
DIRECT_REPLY: Final = "amq.rabbitmq.reply-to."
LETTER_TYPE: Final = "filiere.capture.refused.v1"
LETTER_CONTENT_TYPE: Final = "application/problem+json"
LETTER_PAUSE: Final = 5.0  # seconds until a letter that nobody took is tried again

logger = logging.getLogger(__name__)

Receive = Callable[[Arrival], None]


@dataclass(eq=False, slots=True, kw_only=True)
class _Case:
    """A message on its way to being settled: its letters are not all confirmed yet."""

    arrival: Arrival
    answer: Answer | None
    letters: int


@dataclass(eq=False, slots=True, kw_only=True)
class _Posted:
    """A letter that was published and not yet confirmed."""

    case: _Case
    letter: Letter
    message_id: str
    to: int | None  # the member; None: the operator
    is_returned: bool = False


@dataclass(slots=True)
class _Channel:
    """What is known of the channel that is open now."""

    channel: Channel
    number: int
    last_tag: int = 0
    posted: dict[int, _Posted] = field(default_factory=dict)  # in order of tags
    unsettled: set[int] = field(default_factory=set)
    is_ready: bool = False  # everything is declared
    consumer: str | None = None


class CaptureQueue:
    """Consumes the capture queue on a connection of its own; `receive` is called on that connection's thread."""

    def __init__(self, url: str, *, topology: Topology, receive: Receive, prefetch: int = PREFETCH) -> None:
        self._topology = topology
        self._receive = receive
        self._prefetch = prefetch
        # From here on everything belongs to the link's thread.
        self._numbers = itertools.count(1)
        self._now: _Channel | None = None
        self._is_paused = False
        self._declarations = Declarations(topology)
        self._letters_declared: set[int] = set()
        self._link = Link(url, name=f"{topology.capture_queue} consumer", owner=self)

    def settle(self, arrival: Arrival, *, letters: Sequence[Letter] = (), answer: Answer | None = None) -> None:
        """Post letters, answer who waits for it, then acknowledge a message. From any thread; returns at once.

        A message of a channel that is gone is left alone: the broker delivers it again.
        """
        self._link.call(functools.partial(self._settle, arrival, tuple(letters), answer))

    def pause(self) -> None:
        """Give everything back that is not settled, and take nothing more, until told to go on. From any thread."""
        self._link.call(self._pause)

    def resume(self) -> None:
        """Go on. From any thread."""
        self._link.call(self._resume)

    def stop_consuming(self) -> None:
        """Take nothing more; what is in hand can still be settled. From any thread."""
        self._link.call(self._cancel)

    def close(self) -> None:
        """Close the connection; what is not settled is delivered again, to whoever consumes then."""
        self._link.stop()

    def channel_opened(self, channel: Channel) -> None:
        """Declare what is needed, then consume."""
        now = self._now = _Channel(channel=channel, number=next(self._numbers))
        channel.add_on_return_callback(self._returned)
        channel.add_on_cancel_callback(lambda _frame: self._link.reset("the capture queue is gone"))
        self._declarations.start(channel)
        channel.confirm_delivery(self._answered, callback=functools.partial(self._confirming, now))

    def _confirming(self, now: _Channel, _frame: Any) -> None:
        if now is self._now:
            self._declarations.ensure((), progress=lambda: None, done=functools.partial(self._declared, now))

    def _declared(self, now: _Channel) -> None:
        now.channel.basic_qos(prefetch_count=self._prefetch, callback=functools.partial(self._begin, now))

    def _begin(self, now: _Channel, _frame: Any) -> None:
        if now is not self._now:
            return
        now.is_ready = True
        if not self._is_paused:
            self._consume(now)

    def channel_lost(self, reason: str) -> None:
        """Forget what was in hand: the broker delivers it again."""
        self._declarations.refused(reason)
        self._now = None

    def _consume(self, now: _Channel) -> None:
        now.consumer = now.channel.basic_consume(self._topology.capture_queue, functools.partial(self._delivered, now))

    def _delivered(self, now: _Channel, _channel: Channel, method: Any, properties: Any, body: bytes) -> None:
        if now is not self._now:
            return
        now.unsettled.add(method.delivery_tag)
        user = str(properties.user_id or "")
        reply_to = str(properties.reply_to or "")
        if reply_to and not reply_to.startswith(DIRECT_REPLY):
            logger.info("capture.reply_to_ignored", extra={"user": user})
            reply_to = ""
        wanted = (properties.headers or {}).get("accept-language", "")
        self._receive(
            Arrival(
                tag=method.delivery_tag,
                channel=now.number,
                member_id=self._topology.member_of_user(user),
                user=user,
                content_type=str(properties.content_type or ""),
                language=preferred_language(wanted if isinstance(wanted, str) else ""),
                body=body,
                reply_to=reply_to,
                correlation_id=properties.correlation_id,
            )
        )

    def _settle(self, arrival: Arrival, letters: Sequence[Letter], answer: Answer | None) -> None:
        now = self._now
        if now is None or now.number != arrival.channel or arrival.tag not in now.unsettled:
            return
        case = _Case(arrival=arrival, answer=answer, letters=len(letters))
        for letter in letters:
            self._post(now, case, letter, to=letter.member_id)
        if not letters:
            self._finish(now, case)

    def _post(self, now: _Channel, case: _Case, letter: Letter, *, to: int | None) -> None:
        names = self._topology
        message_id = hashlib.sha256(letter.body).hexdigest()
        address = CAPTURE_ADDRESS if to is None else names.member_address(to)
        properties = pika.BasicProperties(
            content_type=LETTER_CONTENT_TYPE,
            delivery_mode=PERSISTENT,
            message_id=message_id,
            type=LETTER_TYPE,
            timestamp=int(time.time()),
            headers={"filiere-sender": case.arrival.user},
        )
        now.last_tag += 1
        now.posted[now.last_tag] = _Posted(case=case, letter=letter, message_id=message_id, to=to)
        now.channel.basic_publish(names.dead_letter_exchange, address, letter.body, properties, mandatory=True)

    def _returned(self, _channel: Channel, _method: Any, properties: Any, _body: bytes) -> None:
        """Note that a letter reached no queue; its confirm follows. Returns come in the order of publishing."""
        now = self._now
        for posted in now.posted.values() if now is not None else ():
            if posted.message_id == properties.message_id and not posted.is_returned:
                posted.is_returned = True
                return

    def _answered(self, frame: Any) -> None:
        """Take the broker's confirms of letters; those of answers are of no interest."""
        now = self._now
        if now is None:
            return
        settled = frame.method
        tag = settled.delivery_tag
        tags = list(itertools.takewhile(tag.__ge__, now.posted)) if settled.multiple else [tag]
        for known in tags:
            posted = now.posted.pop(known, None)
            if posted is None:
                continue
            if posted.is_returned or isinstance(settled, pika.spec.Basic.Nack):
                self._post_elsewhere(now, posted)
                continue
            posted.case.letters -= 1
            if not posted.case.letters:
                self._finish(now, posted.case)

    def _post_elsewhere(self, now: _Channel, posted: _Posted) -> None:
        """Post a letter again that found no queue, or a full one."""
        to = posted.to
        if posted.is_returned and to is not None and to not in self._letters_declared:
            # Once per process: a queue that is there and still does not get it is somebody's doing.
            self._letters_declared.add(to)
            queue = self._topology.member_parts(to)[0]  # its dead letters come first
            now.channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
            now.channel.queue_bind(queue.name, queue.bound_to, routing_key=queue.routing_key)
            self._post(now, posted.case, posted.letter, to=to)
        elif to is not None:
            logger.warning("capture.dead_letters_full", extra={"member": to})
            self._post(now, posted.case, posted.letter, to=None)
        else:
            logger.warning("capture.letter_waits", extra={"member": posted.letter.member_id})
            self._link.call_later(LETTER_PAUSE, functools.partial(self._post_again, now, posted))

    def _post_again(self, now: _Channel, posted: _Posted) -> None:
        if now is self._now:
            self._post(now, posted.case, posted.letter, to=posted.letter.member_id)

    def _finish(self, now: _Channel, case: _Case) -> None:
        arrival, answer = case.arrival, case.answer
        if arrival.tag not in now.unsettled:
            return
        if arrival.reply_to and answer is not None:
            properties = pika.BasicProperties(
                content_type=answer.media_type,
                correlation_id=arrival.correlation_id,
                headers={"status": answer.status},
            )
            now.last_tag += 1
            # Not mandatory: a sender that has gone sends the same again, and gets the same receipt.
            now.channel.basic_publish("", arrival.reply_to, answer.body, properties)
        now.unsettled.discard(arrival.tag)
        now.channel.basic_ack(arrival.tag)

    def _cancel(self) -> None:
        now = self._now
        self._is_paused = True
        if now is not None and now.consumer is not None:
            now.channel.basic_cancel(now.consumer)
            now.consumer = None

    def _pause(self) -> None:
        self._cancel()
        now = self._now
        if now is not None:
            for tag in now.unsettled:
                now.channel.basic_nack(tag, requeue=True)
            now.unsettled.clear()

    def _resume(self) -> None:
        self._is_paused = False
        if self._now is not None and self._now.is_ready and self._now.consumer is None:
            self._consume(self._now)
