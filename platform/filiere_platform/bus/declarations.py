"""What a publisher declares on the broker before it sends: what every instance has once, a member's queues when needed.

Queues are declared many at a time, without an answer each. When that fails they go one at a time, so that a refusal, or
silence, is of one known queue. A queue that exists with other arguments
is somebody's decision (a larger bound, another policy): it is used as it is, and said. A queue that does not answer
(its replicas have no leader) is left alone for a while, since it would keep every other waiting.
"""

from __future__ import annotations

import functools
import logging
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from pika.channel import Channel

from filiere_platform.bus.topology import Exchange, Part, Queue, Topology

logger = logging.getLogger(__name__)

AILING_SECONDS = 300.0  # until a queue that did not answer is asked again, at the price of one patience for everybody

CHUNK = 50  # members whose queues are declared before the broker is asked whether it is through

Answered = Callable[[Any], None]
Step = Callable[[Answered], object]


class Declarations:
    """Remembers what is declared on the current channel. Used on the link's thread only."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._channel: Channel | None = None
        self._own = False
        self._members: set[int] = set()
        self._asking_for: str | None = None
        self._is_in_chunk = False
        self._is_careful = False  # one queue at a time, since the last chunk failed
        self._differing: set[str] = set()
        self._ailing: dict[str, float] = {}  # queue -> when it is asked again (monotonic)

    def start(self, channel: Channel) -> None:
        """Begin with a new channel: a broker that was away may have forgotten anything."""
        self._channel = channel
        self._own = False
        self._members.clear()
        self._asking_for = None
        self._is_in_chunk = False

    def go_on(self, channel: Channel) -> None:
        """Go on with another channel of the same connection: what was declared is there."""
        self._channel = channel

    def forget(self, members: Collection[int]) -> None:
        """Declare these members' queues again before the next message to them."""
        self._members.difference_update(members)

    def refused(self, reason: str) -> None:
        """Take note that the channel is lost, perhaps because of a queue with other arguments."""
        self._is_careful |= self._is_in_chunk
        if self._asking_for is not None and "PRECONDITION_FAILED" in reason:
            logger.warning("bus.queue_differs", extra={"queue": self._asking_for, "reason": reason})
            self._differing.add(self._asking_for)
        self._channel = None

    def unanswered(self) -> bool:
        """Leave the queue that is being asked for alone for a while; says whether there is one."""
        self._is_careful |= self._is_in_chunk
        if self._asking_for is None:
            return False
        logger.warning("bus.queue_does_not_answer", extra={"queue": self._asking_for})
        self._ailing[self._asking_for] = time.monotonic() + AILING_SECONDS
        return True

    def ailing(self, members: Collection[int]) -> set[int]:
        """Which of some members' queues are left alone for now."""
        return {member for member in members if self._is_ailing(self._topology.member_queue(member))}

    def ensure(self, members: Collection[int], *, progress: Callable[[], None], done: Callable[[], None]) -> None:
        """Declare what is missing for messages to some members; `progress` is called for every answer.

        If the channel is lost before the end, `done` is never called.
        """
        channel = self._channel
        if channel is None:
            return
        missing = sorted(set(members) - self._members)
        steps = deque([] if self._own else self._own_steps(channel))
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            if self._is_careful:
                steps.extend(step for member in chunk for step in self._member_steps(channel, member))
            else:
                steps.append(functools.partial(self._declare_chunk, channel, chunk))

        def advance(_frame: Any = None) -> None:
            progress()
            if channel is not self._channel:
                return
            self._asking_for = None
            self._is_in_chunk = False
            if steps:
                steps.popleft()(advance)
            else:
                self._own = True
                self._is_careful = False
                self._members.update(missing)
                done()

        advance()

    def _own_steps(self, channel: Channel) -> list[Step]:
        return [step for part in self._topology.own_parts() for step in self._steps(channel, part)]

    def _member_steps(self, channel: Channel, member: int) -> list[Step]:
        return [step for queue in self._topology.member_parts(member) for step in self._steps(channel, queue)]

    def _steps(self, channel: Channel, part: Part) -> list[Step]:
        if isinstance(part, Exchange):
            return [functools.partial(_declare_exchange, channel, part)]
        if self._is_ailing(part.name):
            return []
        return [functools.partial(self._declare, channel, part), functools.partial(_bind, channel, part)]

    def _declare_chunk(self, channel: Channel, members: Collection[int], done: Answered) -> None:
        self._is_in_chunk = True
        for queue in (queue for member in members for queue in self._topology.member_parts(member)):
            if not self._is_ailing(queue.name):
                self._declare(channel, queue, None)
                _bind(channel, queue, None)
        self._asking_for = None
        # A channel works in order: this answer comes when all of the above is done.
        channel.exchange_declare(self._topology.exchange, passive=True, callback=done)

    def _is_ailing(self, queue: str) -> bool:
        return bool(self._ailing) and self._ailing.get(queue, 0.0) > time.monotonic()

    def _declare(self, channel: Channel, queue: Queue, done: Answered | None) -> None:
        self._asking_for = queue.name
        if queue.name in self._differing:
            channel.queue_declare(queue.name, passive=True, callback=done)
        else:
            channel.queue_declare(queue.name, durable=True, arguments=queue.arguments, callback=done)


def _declare_exchange(channel: Channel, exchange: Exchange, done: Answered | None) -> None:
    channel.exchange_declare(exchange.name, exchange.kind, durable=True, callback=done)


def _bind(channel: Channel, queue: Queue, done: Answered | None) -> None:
    channel.queue_bind(queue.name, queue.bound_to, routing_key=queue.routing_key, callback=done)
