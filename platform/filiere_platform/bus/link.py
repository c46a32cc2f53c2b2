"""One connection to RabbitMQ, kept open by a thread of its own.

All of pika runs on that thread: callbacks, heartbeats, reconnection with full jitter. Others reach it through `call`.
Of a cluster one node is connected to; whenever that fails, the next one in turn is tried.
The owner hears of a channel in confirm mode when there is one, and of its loss, once each.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import Any, Protocol

import pika
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.channel import Channel

from filiere_platform.bus.foreign_headers import leave_out_unreadable_headers
from filiere_platform.domain.broker_address import nodes_of
from filiere_schemas.backoff import full_jitter

HEARTBEAT = 30  # seconds; a silent peer is given up after two of them
ANSWER_SECONDS = 10  # for a socket to open, and then for the broker to greet
FIRST_WAIT = 0.2  # seconds
LONGEST_WAIT = 10.0
GOODBYE_SECONDS = 2.0  # at the end, a broker that has not said goodbye by then is left without it

logger = logging.getLogger(__name__)
# A refused connection makes pika log seven errors, which say the one thing that the link says itself.
logging.getLogger("pika").setLevel(logging.CRITICAL)
_draw = random.SystemRandom().random


class LinkOwner(Protocol):
    """Who uses the link; called on the link's thread."""

    def channel_opened(self, channel: Channel) -> None:
        """A new channel is there; nothing is declared on it yet."""

    def channel_lost(self, reason: str) -> None:
        """The channel is gone, and what it had not confirmed is not known to be safe."""


class Link:
    """Keeps a channel open to a broker, or to any node of a cluster, until it is stopped."""

    def __init__(self, url: str, *, name: str, owner: LinkOwner) -> None:
        self._nodes = connection_parameters(url, name=name)
        self._node = 0  # the one in turn
        self._owner = owner
        self._loop = IOLoop()
        self._connection: Any = None  # pika carries no types
        self._channel: Channel | None = None
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, callback: Callable[[], None]) -> None:
        """Run something on the link's thread, soon."""
        self._loop.add_callback_threadsafe(callback)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Run something in a while. On the link's thread only."""
        self._loop.call_later(seconds, callback)

    def reset(self, reason: str) -> None:
        """Leave the connection, with whatever is buffered on it, and open another one. On the link's thread only."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        logger.warning("bus.connection_reset", extra={"reason": reason})
        self._lose(reason)
        if not (connection.is_closing or connection.is_closed):
            # Nobody waits for the answer: a frozen broker gives none, and then its heartbeats end the connection.
            connection.close(reply_text="reset")
        self._retry()

    def renew(self) -> None:
        """Replace the channel by a new one of the same connection, which the owner hears of. On the link's thread only.

        To be called while nothing on the old one is unconfirmed.
        """
        old, self._channel = self._channel, None
        if old is not None and old.is_open:
            old.close()
            self._connection.channel(on_open_callback=self._channel_opened)

    def open_channel(self, opened: Callable[[Channel], None]) -> bool:
        """Open a channel beside the owner's; False where there is no connection. On the link's thread only."""
        if self._connection is None or not self._connection.is_open:
            return False
        self._connection.channel(on_open_callback=opened)
        return True

    def stop(self) -> None:
        """Close the connection and end the thread; stopping twice is harmless."""
        if not self._stopping.is_set():
            self._stopping.set()
            self.call(self._say_goodbye)
        self._thread.join(GOODBYE_SECONDS * 2)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._connect()
            try:
                self._loop.start()
            except Exception:
                # A callback of ours or of pika failed: the loop and its connection are in an unknown state, and a
                # thread that dies in silence would stop every delivery. Both are replaced.
                logger.exception("bus.link_failed")
                self._lose("the link failed")
                if not self._stopping.wait(self._next_wait()):
                    self._loop = IOLoop()
        self._loop.close()

    def _connect(self) -> None:
        if self._stopping.is_set():
            self._loop.stop()
            return
        self._connection = SelectConnection(
            self._nodes[self._node],
            on_open_callback=self._opened,
            on_open_error_callback=self._refused,
            on_close_callback=self._closed,
            custom_ioloop=self._loop,
        )

    def _opened(self, connection: Any) -> None:
        if connection is self._connection:
            connection.channel(on_open_callback=self._channel_opened)

    def _refused(self, connection: Any, error: BaseException) -> None:
        if connection is not self._connection:
            return
        # `repr` of pika's connection errors gives addresses and reasons, never the password.
        logger.warning("bus.connection_refused", extra={"reason": repr(error)})
        self._retry()

    def _closed(self, connection: Any, error: BaseException) -> None:
        if connection is not self._connection:
            return
        self._lose(repr(error))
        if self._stopping.is_set():
            self._loop.stop()
        else:
            logger.warning("bus.connection_lost", extra={"reason": repr(error)})
            self._retry()

    def _channel_opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._channel_closed)
        self._channel = channel
        self._failures = 0
        self._owner.channel_opened(channel)

    def _channel_closed(self, channel: Channel, error: BaseException) -> None:
        if channel is self._channel and not self._stopping.is_set():
            self.reset(repr(error))

    def _lose(self, reason: str) -> None:
        if self._channel is not None:
            self._channel = None
            self._owner.channel_lost(reason)

    def _retry(self) -> None:
        self._loop.call_later(self._next_wait(), self._connect)

    def _next_wait(self) -> float:
        # The next node is tried as soon as one fails; patience grows with each time that all of them have.
        self._node = (self._node + 1) % len(self._nodes)
        self._failures += 1
        rounds = 1 + (self._failures - 1) // len(self._nodes)
        return full_jitter(rounds, first=FIRST_WAIT, longest=LONGEST_WAIT, draw=_draw())

    def _say_goodbye(self) -> None:
        if self._connection is not None and self._connection.is_open:
            self._connection.close()
            self._loop.call_later(GOODBYE_SECONDS, self._loop.stop)
        else:
            self._loop.stop()


def connection_parameters(url: str, *, name: str) -> list[pika.URLParameters]:
    """Read the addresses of a broker's nodes; what they do not say about time is set so that a dead node is noticed.

    Raises:
        ValueError: one of them is not an `amqp://` or `amqps://` URL.
    """
    leave_out_unreadable_headers()  # every connection here may meet what members wrote, dead letters included
    return [_parameters_of(node, name) for node in nodes_of(url)]


def _parameters_of(url: str, name: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    if "heartbeat=" not in url:
        parameters.heartbeat = HEARTBEAT
    parameters.connection_attempts = 1  # the link counts the attempts
    parameters.socket_timeout = ANSWER_SECONDS
    parameters.stack_timeout = ANSWER_SECONDS + 5  # pika wants it longer than the socket's
    parameters.client_properties = {"connection_name": name}
    return parameters
