"""The bus of an instance that is one process: messages reach the subscribers that are there, in order.

A subscriber is called on the publisher's thread and takes the message over before it returns, as a broker does before
it confirms. It keeps nothing for those who are not there: the store is the truth, and a reader that must not miss
anything while it is away keeps its own cursor on grants.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from filiere_platform.domain.message import BusUnavailable, Copy, Message

logger = logging.getLogger(__name__)


Receive = Callable[[Copy], None]


class EmbeddedBus:
    """Calls subscribers in the process. Safe to use from several threads; one publishes at a time."""

    def __init__(self) -> None:
        self._subscribers: dict[int, tuple[int | None, Receive]] = {}
        self._last_number = 0
        self._registry = threading.Lock()
        self._publishing = threading.Lock()
        self._closed = False

    def subscribe(self, receive: Receive, *, member_id: int | None = None) -> Callable[[], None]:
        """Receive every copy for a member, or for None every message once; returns what ends the subscription.

        A subscriber that raises has not taken the message: the publisher is told and will offer it again.
        """
        with self._registry:
            self._last_number += 1
            number = self._last_number
            self._subscribers[number] = (member_id, receive)

        def unsubscribe() -> None:
            with self._registry:
                self._subscribers.pop(number, None)

        return unsubscribe

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand each message to its recipients' subscribers.

        A failing subscriber keeps no other from its copy, but ends the batch for itself, so that it is never offered a
        later message before an earlier one.

        Raises:
            BusUnavailable: the bus is closed, or a subscriber failed; `failed` names the messages it did not take.
        """
        failed: dict[str, None] = {}
        with self._publishing:
            if self._closed:
                raise BusUnavailable("the bus is closed", failed=[message.id for message in messages])
            with self._registry:
                subscribers = dict(self._subscribers)
            for message in messages:
                copy = Copy(id=message.id, kind=message.kind, body=message.body)
                for number in [n for n, (member, _) in subscribers.items() if member in (None, *message.recipients)]:
                    receive = subscribers[number][1]
                    try:
                        receive(copy)
                    except Exception:
                        logger.exception("bus.subscriber_failed", extra={"message_id": message.id})
                        failed[message.id] = None
                        del subscribers[number]
        if failed:
            raise BusUnavailable("a subscriber did not take a message", failed=list(failed))

    def close(self) -> None:
        """Take no more messages; returns when the one under way is handed over."""
        with self._publishing:
            self._closed = True
        with self._registry:
            self._subscribers.clear()
