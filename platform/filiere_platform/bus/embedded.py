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
        """Receive every copy for a member, or for None watch every message; returns what ends the subscription.

        A member's subscriber that raises has not taken the message: the publisher is told, and will offer it again.
        One that only watches is cut off when it raises, since nobody's delivery may depend on it.
        """
        with self._registry:
            self._last_number += 1
            number = self._last_number
            self._subscribers[number] = (member_id, receive)
        return lambda: self._unsubscribe(number)

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand each message to its recipients' subscribers.

        A failing subscriber keeps no other from its copy. It is offered nothing more of the same call, so that it never
        receives a later message before an earlier one.

        Raises:
            BusUnavailable: the bus is closed, or a subscriber failed.
        """
        with self._publishing:
            if self._closed:
                raise BusUnavailable("the bus is closed", failed=range(len(messages)))
            with self._registry:
                subscribers = dict(self._subscribers)
            refused = set()
            for position, message in enumerate(messages):
                for number in tuple(subscribers):
                    if not self._hand_over(message, number, subscribers):
                        refused.add(position)
        if refused:
            raise BusUnavailable("a subscriber did not take a message", refused=refused)

    def _hand_over(self, message: Message, number: int, subscribers: dict[int, tuple[int | None, Receive]]) -> bool:
        """Offer a message to a subscriber, where it is for it; says whether nothing is left to do."""
        member_id, receive = subscribers[number]
        if member_id is not None and member_id not in message.recipients:
            return True
        if receive is _failed:
            return False
        try:
            receive(Copy(id=message.id, kind=message.kind, body=message.body))
        except Exception:
            logger.exception("bus.subscriber_failed", extra={"message_id": message.id, "member": member_id})
            if member_id is None:
                self._unsubscribe(number)
                del subscribers[number]
                return True
            subscribers[number] = (member_id, _failed)
            return False
        return True

    def _unsubscribe(self, number: int) -> None:
        with self._registry:
            self._subscribers.pop(number, None)

    def close(self) -> None:
        """Take no more messages; returns when the one under way is handed over."""
        with self._publishing:
            self._closed = True
        with self._registry:
            self._subscribers.clear()


def _failed(_copy: Copy) -> None:
    """Stand in for a subscriber that failed earlier in the same call."""
