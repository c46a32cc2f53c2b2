"""Which of some queues are there: asked on a channel of its own, since the broker closes one that asks for what is not.

A queue that is removed under us while others take the same message is missed by nobody: the broker confirms what
reached one queue. So somebody has to look.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

import pika.exceptions
from pika.channel import Channel

from filiere_platform.bus.link import Link

_NOT_FOUND = 404  # AMQP 0-9-1, reply codes


class Presence:
    """One look at some queues; begun from any thread, the rest happens on the link's."""

    def __init__(self, link: Link, queues: Iterable[str]) -> None:
        self._link = link
        self._left = deque(queues)
        self._channel: Channel | None = None
        self._missing: list[str] = []
        self._done = threading.Event()

    def missing(self, patience: float) -> list[str]:
        """Ask, and wait so many seconds at most; gives those that are not there, as far as the broker has answered."""
        self._link.call(self._go_on)
        if not self._done.wait(patience):
            self._link.call(self._finish)
            self._done.wait(patience)
        return list(self._missing)

    def _go_on(self) -> None:
        if self._done.is_set() or not self._left or not self._link.open_channel(self._opened):
            self._finish()

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._closed)
        for queue in self._left:
            channel.queue_declare(queue, passive=True, callback=self._is_there)

    def _is_there(self, _frame: Any) -> None:
        self._left.popleft()
        if not self._left:
            self._finish()

    def _closed(self, _channel: Channel, reason: BaseException) -> None:
        self._channel = None
        if self._done.is_set():
            return
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker) and reason.reply_code == _NOT_FOUND:
            self._missing.append(self._left.popleft())
            self._go_on()
        else:
            self._finish()

    def _finish(self) -> None:
        self._done.set()
        if self._channel is not None and self._channel.is_open:
            self._channel.close()
